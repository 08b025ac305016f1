import type { Millis } from "../../core/model.ts";
import type { JobReading } from "./job.ts";

/** A job that ran. Moments are whole seconds: GitLab writes them with and without milliseconds. */
interface Ran {
  readonly job: JobReading;
  /** When it was ready to run; of a manual job, when somebody played it. */
  readonly ready: Millis;
  readonly started: Millis;
  /** `Infinity` while it runs. */
  readonly finished: Millis;
}

/** A manual job that was played after the end of its pipeline. */
interface Play {
  /** Jobs that were over by then. */
  readonly before: readonly JobReading[];
  /** The played job, and those that ran since. */
  readonly after: readonly JobReading[];
}

/** A pipeline is over some seconds after its last job, when a background worker has looked at it; under load, later. */
const processingMillis = 60_000;
/** Where a payload says of no job whether it is manual: a pause this long is a play. No GitLab sends such payloads. */
const pauseMillis = 30_000;
/** Whole seconds on both sides, and `duration` is rounded. */
const roundingMillis = 2000;

/**
 * The play that led to this end, if one did: a pipeline that was over runs again when somebody plays an optional manual
 * job (`when: manual`, `allow_failure: true`), and ends again. Its jobs keep their ids, so the end looks like the first.
 * It is told by the jobs: all others were over when this one was played, or could only run since.
 * https://docs.gitlab.com/ci/jobs/job_control/#types-of-manual-jobs
 */
export function findPlay(
  jobs: readonly JobReading[],
  finishedAt: Millis,
  durationSeconds: number | null | undefined,
  startedAt: Millis | undefined,
): Play | undefined {
  const ran = jobs.flatMap(readRan).toSorted((a, b) => a.ready - b.ready);
  const ended = seconds(finishedAt);
  const lastFinish = ran.reduce((last, { finished }) => Math.max(last, finished), 0);
  // Something that is in no payload ended it: a trigger job, or an external status.
  if (ended - lastFinish > processingMillis) return undefined;
  const newest = jobs.reduce((last, { createdAt }) => Math.max(last, seconds(createdAt ?? 0)), 0);
  // Time in which nothing worked, not even a child pipeline: `duration` counts that too. None: it was never over before.
  const idle = ended - seconds(startedAt ?? ran[0]?.started ?? ended) - (durationSeconds ?? 0) * 1000;
  let leads: readonly boolean[] | undefined;
  let over = 0;
  for (const [i, played] of ran.entries()) {
    const pause = played.ready - over;
    // A job that was cancelled with its pipeline, and never played, ends when the others do.
    const least = played.job.startedAt === null ? roundingMillis : 0;
    const isLate = over > 0 && pause >= least && played.ready >= newest && played.started <= ended;
    // A retry, whose job was not there yet when all others were over, is another attempt.
    const wasThere = over >= seconds(played.job.createdAt ?? 0);
    const isIdle = typeof durationSeconds !== "number" || idle > roundingMillis;
    if (isLate && wasThere && isIdle && isOptional(played.job, pause)) {
      leads ??= listLeads(ran);
      if (leads[i] === true) {
        return { before: ran.slice(0, i).map(({ job }) => job), after: ran.slice(i).map(({ job }) => job) };
      }
    }
    over = Math.max(over, played.finished);
  }
  return undefined;
}

function readRan(job: JobReading): Ran[] {
  const finished = job.finishedAt === null ? Infinity : seconds(job.finishedAt);
  // Cancelled while it waited for a runner: since when it waited is not told.
  if (job.startedAt === null)
    return finished === Infinity ? [] : [{ job, ready: finished, started: finished, finished }];
  const ready = seconds(job.startedAt - (job.queuedDuration ?? 0) * 1000);
  return [{ job, ready, started: seconds(job.startedAt), finished }];
}

function isOptional({ manual, allowFailure }: JobReading, pause: number): boolean {
  if (manual === undefined) return allowFailure !== false && pause >= pauseMillis;
  return manual === true && allowFailure === true;
}

/**
 * Of each job, whether it can have led to all that ran since, if it was played: each of those was played as well, or waited
 * for it or for another of them, and ran as soon as that was over.
 */
function listLeads(ran: readonly Ran[]): boolean[] {
  const causes = listCauses(ran);
  const leads = ran.map(() => false);
  let earliest = Infinity;
  for (const [i, { job }] of [...ran.entries()].toReversed()) {
    // One that was cancelled before it started let nothing go: what ended with it was cancelled as well.
    leads[i] = earliest > i || (earliest === i && job.startedAt !== null);
    earliest = Math.min(earliest, causes[i] ?? -1);
  }
  return leads;
}

/**
 * Of each job, the place of the last one before it that may have let it go; `Infinity`: a person played it; -1: something
 * else let it go, which is no play. Looks up each second of a minute, because to compare all pairs of thousands of jobs
 * takes minutes.
 */
function listCauses(ran: readonly Ran[]): number[] {
  const endings = new Map<Millis, number>();
  return ran.map(({ job, ready, finished }, i) => {
    let cause = job.manual === true && job.allowFailure === true ? Infinity : -1;
    if (job.manual !== true && job.when !== "delayed") {
      for (let at = ready; at >= ready - processingMillis; at -= 1000) cause = Math.max(cause, endings.get(at) ?? -1);
    }
    endings.set(finished, i);
    return cause;
  });
}

function seconds(moment: Millis): Millis {
  return Math.floor(moment / 1000) * 1000;
}
