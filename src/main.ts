#!/usr/bin/env node
import { commands } from "./commands/index.ts";
import { describeUnknownCommand, splitCommandLine } from "./commands/find-command.ts";
import { formatCommandHelp, formatGeneralHelp } from "./commands/help/format-help.ts";
import { reportError } from "./commands/report-error.ts";
import { isOldSidecarCall } from "./commands/sidecar/index.ts";
import { AppError } from "./core/errors.ts";

/** Whether an error is shown with its stack, not only its message. */
let showsStacks = false;

async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { before, name: given, after } = splitCommandLine(argv, commands);
  const name = given === "exporter" && isOldSidecarCall(given, after) ? "sidecar" : given;
  const command = name === undefined ? commands[0] : commands.find((one) => one.name === name);
  const context = { env, showStacks: () => void (showsStacks = true), commands };
  const args = [...before, ...after];
  const passesOn = command?.passesOn?.(after) === true;
  if (passesOn && before.length === 0) return command.run(after, context);
  const asksHelp = args.includes("--help") || args.includes("-h");
  if (args.includes("--version") || args.includes("-V"))
    return print(await (await import("./commands/format-version.ts")).formatVersion());
  if (asksHelp && name === undefined) return print(formatGeneralHelp(commands));
  if (command === undefined) throw new AppError("usage", describeUnknownCommand(name ?? "", commands));
  if (passesOn && !asksHelp) throw new AppError("usage", describeFlagsBefore(command.name));
  return asksHelp && name !== "help" ? print(formatCommandHelp(command)) : command.run(args, context);
}

function describeFlagsBefore(name: string): string {
  return `${name} takes no flags before its name: what follows the name goes to the ${name}`;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

process.on("uncaughtException", (error) => process.exit(reportError(error, showsStacks)));
main(process.argv.slice(2), process.env).then(
  (code) => (process.exitCode = code),
  (error: unknown) => (process.exitCode = reportError(error, showsStacks)),
);
