import type { Worker } from "node:worker_threads";

/** The threads that a test has started so far, in their order. To be called inside `describe`. */
export function trackThreads(): readonly Worker[] {
  const threads: Worker[] = [];
  const add = (worker: Worker) => threads.push(worker);
  beforeEach(() => {
    threads.length = 0;
    process.on("worker", add);
  });
  afterEach(() => process.off("worker", add));
  return threads;
}
