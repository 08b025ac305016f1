import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { readMessage } from "../core/errors.ts";

/** One execution of an exporter's program. */
export interface ProcessCall {
  /** The program and its arguments, each one argument: there is no shell. `file` is where it may write its metrics. */
  readonly command: (file: string) => readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** After this many milliseconds the whole process group is killed. */
  readonly limitMillis: number;
  /** Bytes that may come out of each of stdout, stderr and the metrics file. */
  readonly outputMax: number;
  /** Ends the process group early: no caller waits for the response any more. */
  readonly signal: AbortSignal;
}

/** How it ended. `timeout` and `aborted`: we killed it; `overflow`: it wrote more than allowed; `missing`: it did not start. */
export type Ending = "exited" | "timeout" | "aborted" | "overflow" | "missing";

export interface ProcessResult {
  readonly ending: Ending;
  /** The exit status; minus the signal's number where a signal ended it, as Python's subprocess shows it. */
  readonly returnCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly metricsFile: string;
  /** The content of the metrics file; `undefined`: it wrote none. */
  readonly metrics: string | undefined;
}

/** How often the size of the metrics file is checked while the program runs. Milliseconds. */
const watchMillis = 200;
/** How long the pipes may stay open after the group was killed, where a process that left the group holds them. */
const drainMillis = 250;

/** How to end each program that runs now, without waiting for it. */
const running = new Set<() => void>();

/**
 * Kills every program that runs, and removes its files. For the end of this process: nothing can be awaited any more, and a
 * process group of its own gets no signal that ends this one. An exit calls it; who ends this process by a signal must.
 */
export function killProcesses(): void {
  for (const kill of running) kill();
  running.clear();
}

/**
 * Runs a program in a process group of its own, and leaves nothing behind: no process of the group, no file, no pipe. A
 * process that leaves the group on purpose (`setsid`) cannot be killed; its pipes are closed nevertheless.
 */
export async function runProcess(call: ProcessCall): Promise<ProcessResult> {
  const folder = await mkdtemp(join(tmpdir(), "pipegauge-exporter-"));
  try {
    return await runIn(folder, call);
  } finally {
    // A process of the group may still have made a file while it was killed.
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function runIn(folder: string, call: ProcessCall): Promise<ProcessResult> {
  const metricsFile = join(folder, "metrics.prom");
  const [program = "", ...args] = call.command(metricsFile);
  const env = { ...call.env, METRICS_FILE: metricsFile };
  const child = spawn(program, args, { detached: true, stdio: ["ignore", "pipe", "pipe"], env });
  // First of all: an error event without a listener would end the server.
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null; problem?: string }>((resolve) => {
    child.once("error", (error) => resolve({ code: null, signal: null, problem: readMessage(error) }));
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  const killGroup = () => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // The group is empty.
    }
  };
  const kill = () => {
    killGroup();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  if (running.add(kill).size === 1) process.once("exit", killProcesses);
  let ending: Ending = "exited";
  const end = (why: Ending) => () => {
    if (ending === "exited") ending = why;
    killGroup();
  };
  const timer = setTimeout(end("timeout"), call.limitMillis);
  const overflow = end("overflow");
  const watch = setInterval(() => {
    stat(metricsFile).then(
      ({ size }) => size > call.outputMax && overflow(),
      () => undefined,
    );
  }, watchMillis);
  const aborted = end("aborted");
  call.signal.addEventListener("abort", aborted);
  if (call.signal.aborted) aborted();

  const [stdout, stderr] = [
    collect(child.stdout, call.outputMax, overflow),
    collect(child.stderr, call.outputMax, overflow),
  ];
  const exit = await ended;
  running.delete(kill);
  if (running.size === 0) process.off("exit", killProcesses);
  clearTimeout(timer);
  clearInterval(watch);
  call.signal.removeEventListener("abort", aborted);
  // Kills the processes that it has left running, which closes its pipes.
  killGroup();
  await Promise.all([stdout.close(), stderr.close()]);

  const metrics = await readLimited(metricsFile, call.outputMax);
  if (metrics === "overflow") overflow();
  return {
    ending: exit.problem === undefined ? ending : "missing",
    returnCode: exit.signal === null ? exit.code : -constants.signals[exit.signal],
    stdout: stdout.text(),
    stderr: exit.problem ?? stderr.text(),
    metricsFile,
    metrics: metrics === "overflow" ? undefined : metrics?.text,
  };
}

/**
 * Keeps the first `max` bytes of a stream; more than that is an overflow. Where no file descriptor is left, Node makes no
 * stream, against its own types: https://github.com/nodejs/node/blob/v20.x/lib/internal/child_process.js (`spawn`, EMFILE)
 */
function collect(stream: Readable | undefined, max: number, overflow: () => void) {
  if (stream === undefined) return { text: () => "", close: () => Promise.resolve() };
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > max) overflow();
    else chunks.push(chunk);
  });
  // A broken pipe is no problem of its own: the exit status shows what happened.
  stream.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => stream.once("close", () => resolve()));
  return {
    text: () => Buffer.concat(chunks).toString(),
    async close() {
      // What has arrived by then is read first, also where this process was at work for longer than that.
      const late = setTimeout(() => setImmediate(() => stream.destroy()), drainMillis);
      await closed;
      clearTimeout(late);
    },
  };
}

/** Reads regular files only: reading a pipe or a device might never end. */
async function readLimited(path: string, max: number): Promise<{ readonly text: string } | "overflow" | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() !== true) return undefined;
  return found.size > max ? "overflow" : { text: await readFile(path, "utf8") };
}
