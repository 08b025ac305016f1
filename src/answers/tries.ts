import { joinKey, type AnswerJob } from "./answer.ts";
import { isCarriedOver, isDecided } from "../core/job-end.ts";

/** The executions of one job of a run that reached a success or a failure: those with the same stage and name. */
export interface TriedJob {
  readonly stage: string | null;
  readonly name: string;
  readonly tries: readonly AnswerJob[];
}

/** More jobs are compared by a set of names instead of pair by pair. */
const pairsMax = 32;

/** Whether a run has two jobs of one stage and name: tries of one job, or a matrix. */
export function hasTwins(jobs: readonly Pick<AnswerJob, "stage" | "name">[]): boolean {
  if (jobs.length > pairsMax) return new Set(jobs.map(({ stage, name }) => joinKey(stage, name))).size < jobs.length;
  for (let i = 1; i < jobs.length; i++) {
    const { stage, name } = jobs[i] as AnswerJob;
    for (let k = 0; k < i; k++) if (jobs[k]?.name === name && jobs[k]?.stage === stage) return true;
  }
  return false;
}

/** Groups the decided executions of a run by stage and name. Jobs without a name are left out. */
export function groupTries(jobs: readonly AnswerJob[]): TriedJob[] {
  const groups = new Map<string, { stage: string | null; name: string; tries: AnswerJob[] }>();
  for (const job of jobs) {
    const { stage, name, result } = job;
    if (name === null || !isDecided(result) || isCarriedOver(job)) continue;
    const key = joinKey(stage, name);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { stage, name, tries: [job] });
    else group.tries.push(job);
  }
  return [...groups.values()];
}

/** The seconds of work of each try that the CI system itself repeated under the same id, where their times are stored. */
export function listRepeatedSeconds({ detail }: AnswerJob): number[] {
  return (detail?.tries ?? []).flatMap(([startedAt, finishedAt]) =>
    startedAt === null || finishedAt === null ? [] : [Math.max(0, finishedAt - startedAt) / 1000],
  );
}
