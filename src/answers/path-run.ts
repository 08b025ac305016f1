import type { AnswerJob, AnswerRun } from "./answer.ts";
import type { JobGraph, PathJob, PathRun } from "./critical-path.ts";
import { findRunnableAt, type QueuedJob } from "./runnable.ts";
import type { Millis } from "../core/time.ts";

type StoredPathJob = QueuedJob & Pick<AnswerJob, "nativeId" | "name" | "result" | "gate" | "gatedAt" | "finishedAt">;

interface StoredPathRun extends Pick<AnswerRun, "queuedAt" | "finishedAt" | "graph"> {
  readonly jobs: readonly StoredPathJob[];
}

/** Reads from a stored run what its critical path follows from. */
export function toPathRun({ queuedAt, finishedAt, graph, jobs }: StoredPathRun): PathRun {
  const pathJobs: PathJob[] = [];
  for (const job of jobs) {
    const pathJob = toPathJob(job);
    if (pathJob !== undefined) pathJobs.push(pathJob);
  }
  return { queuedAt, finishedAt, graph: parseGraph(graph), jobs: pathJobs };
}

/** `undefined` for a job that did not run to an end. */
function toPathJob(job: StoredPathJob): PathJob | undefined {
  const { nativeId: id, name, startedAt, finishedAt, result } = job;
  const runnableAt = findRunnableAt(job);
  if (startedAt === null || finishedAt === null || runnableAt === null || result === "skip") return undefined;
  const unblockedAt = findUnblockedAt(job, runnableAt);
  return { id, name, unblockedAt, runnableAt, startedAt, finishedAt: Math.max(startedAt, finishedAt) };
}

/** A job at a gate may have been queued before (GitHub, which then waits for an approval) or afterwards (GitLab, when it is played). */
function findUnblockedAt({ gate, gatedAt, queuedAt }: StoredPathJob, runnableAt: Millis): Millis | null {
  if (gate === null) return runnableAt;
  const since = Math.min(gatedAt ?? Infinity, queuedAt ?? Infinity, runnableAt);
  return since < runnableAt ? since : null;
}

/** The stored JSON; `undefined` where there is none, or it was cut to the size limit of its column. */
function parseGraph(json: string | null): JobGraph | undefined {
  try {
    return json === null ? undefined : new Map(Object.entries(JSON.parse(json) as Record<string, readonly string[]>));
  } catch {
    return undefined;
  }
}
