import type { NativeState } from "../native-state.ts";
import { interpretStatus } from "./status.ts";
import type { JobFields } from "./fields.ts";

/** Greater than the rank of any status, so that the progress of the jobs decides first. */
const statusesMax = 64;

/** Raises the ranks of `scheduled` and `manual` above those of `running` and `canceling`; see below. */
const blockedBonus = 11;

/**
 * The rank of a run's snapshot among those with the same jobs and the same newest moment. A pipeline's status has no time
 * of its own, and GitLab goes through `manual`, `pending` and `running` again and again. Its jobs only move forward, so
 * the snapshot in which they are further on is the later one.
 *
 * Where the jobs of two snapshots are equally far, the status decides. GitLab reads the status first and the jobs later
 * (gitlabhq lib/gitlab/data_builder/pipeline.rb), so the status of one of the two is out of date. While a job waits or works, the
 * outdated status is `manual`; when none does any more, it is `running`.
 */
export function rankSnapshot(native: NativeState, jobs: readonly JobFields[]): number {
  let done = 0;
  let isMoving = false;
  for (const { status } of jobs) {
    const step = rankStatus(status);
    done += step;
    isMoving ||= step === 2 || step === 3;
  }
  const rank = native.state === "blocked" && !isMoving ? native.rank + blockedBonus : native.rank;
  return done * statusesMax + rank;
}

/**
 * How far a job has come. A skipped job becomes `created` again when the job that it waits for is played or run again
 * (gitlabhq app/services/ci/after_requeue_job_service.rb), so skipped is no further than that.
 */
function rankStatus(status: string): number {
  const { state, result } = interpretStatus(status, "pending");
  if (status === "created" || result === "skip") return 0;
  return { blocked: 1, pending: 2, executing: 3, finished: 4 }[state];
}
