#!/usr/bin/env node
import { commands } from "./commands/index.ts";
import { formatCommandHelp, formatGeneralHelp } from "./commands/help.ts";
import { reportError } from "./commands/report-error.ts";
import { isOldSidecarCall } from "./commands/sidecar/index.ts";
import { AppError } from "./core/errors.ts";
import { didYouMean } from "./text/did-you-mean.ts";
import { name as program, version } from "./version.ts";

/** Whether an error is shown with its stack, not only its message. */
let showsStacks = false;

async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [given = "-"] = argv;
  const first = isOldSidecarCall(given, argv.slice(1)) ? "sidecar" : given;
  const isNamed = !first.startsWith("-");
  const args = isNamed ? argv.slice(1) : argv;
  const command = isNamed ? commands.find(({ name }) => name === first) : commands[0];
  const context = { env, showStacks: () => void (showsStacks = true) };
  if (command?.passesOn?.(args) === true) return command.run(args, context);
  const asksHelp = args.includes("--help") || args.includes("-h") || first === "help";
  if (args.includes("--version")) return print(`${program} ${version}\n`);
  if (asksHelp && (!isNamed || first === "help")) return print(formatGeneralHelp(commands));
  if (command === undefined) throw new AppError("config", describeUnknown(first));
  return asksHelp ? print(formatCommandHelp(command)) : command.run(args, context);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function describeUnknown(given: string): string {
  const names = commands.map(({ name }) => name);
  const meant = didYouMean(given, names);
  const hint = meant === undefined ? `there are ${names.join(", ")}` : `did you mean ${meant}?`;
  return `${JSON.stringify(given.slice(0, 60))} is not a command: ${hint}`;
}

process.on("uncaughtException", (error) => process.exit(reportError(error, showsStacks)));
main(process.argv.slice(2), process.env).then(
  (code) => (process.exitCode = code),
  (error: unknown) => (process.exitCode = reportError(error, showsStacks)),
);
