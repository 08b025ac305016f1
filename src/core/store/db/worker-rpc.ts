import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { parentPort, Worker } from "node:worker_threads";
import { AppError, readMessage, type ErrorCode } from "../../errors.ts";
import type { DatabaseLog } from "./connect.ts";
import { readDriverCode } from "./transient-errors.ts";

/** A message to a thread: a request, whose response has the same id, or `close`. */
type ToThread<Request> = { readonly id: number; readonly request: Request } | "close";

/** A message from a thread. An error crosses as its message and its code; `app` is given for an `AppError`. */
type FromThread<Response> =
  | { readonly id: number; readonly response: Response }
  | { readonly id: number; readonly error: CrossedError }
  | { readonly log: keyof DatabaseLog; readonly message: string }
  | "ready";

interface CrossedError {
  readonly message: string;
  readonly code: string;
  readonly app: ErrorCode | undefined;
}

interface Pending<Response> {
  readonly resolve: (response: Response) => void;
  readonly reject: (error: Error) => void;
}

/** Calls a thread that serves with `serveRpc`. */
export interface RpcClient<Request, Response> {
  /** Resolves when the thread has loaded; rejects when it ends before. */
  readonly ready: Promise<void>;
  /** `transfer`: buffers in the request that move to the thread, instead of being copied. */
  readonly call: (request: Request, transfer?: readonly ArrayBuffer[]) => Promise<Response>;
  /** Rejects every call that has no response yet. */
  readonly fail: (reason: Error) => void;
  /** Asks the thread to end. */
  readonly close: () => void;
}

export function createRpcClient<Request, Response>(worker: Worker, log: DatabaseLog): RpcClient<Request, Response> {
  const pending = new Map<number, Pending<Response>>();
  let resolveReady: (() => void) | undefined;
  let rejectReady: ((reason: Error) => void) | undefined;
  const ready = new Promise<void>((resolve, reject) => ([resolveReady, rejectReady] = [resolve, reject]));
  // Without this handler, a thread that ends before it is ready would end a process that does not await `ready`.
  ready.catch(() => undefined);
  let nextId = 0;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- only windows have origins
  const send = (message: ToThread<Request>, transfer?: readonly ArrayBuffer[]) => worker.postMessage(message, transfer);
  worker.on("message", (message: FromThread<Response>) => {
    if (message === "ready") return resolveReady?.();
    if ("log" in message) return log[message.log](message.message);
    const call = pending.get(message.id);
    pending.delete(message.id);
    if ("response" in message) call?.resolve(message.response);
    else call?.reject(toError(message.error));
  });
  return {
    ready,
    call: (request, transfer) =>
      new Promise((resolve, reject) => {
        const id = nextId++;
        pending.set(id, { resolve, reject });
        send({ id, request }, transfer);
      }),
    fail(reason) {
      rejectReady?.(reason);
      for (const { reject } of pending.values()) reject(reason);
      pending.clear();
    },
    close: () => send("close"),
  };
}

/** A message for people stays one, with its status, and with the driver's code where it was caused by one: it decides what is tried again. */
function toError({ message, code, app }: CrossedError): Error {
  const error = Object.assign(new Error(message), { code });
  if (app === undefined) return error;
  return new AppError(app, message, code === app ? {} : { cause: error });
}

/** The thread's side: responds to each request with what `handle` resolves to, and calls `end` when asked to end. */
export function serveRpc(handle: (request: never) => Promise<unknown>, end: () => Promise<void>): void {
  async function respond(id: number, request: unknown): Promise<void> {
    try {
      post({ id, response: await handle(request as never) });
    } catch (error) {
      post({ id, error: describeError(error) });
    }
  }
  function describeError(error: unknown): CrossedError {
    const app = error instanceof AppError ? error.code : undefined;
    return { message: readMessage(error), code: readDriverCode(error), app };
  }
  async function close(): Promise<void> {
    await end();
    parentPort?.close();
  }
  parentPort?.on("message", (message: ToThread<unknown>) => {
    void (message === "close" ? close() : respond(message.id, message.request));
  });
  post("ready");
}

/** A thread's log: its lines go to the program's log. */
export const threadLog: DatabaseLog = {
  warn: (message) => post({ log: "warn", message }),
  error: (message) => post({ log: "error", message }),
};

function post(message: FromThread<unknown>): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- only windows have origins
  parentPort?.postMessage(message);
}

/**
 * V8's young generation of a thread in MiB, half of the default: three semi-spaces of 8. Halving it again saves 8 MB, and costs the
 * thread that writes a tenth more processor time, because then much of a batch outlives it.
 */
const youngMegabytes = 24;

/**
 * Starts a module of ours as a thread; `file` is the URL of its TypeScript source. In tests, which run from source, the thread
 * loads tsx again: Node does not pass a loader on to threads.
 */
export function startThread(file: URL, workerData: unknown): Worker {
  // `npm start` limits the main thread by an option, which V8 would take for all threads and prefer to their own limits. The main
  // thread has read it; 0 means that there is none (`Heap::ConfigureHeap`, https://github.com/v8/v8/blob/11.3.244/src/heap/heap.cc).
  setFlagsFromString("--max-semi-space-size=0");
  const options = { workerData, resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes } };
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL(file.href.replace(/\.ts$/, ".js")), options);
  const { resolve } = createRequire(import.meta.url);
  const code = [resolve("tsx/cjs"), fileURLToPath(file)].map((path) => `require(${JSON.stringify(path)});`);
  return new Worker(code.join(""), { eval: true, ...options });
}
