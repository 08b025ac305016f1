import type { AnswerJob, AnswerRun, Span } from "./answer.ts";
import { compareDays, compareSightings, type Change } from "./change.ts";
import { findRunnableAt } from "./runnable.ts";
import { findQueueRise } from "./share-changes.ts";
import type { Millis } from "../core/time.ts";

/** The waits of the jobs of a runner class, on all branches. Of recent ones also when and in which run. */
interface Waits {
  readonly earlier: number[];
  readonly recent: number[];
  readonly recentAt: Millis[];
  readonly recentRuns: Pick<Change, "runId" | "sha">[];
}

const noJob = { provider: null, source: null, project: null, pipeline: null, stage: null, jobName: null };

/** Collects how long jobs waited for a runner, and finds the runner classes whose jobs wait longer. */
export function collectWaits(span: Span) {
  const classes = new Map<string | null, Waits>();
  const { earlierSince, recentSince, until } = compareDays(span);
  return {
    add({ id: runId, sha }: AnswerRun, jobs: readonly AnswerJob[]): void {
      const ofRun = { runId, sha };
      for (const job of jobs) {
        const { runnerClass, startedAt: at } = job;
        const runnableAt = findRunnableAt(job);
        if (at === null || runnableAt === null || at < earlierSince || at >= until) continue;
        const waits = classes.get(runnerClass) ?? { earlier: [], recent: [], recentAt: [], recentRuns: [] };
        classes.set(runnerClass, waits);
        const seconds = (at - runnableAt) / 1000;
        if (at < recentSince) waits.earlier.push(seconds);
        else {
          waits.recent.push(seconds);
          waits.recentAt.push(at);
          waits.recentRuns.push(ofRun);
        }
      }
    },
    list: (): Change[] => [...classes].flatMap(([runnerClass, waits]) => listRises(runnerClass, waits)),
  };
}

/** A rise begins with the first recent job that waited longer than halfway between the two percentiles. */
function listRises(runnerClass: string | null, { earlier, recent, recentAt, recentRuns }: Waits): Change[] {
  const rise = findQueueRise(recent, earlier);
  if (rise === undefined) return [];
  const halfway = (rise.before + rise.after) / 2;
  const longer = recentRuns.flatMap(({ runId, sha }, i) =>
    (recent[i] ?? 0) >= halfway ? [{ at: recentAt[i] ?? 0, runId, sha }] : [],
  );
  const [first] = longer.toSorted(compareSightings);
  return first === undefined ? [] : [{ what: "queue", ...noJob, runnerClass, ...rise, ...first }];
}
