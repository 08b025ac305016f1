import { writeFile } from "node:fs/promises";
import { builtinExporters, type Exporter } from "../../config/exporters.ts";
import type { Config } from "../../config/index.ts";
import { readMessage } from "../../core/errors.ts";
import { makeRunnable } from "../../exporters/make-runnable.ts";
import { gatherText, loadModule } from "../../exporters/load-module.ts";
import { createRunner } from "../../exporters/runner.ts";
import { pushText } from "../../sdk/push.ts";
import { exporterUsage, readExporterCall, type ExporterCall } from "./parse-arguments.ts";

/** What an exporter gave, and the job under which it is pushed. */
interface ExporterOutput {
  readonly text: string;
  readonly job: string;
}

/** `pipegauge exporter`: runs one exporter, prints its metrics, and pushes them if requested. Resolves to the exit code. */
export async function runExporter(args: readonly string[], config: Config): Promise<number> {
  const call = readExporterCall(args);
  if (call.name === undefined) return print(`${exporterUsage}\n`);
  const exporter = findExporter(call.name, config);
  if (exporter === undefined) {
    print("Exporter not found.\n");
    return 255;
  }
  try {
    const output = await gather(exporter, call, config);
    if (output === undefined) return 0;
    if (call.outputFile !== undefined) await writeFile(call.outputFile, output.text);
    if (call.print) print(output.text);
    if (call.pushgateway !== undefined) await pushText(call.pushgateway, output.text, { job: output.job });
    return 0;
  } catch (error) {
    process.stderr.write(
      `pipegauge exporter ${call.name}: ${call.debug ? describeError(error) : readMessage(error)}\n`,
    );
    return 1;
  }
}

/** One of the configuration, or one that comes with Pipegauge, which needs no entry in the configuration here. */
function findExporter(name: string, { exporters }: Config): Exporter | undefined {
  const builtin = builtinExporters.find((one) => one === name);
  return (
    exporters.find((exporter) => exporter.name === name) ??
    (builtin === undefined ? undefined : { name, program: { builtin } })
  );
}

/** Resolves to `undefined` when only the exporter's help was requested. */
async function gather(exporter: Exporter, call: ExporterCall, config: Config): Promise<ExporterOutput | undefined> {
  const { args, debug, help } = call;
  if ("command" in exporter.program)
    return { text: await runCommand(exporter, call, config), job: exporter.jobName ?? exporter.name };
  const module = await loadModule(exporter.program);
  if (help) {
    print(`${module.help ?? `exporter ${exporter.name} has no help`}\n`);
    return undefined;
  }
  return {
    text: await gatherText(module, { args, settings: exporter.settings ?? {}, debug }),
    job: exporter.jobName ?? module.jobName ?? "exporter",
  };
}

async function runCommand(exporter: Exporter, { args, help }: ExporterCall, config: Config): Promise<string> {
  const runnable = makeRunnable(exporter, config.exporterEnvironment());
  const response = await untilSignal((signal) =>
    createRunner(1).run(runnable, {
      args: help ? [...args, "--help"] : args,
      deadlineMillis: runnable.limitMillis,
      signal,
    }),
  );
  if (response.status === 200) return response.body;
  throw new Error(response.body.trimEnd());
}

/** A program is in a process group of its own, which the signal of a terminal or a CI runner does not reach. */
async function untilSignal<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const end = (signal: NodeJS.Signals) => stop.abort(signal);
  for (const signal of endingSignals) process.once(signal, end);
  try {
    return await work(stop.signal);
  } finally {
    for (const signal of endingSignals) process.off(signal, end);
    if (stop.signal.aborted) process.kill(process.pid, stop.signal.reason as NodeJS.Signals);
  }
}

const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : readMessage(error);
}
