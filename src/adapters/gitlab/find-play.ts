import type { Millis } from "../../core/time.ts";
import type { JobFields } from "./fields.ts";

/** A job that ran. Moments are cut to whole seconds, because GitLab sends them with and without milliseconds. */
interface Ran {
  readonly job: JobFields;
  /** When it was ready to run. For a manual job: when somebody played it. */
  readonly ready: Millis;
  readonly started: Millis;
  /** `Infinity` while it runs. */
  readonly finished: Millis;
}

/** A manual job that was played after the end of its pipeline. */
interface Play {
  /** Jobs that had ended by then. */
  readonly before: readonly JobFields[];
  /** The played job, and the jobs that ran after it. */
  readonly after: readonly JobFields[];
}

/** A background worker ends a pipeline some seconds after its last job; later under load. */
const processingMillis = 60_000;
/** Without `manual` in the payload, a pause of this length counts as a play. No released GitLab sends such payloads. */
const pauseMillis = 30_000;
/** Both moments are cut to seconds, and `duration` is rounded. */
const roundingMillis = 2000;

/**
 * The play that led to this end, if one did. A pipeline that has ended runs again when somebody plays an optional manual job
 * (`when: manual`, `allow_failure: true`), and ends again. Its jobs keep their ids, so this end looks like the first. The moments
 * of the jobs show it: all others had ended when this one was played, or could only run after it.
 * https://docs.gitlab.com/ci/jobs/job_control/#types-of-manual-jobs
 */
export function findPlay(
  jobs: readonly JobFields[],
  finishedAt: Millis,
  durationSeconds: number | null | undefined,
  startedAt: Millis | undefined,
): Play | undefined {
  if (!jobs.some(mayBePlayed)) return undefined;
  const ran = jobs.flatMap(readRan).toSorted((a, b) => a.ready - b.ready);
  const ended = cutToSecond(finishedAt);
  const lastFinish = ran.reduce((last, { finished }) => Math.max(last, finished), 0);
  // Something that is in no payload ended the pipeline: a trigger job, or an external status.
  if (ended - lastFinish > processingMillis) return undefined;
  const newest = jobs.reduce((last, { createdAt }) => Math.max(last, cutToSecond(createdAt ?? 0)), 0);
  // Time in which nothing worked. `duration` includes the work of child pipelines. No such time: the pipeline never ended before.
  const idle = ended - cutToSecond(startedAt ?? ran[0]?.started ?? ended) - (durationSeconds ?? 0) * 1000;
  let leads: readonly boolean[] | undefined;
  let endedBefore = 0;
  for (const [i, played] of ran.entries()) {
    const pause = played.ready - endedBefore;
    // A job that was cancelled together with its pipeline, and was never played, ends when the others do.
    const least = played.job.startedAt === null ? roundingMillis : 0;
    const isLate = endedBefore > 0 && pause >= least && played.ready >= newest && played.started <= ended;
    // A job that did not exist when all others had ended is a retry, which is another attempt.
    const wasThere = endedBefore >= cutToSecond(played.job.createdAt ?? 0);
    const isIdle = typeof durationSeconds !== "number" || idle > roundingMillis;
    if (isLate && wasThere && isIdle && isOptional(played.job, pause)) {
      leads ??= listLeads(ran);
      if (leads[i] === true) {
        return { before: ran.slice(0, i).map(({ job }) => job), after: ran.slice(i).map(({ job }) => job) };
      }
    }
    endedBefore = Math.max(endedBefore, played.finished);
  }
  return undefined;
}

function readRan(job: JobFields): Ran[] {
  const finished = job.finishedAt === null ? Infinity : cutToSecond(job.finishedAt);
  // It was cancelled while it waited for a runner. Since when it waited is not in the payload.
  if (job.startedAt === null)
    return finished === Infinity ? [] : [{ job, ready: finished, started: finished, finished }];
  const ready = cutToSecond(job.startedAt - (job.queuedDuration ?? 0) * 1000);
  return [{ job, ready, started: cutToSecond(job.startedAt), finished }];
}

function isOptional(job: JobFields, pause: number): boolean {
  return mayBePlayed(job) && (job.manual !== undefined || pause >= pauseMillis);
}

/** Checked first, before any other field of a job, because most pipelines have no such job. */
function mayBePlayed({ manual, allowFailure }: JobFields): boolean {
  return manual === undefined ? allowFailure !== false : manual === true && allowFailure === true;
}

/**
 * For each job: whether, if it was played, that explains all jobs that ran after it. Each of those was played as well, or waited for
 * this job or for another of them, and ran as soon as that one had ended.
 */
function listLeads(ran: readonly Ran[]): boolean[] {
  const causes = listCauses(ran);
  const leads = ran.map(() => false);
  let earliest = Infinity;
  for (const [i, { job }] of [...ran.entries()].toReversed()) {
    // A job that was cancelled before it started caused nothing: what ended with it was cancelled as well.
    leads[i] = earliest > i || (earliest === i && job.startedAt !== null);
    earliest = Math.min(earliest, causes[i] ?? -1);
  }
  return leads;
}

/**
 * For each job: the index of the last job before it whose end may have started it. `Infinity`: a person played it. -1: something
 * else started it, which is no play. It looks up each second of a minute, because comparing all pairs of thousands of jobs would
 * take minutes.
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

function cutToSecond(moment: Millis): Millis {
  return Math.floor(moment / 1000) * 1000;
}
