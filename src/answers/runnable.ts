import type { AnswerJob } from "./answer.ts";
import type { Millis } from "../core/time.ts";

export type QueuedJob = Pick<AnswerJob, "queuedAt" | "startedAt" | "queueSeconds" | "gateOpenedAt">;

/**
 * When a job could have started, if a runner had been free: when it was queued, or when its gate opened after that. Never after its
 * start. A job whose queue is not reported waited for none. `null`: it did not start, and was not queued.
 */
export function findRunnableAt({ queuedAt, startedAt, queueSeconds, gateOpenedAt }: QueuedJob): Millis | null {
  const reported =
    startedAt === null || queueSeconds === null ? startedAt : startedAt - Math.round(queueSeconds * 1000);
  const runnableAt = gateOpenedAt ?? queuedAt ?? reported;
  return runnableAt === null || startedAt === null ? runnableAt : Math.min(runnableAt, startedAt);
}
