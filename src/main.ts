#!/usr/bin/env node
import { demoFlags } from "./commands/demo-arguments.ts";
import { copyFlags, importFlags, replayFlags, retireFlags } from "./commands/flags.ts";
import { commandHelp, generalHelp, type CommandHelp } from "./commands/help.ts";
import { exporterFlags, readExporterCall } from "./commands/exporter-arguments.ts";
import { hookFlags } from "./commands/hooks-arguments.ts";
import { sidecarFlags } from "./commands/sidecar-arguments.ts";
import { loadConfig, type Config } from "./config/index.ts";
import { commonFlags, configFlags, readFlags, type Flags, type ReadFlags } from "./config/flags.ts";
import { parseTimeOrAge } from "./text/parse-time.ts";
import { didYouMean } from "./text/did-you-mean.ts";
import { printableConfig } from "./config/printable.ts";
import { AppError, messageOf, type ErrorCode } from "./core/errors.ts";
import { createLog, type Log } from "./log.ts";
import { name as program, version } from "./version.ts";

interface Command extends CommandHelp {
  /** True where all words, `--help` too, are for somebody else. */
  readonly passesOn?: (args: readonly string[]) => boolean;
  /** Gets what follows the command's name; resolves to the exit code. */
  readonly run: (args: readonly string[], env: NodeJS.ProcessEnv) => Promise<number>;
}

/** Whether an error's stack is shown, not only its message. */
let verbose = false;

/** Every subcommand; each is loaded only when it is called. The first is the one that needs no name. */
const commands: readonly Command[] = [
  configured("serve", "take deliveries and serve metrics (what happens without a command)", {}, async (config, log) =>
    (await import("./commands/serve.ts")).serve(config, log),
  ),
  configured("migrate", "bring the database up to date and say what was applied", {}, async (config, log) =>
    (await import("./commands/migrate.ts")).migrate(config, log),
  ),
  configured(
    "replay",
    "send stored deliveries through today's adapters again; nothing counts twice",
    replayFlags,
    async (config, log, { values }) =>
      (await import("./commands/replay.ts")).replay(config, log, {
        source: textOf(values["source"]),
        since: momentOf("--since", textOf(values["since"])),
        dead: values["dead"] === true,
      }),
  ),
  configured(
    "import",
    "take over the database of the old pipeline collector; nothing counts twice",
    importFlags,
    async (config, log, { values }) =>
      (await import("./commands/import.ts")).importOld(config, log, textOf(values["from"])),
  ),
  configured(
    "rebuild",
    "prove the totals by the stored runs, and raise what is too low; a server may be at work",
    { "dry-run": { type: "boolean", help: "change nothing; exit code 1 where something is missing" } },
    async (config, log, { values }) =>
      (await import("./commands/rebuild.ts")).rebuild(config, log, values["dry-run"] === true),
  ),
  configured(
    "retire",
    "take the series of a project that is gone out of /metrics, so that others have its room; servers may be at work",
    retireFlags,
    async (config, log, { values }) => (await import("./commands/retire.ts")).retire(config, log, values),
  ),
  configured(
    "copy",
    "copy a whole ledger into an empty database, such as from SQLite to PostgreSQL; resumable",
    copyFlags,
    async (config, log, { values }) =>
      (await import("./commands/copy.ts")).copy(config, log, {
        from: textOf(values["from"]),
        to: textOf(values["to"]),
        batch: textOf(values["batch"]),
      }),
  ),
  configured("check-config", "check the settings and say what a server would do with them", {}, async (config) =>
    (await import("./commands/check-config.ts")).checkConfig(config),
  ),
  configured(
    "healthcheck",
    "ask the running server whether it is ready; for container health checks",
    {},
    async (config) => (await import("./commands/healthcheck.ts")).healthcheck(config),
  ),
  {
    name: "hooks",
    summary: "create or repair a provider's webhook and test it: hooks gitlab|github --url <url> --project <path>",
    configured: true,
    flags: hookFlags,
    run(args, env) {
      const provider = args[0]?.startsWith("-") === false ? args[0] : undefined;
      return configured("hooks", "", hookFlags, async (config, _, read) =>
        (await import("./commands/hooks.ts")).hooks(provider, config, read),
      ).run(provider === undefined ? args : args.slice(1), env);
    },
  },
  {
    name: "exporter",
    summary: "run an exporter, print its metrics and push them: exporter <name> [arguments]",
    configured: false,
    flags: exporterFlags,
    passesOn: (args) => readExporterCall(args).name !== undefined,
    async run(args, env) {
      const config = loadConfig({ env, argv: [] });
      const code = await (await import("./commands/exporter.ts")).runExporter(args, config);
      // Timers and connections that a module left open must not keep it alive; what it printed to a pipe or file has left.
      // https://nodejs.org/api/process.html#a-note-on-process-io
      process.exit(code);
    },
  },
  {
    name: "sidecar",
    summary: "wait for the file that a CI job leaves and report it: sidecar <file-path> <receiver-url>",
    configured: false,
    flags: sidecarFlags,
    run: async (args, env) => (await import("./commands/sidecar.ts")).sidecar(args, env),
  },
  {
    name: "demo",
    summary: "send a day of invented runs of every provider to a server",
    configured: false,
    flags: demoFlags,
    run: async (args) => (await import("./commands/demo.ts")).demo(args),
  },
];

