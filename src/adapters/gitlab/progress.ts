import type { JobReading } from "./job.ts";
import { meaningOf, type Meaning } from "./status.ts";

/** Greater than every rank of a status, so that the jobs decide first. */
const statusesMax = 64;

/** What lifts `scheduled` and `manual` above `running` and `canceling`: see below. */
const standstill = 11;

/**
 * The rank of a run's snapshot among those with the same jobs and the same newest moment. A pipeline's status has no time
 * of its own, and GitLab goes through `manual`, `pending` and `running` again and again. Its jobs only move forward, so
 * the snapshot in which they are further on is the later one.
 *
 * Where the jobs are equally far, the status decides. GitLab reads the status first and the jobs later
 * (gitlabhq lib/gitlab/data_builder/pipeline.rb), so one of two such snapshots carries a status of before. While a job
 * waits or works, that is `manual`; when none does any more, it is `running`.
 */
export function rankSnapshot(meaning: Meaning, jobs: readonly JobReading[]): number {
  let done = 0;
  let isMoving = false;
  for (const { status } of jobs) {
    const step = rankStatus(status);
    done += step;
    isMoving ||= step === 2 || step === 3;
  }
  const rank = meaning.state === "blocked" && !isMoving ? meaning.rank + standstill : meaning.rank;
  return done * statusesMax + rank;
}

/**
 * How far a job is. A skipped job becomes `created` again when the job that it waits for is played or run again
 * (gitlabhq app/services/ci/after_requeue_job_service.rb), so skipped is no further than that.
 */
function rankStatus(status: string): number {
  const { state, result } = meaningOf(status, "pending");
  if (status === "created" || result === "skip") return 0;
  return { blocked: 1, pending: 2, executing: 3, finished: 4 }[state];
}
