import { createResponseCache, type ExporterResponse } from "./response-cache.ts";
import { rewriteExposition } from "./rewrite-exposition.ts";
import { runProcess, type ProcessResult } from "./run-process.ts";
import { createConcurrencyLimit } from "../core/concurrency-limit.ts";

/** An exporter that can run: how its program is called. */
export interface Runnable {
  readonly name: string;
  /** `args` are what the request gives; they are passed to the exporter only. `file` is where it may write its metrics. */
  readonly command: (args: readonly string[], file: string) => readonly string[];
  readonly output: "file" | "stdout";
  readonly env: Readonly<Record<string, string>>;
  /** At most this long. Milliseconds. */
  readonly limitMillis: number;
  /** How long a response is cached. Milliseconds; 0: not at all. */
  readonly cacheMillis: number;
}

export interface ExporterRequest {
  readonly args: readonly string[];
  /** How long this caller waits. Milliseconds. */
  readonly deadlineMillis: number;
  /** Aborts when the caller hangs up. */
  readonly signal: AbortSignal;
}

export interface Runner {
  run(exporter: Runnable, request: ExporterRequest): Promise<ExporterResponse>;
  /** Ends all that run, and begins no other. */
  close(): void;
}

/** Bytes of stdout, stderr and metrics that one run may leave. */
const outputMax = 10 * 1024 * 1024;
/** Bytes of stderr that a response shows: its end, where the reason is. */
const shownMax = 64 * 1024;

/** One run that any number of callers wait for. */
interface SharedRun {
  readonly response: Promise<ExporterResponse>;
  readonly abort: AbortController;
  hasBegun: boolean;
  waiting: number;
}

/**
 * Runs exporters, at most `workers` at a time. Callers with the same exporter and arguments share one run, which ends
 * when the last of them has given up.
 */
export function createRunner(workers: number, now: () => number = () => performance.now()): Runner {
  const slots = createConcurrencyLimit(workers);
  const sharedRuns = new Map<string, SharedRun>();
  const cache = createResponseCache(now);
  let isClosed = false;

  function begin(key: string, exporter: Runnable, { args, deadlineMillis }: ExporterRequest): SharedRun {
    const abort = new AbortController();
    const startedAt = now();
    const work = async (): Promise<ExporterResponse> => {
      const release = await slots.take(abort.signal);
      if (release === undefined) return respondBusy(exporter);
      try {
        sharedRun.hasBegun = true;
        const response = await execute(exporter, args, deadlineMillis - (now() - startedAt), abort.signal);
        if (response.status === 200 && exporter.cacheMillis > 0) cache.set(key, response, exporter.cacheMillis);
        return response;
      } finally {
        release();
      }
    };
    const sharedRun: SharedRun = { abort, hasBegun: false, waiting: 0, response: Promise.resolve().then(work) };
    const forget = () => sharedRuns.get(key) === sharedRun && sharedRuns.delete(key);
    sharedRun.response.then(forget, forget);
    return sharedRun;
  }

  async function run(exporter: Runnable, request: ExporterRequest): Promise<ExporterResponse> {
    const key = JSON.stringify([exporter.name, ...request.args]);
    const cached = cache.get(key);
    if (cached !== undefined) return cached;
    if (isClosed) return refuse(exporter, "the server is stopping");
    let sharedRun = sharedRuns.get(key);
    if (sharedRun === undefined || sharedRun.abort.signal.aborted) {
      sharedRun = begin(key, exporter, request);
      sharedRuns.set(key, sharedRun);
    }
    return wait(sharedRun, exporter, request);
  }

  return {
    run,
    close() {
      isClosed = true;
      for (const { abort } of sharedRuns.values()) abort.abort();
    },
  };
}

/** Waits as long as this caller does. When the last caller has given up, the run is killed and its end is awaited. */
async function wait(
  sharedRun: SharedRun,
  exporter: Runnable,
  { deadlineMillis, signal }: ExporterRequest,
): Promise<ExporterResponse> {
  sharedRun.waiting++;
  let leave: (() => void) | undefined;
  const left = new Promise<undefined>((resolve) => (leave = () => resolve(undefined)));
  const timer = setTimeout(() => leave?.(), deadlineMillis);
  signal.addEventListener("abort", () => leave?.(), { once: true });
  if (signal.aborted) leave?.();
  const response = await Promise.race([sharedRun.response, left]).finally(() => {
    clearTimeout(timer);
    sharedRun.waiting--;
  });
  if (response !== undefined) return response;
  if (!sharedRun.hasBegun) {
    if (sharedRun.waiting === 0) sharedRun.abort.abort();
    return respondBusy(exporter);
  }
  if (sharedRun.waiting > 0) return { status: 504, body: "Killed: Timed out\n", result: undefined };
  sharedRun.abort.abort();
  return sharedRun.response;
}

function respondBusy(exporter: Runnable): ExporterResponse {
  return refuse(exporter, "all WORKERS are busy");
}

function refuse({ name }: Runnable, why: string): ExporterResponse {
  return { status: 503, body: `exporter ${name} did not begin: ${why}\n`, result: undefined };
}

async function execute(
  exporter: Runnable,
  args: readonly string[],
  leftMillis: number,
  signal: AbortSignal,
): Promise<ExporterResponse> {
  const deadline = Math.max(0.001, Math.min(leftMillis, exporter.limitMillis) / 1000);
  // The variables that script_exporter sets for its scripts: https://github.com/ricoberger/script_exporter
  const times = { SCRIPT_TIMEOUT: deadline.toFixed(3), SCRIPT_DEADLINE: (Date.now() / 1000 + deadline).toFixed(3) };
  const result = await runProcess({
    command: (file) => exporter.command(args, file),
    env: { ...exporter.env, ...times },
    limitMillis: exporter.limitMillis,
    outputMax,
    signal,
  });
  return createResponse(exporter, result);
}

async function createResponse({ name, output }: Runnable, result: ProcessResult): Promise<ExporterResponse> {
  const response = (status: ExporterResponse["status"], body: string) => ({ status, body, result });
  switch (result.ending) {
    case "missing":
      return response(500, `exporter ${name} cannot be started: ${result.stderr}\n`);
    case "timeout":
    case "aborted":
      return {
        status: 504,
        body: "Killed: Timed out\n",
        result: { ...result, stderr: `${result.stderr}Killed: Timed out` },
      };
    case "overflow":
      return response(502, `exporter ${name} wrote more than ${outputMax} bytes\n`);
    case "exited":
      break;
  }
  if (result.returnCode !== 0) {
    const how =
      (result.returnCode ?? 0) < 0
        ? `was ended by signal ${-(result.returnCode ?? 0)}`
        : `ended with status ${result.returnCode}`;
    return response(500, result.stderr === "" ? `exporter ${name} ${how}\n` : result.stderr.slice(-shownMax));
  }
  const metrics = output === "file" ? result.metrics : result.stdout;
  if (metrics === undefined) return response(502, `exporter ${name} ended well, but wrote no metrics file\n`);
  const rewritten = await rewriteExposition(metrics);
  if (!rewritten.ok)
    return response(502, `exporter ${name}, line ${rewritten.line} of its metrics: ${rewritten.problem}\n`);
  return response(200, rewritten.text);
}