/** A command that works on the settings of the server, and may have flags of its own. */
function configured(
  name: string,
  summary: string,
  flags: Flags,
  run: (config: Config, log: Log, flags: ReadFlags) => number | Promise<number>,
): Command {
  return {
    name,
    summary,
    flags,
    configured: true,
    async run(args, env) {
      const config = loadConfig({ env, argv: args, flags });
      verbose = config.logLevel === "debug";
      try {
        const read = readFlags(args, { ...configFlags, ...commonFlags, ...flags });
        if (read.values["print-config"] !== true) return await run(config, createLog(config.logLevel), read);
        process.stdout.write(`${JSON.stringify(printableConfig(config), null, 2)}\n`);
        return 0;
      } finally {
        config.close();
      }
    },
  };
}

function textOf(value: string | true | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function momentOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const read = parseTimeOrAge(text, Date.now());
  if (read.ok) return read.value;
  throw new AppError("config", `${flag}: ${read.problems.join("; ")}`);
}

/** The sidecar of an older tool was called `exporter <file-path> <receiver>`. The name of an exporter is not a path. */
function isSidecarCall([file = ""]: readonly string[]): boolean {
  return !file.startsWith("-") && (file.includes("/") || file.endsWith(".json"));
}

async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [given = "-"] = argv;
  const first = given === "exporter" && isSidecarCall(argv.slice(1)) ? "sidecar" : given;
  const isNamed = !first.startsWith("-");
  const args = isNamed ? argv.slice(1) : argv;
  const command = isNamed ? commands.find(({ name }) => name === first) : commands[0];
  if (command?.passesOn?.(args) === true) return command.run(args, env);
  const asksHelp = args.includes("--help") || args.includes("-h") || first === "help";
  if (args.includes("--version")) return print(`${program} ${version}\n`);
  if (asksHelp && (!isNamed || first === "help")) return print(generalHelp(commands));
  if (command === undefined) throw new AppError("config", unknownCommand(first));
  return asksHelp ? print(commandHelp(command)) : command.run(args, env);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function unknownCommand(given: string): string {
  const names = commands.map(({ name }) => name);
  const meant = didYouMean(given, names);
  const hint = meant === undefined ? `there are ${names.join(", ")}` : `did you mean ${meant}?`;
  return `${JSON.stringify(given.slice(0, 60))} is not a command: ${hint}`;
}

const exitCodes: Partial<Record<ErrorCode, number>> = { config: 2, schema: 3 };

/** Says on stderr what went wrong, each fault on one line, and returns the exit code. */
function report(error: unknown): number {
  const code = error instanceof AppError ? exitCodes[error.code] : undefined;
  const lines = messageOf(error).split("\n");
  // What was caused by another error is one thing, however many lines the database needs to say it.
  const block = code === 2 && lines.length > 1 && (error as AppError).cause === undefined;
  const text = block ? `${lines.length} things are wrong with the settings:\n  ${lines.join("\n  ")}` : lines.join(" ");
  process.stderr.write(`${program}: ${text}\n`);
  if (verbose && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
  return code ?? 1;
}

process.on("uncaughtException", (error) => process.exit(report(error)));
main(process.argv.slice(2), process.env).then(
  (code) => (process.exitCode = code),
  (error: unknown) => (process.exitCode = report(error)),
);
