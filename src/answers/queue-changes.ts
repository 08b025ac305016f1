import type { AnswerJob, AnswerRun, Span } from "./answer.ts";
import { compareDays, compareSightings, type Change, type TimedSighting } from "./change.ts";
import { findRunnableAt } from "./runnable.ts";
import { findQueueRise } from "./share-changes.ts";

/** The waits of the jobs of a runner class, on all branches. */
interface Waits {
  readonly recent: TimedSighting[];
  /** Seconds. */
  readonly earlier: number[];
}

const noJob = { provider: null, source: null, project: null, pipeline: null, stage: null, jobName: null };

/** Collects how long jobs waited for a runner, and finds the runner classes whose jobs wait longer. */
export function collectWaits(span: Span) {
  const classes = new Map<string | null, Waits>();
  const { earlierSince, recentSince, until } = compareDays(span);
  return {
    add({ id: runId, sha }: AnswerRun, job: AnswerJob): void {
      const { runnerClass, startedAt: at } = job;
      const runnableAt = findRunnableAt(job);
      if (at === null || runnableAt === null || at < earlierSince || at >= until) return;
      const waits = classes.get(runnerClass) ?? { recent: [], earlier: [] };
      classes.set(runnerClass, waits);
      const seconds = (at - runnableAt) / 1000;
      if (at >= recentSince) waits.recent.push({ at, runId, sha, seconds });
      else waits.earlier.push(seconds);
    },
    list: (): Change[] => [...classes].flatMap(([runnerClass, waits]) => listRises(runnerClass, waits)),
  };
}

/** A rise begins with the first recent job that waited longer than halfway between the two percentiles. */
function listRises(runnerClass: string | null, { recent, earlier }: Waits): Change[] {
  const rise = findQueueRise(
    recent.map(({ seconds }) => seconds),
    earlier,
  );
  if (rise === undefined) return [];
  const halfway = (rise.before + rise.after) / 2;
  const [first] = recent.filter(({ seconds }) => seconds >= halfway).toSorted(compareSightings);
  if (first === undefined) return [];
  const { at, runId, sha } = first;
  return [{ what: "queue", ...noJob, runnerClass, ...rise, at, runId, sha }];
}
