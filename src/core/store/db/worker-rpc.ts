import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { parentPort, Worker, type ResourceLimits } from "node:worker_threads";
import { messageOf } from "../../errors.ts";
import type { DatabaseLog } from "./connect.ts";
import { readDriverCode } from "./transient-errors.ts";

/** What crosses to a thread: a question, answered under its number, or the wish that the thread ends. */
type ToThread<Question> = { readonly id: number; readonly question: Question } | "close";

/** What comes back. Of an error only its words and its code cross. */
type FromThread<Answer> =
  | { readonly id: number; readonly answer: Answer }
  | { readonly id: number; readonly error: { readonly message: string; readonly code: string } }
  | { readonly log: keyof DatabaseLog; readonly message: string }
  | "ready";

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** Calls to a thread that answers with `answerCalls`. */
export interface Calls<Question, Answer> {
  /** Resolves when the thread has loaded all that it needs; rejects where it ends before. */
  readonly ready: Promise<void>;
  readonly call: (question: Question) => Promise<Answer>;
  /** Rejects whatever is unanswered. */
  readonly fail: (reason: Error) => void;
  /** Asks the thread to end. */
  readonly close: () => void;
}

export function callsTo<Question, Answer>(worker: Worker, log: DatabaseLog): Calls<Question, Answer> {
  const waiting = new Map<number, Waiting<Answer>>();
  let begin: (() => void) | undefined;
  let giveUp: ((reason: Error) => void) | undefined;
  const ready = new Promise<void>((resolve, reject) => ([begin, giveUp] = [resolve, reject]));
  // Without this, a thread that ends before it is ready would end the process where nobody waits for `ready`.
  ready.catch(() => undefined);
  let next = 0;
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- only windows have origins
  const say = (message: ToThread<Question>) => worker.postMessage(message);
  worker.on("message", (message: FromThread<Answer>) => {
    if (message === "ready") return begin?.();
    if ("log" in message) return log[message.log](message.message);
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if ("answer" in message) call?.resolve(message.answer);
    else call?.reject(Object.assign(new Error(message.error.message), { code: message.error.code }));
  });
  return {
    ready,
    call: (question) =>
      new Promise((resolve, reject) => {
        const id = next++;
        waiting.set(id, { resolve, reject });
        say({ id, question });
      }),
    fail(reason) {
      giveUp?.(reason);
      for (const { reject } of waiting.values()) reject(reason);
      waiting.clear();
    },
    close: () => say("close"),
  };
}

/** The other side, in the thread: answers each question, and ends when it is asked to. */
export function answerCalls(answer: (question: never) => Promise<unknown>, end: () => Promise<void>): void {
  async function reply(id: number, question: unknown): Promise<void> {
    try {
      post({ id, answer: await answer(question as never) });
    } catch (error) {
      post({ id, error: { message: messageOf(error), code: readDriverCode(error) } });
    }
  }
  async function close(): Promise<void> {
    await end();
    parentPort?.close();
  }
  parentPort?.on("message", (message: ToThread<unknown>) => {
    void (message === "close" ? close() : reply(message.id, message.question));
  });
  post("ready");
}

/** What a thread has to say to the program's log. */
export const threadLog: DatabaseLog = {
  warn: (message) => post({ log: "warn", message }),
  error: (message) => post({ log: "error", message }),
};

function post(message: FromThread<unknown>): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- only windows have origins
  parentPort?.postMessage(message);
}

/**
 * Starts a module of ours, called as its source is, as a thread. From source (in tests) a thread needs the loader of
 * TypeScript again: Node does not hand it on to threads.
 */
export function startWorker(file: URL, workerData: unknown, resourceLimits: ResourceLimits = {}): Worker {
  const options = { workerData, resourceLimits };
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL(file.href.replace(/\.ts$/, ".js")), options);
  const { resolve } = createRequire(import.meta.url);
  const code = [resolve("tsx/cjs"), fileURLToPath(file)].map((path) => `require(${JSON.stringify(path)});`);
  return new Worker(code.join(""), { eval: true, ...options });
}
