import { joinKey, type AnswerJob, type AnswerRun, type Span } from "./answer.ts";
import { compareDays, compareSightings } from "./change.ts";
import type { Change, ChangedThing, Sighting, TimedSighting } from "./change.ts";
import { findDurationChanges } from "./duration-changes.ts";
import { findSuccessDrop } from "./share-changes.ts";
import { isDecided, isFailed } from "../core/job-end.ts";

/** Successes in which changes of the duration are looked for. */
const successesMax = 400;

/** The executions of a job or pipeline on the default branch. */
interface History {
  readonly thing: ChangedThing;
  successes: TimedSighting[];
  readonly recentFailures: Sighting[];
  earlierFailures: number;
  recent: number;
  earlier: number;
}

type Execution = Pick<AnswerJob, "stage" | "name" | "result" | "finishedAt" | "durationSeconds">;

/** Collects executions of jobs and pipelines on the default branch, and finds changes of their duration and success. */
export function collectExecutions(span: Span) {
  /** By pipeline, then by stage and job: names are joined once for a run. */
  const pipelines = new Map<string, Map<string, History>>();
  const { earlierSince, recentSince, until } = compareDays(span);

  function addExecution(run: AnswerRun, histories: Map<string, History>, execution: Execution): void {
    const { stage, name, result, finishedAt: at, durationSeconds: seconds } = execution;
    if (at === null || at >= until || !isDecided(result)) return;
    const key = joinKey(stage, name);
    let history = histories.get(key);
    if (history === undefined) histories.set(key, (history = startHistory(run, stage, name)));
    const { id: runId, sha } = run;
    if (at >= recentSince) history.recent++;
    else if (at >= earlierSince) history.earlier++;
    if (!isFailed(result)) {
      if (seconds !== null) history.successes.push({ at, runId, sha, seconds });
      if (history.successes.length >= 3 * successesMax) history.successes = pickLatest(history.successes);
    } else if (at >= recentSince) history.recentFailures.push({ at, runId, sha });
    else if (at >= earlierSince) history.earlierFailures++;
  }

  return {
    add(run: AnswerRun, jobs: readonly AnswerJob[]): void {
      if (!isOnDefaultBranch(run)) return;
      const { provider, source, project, pipeline, result, finishedAt, durationSeconds } = run;
      const key = joinKey(provider, source, project, pipeline);
      const histories = pipelines.get(key) ?? new Map<string, History>();
      pipelines.set(key, histories);
      for (const job of jobs) if (job.name !== null) addExecution(run, histories, job);
      addExecution(run, histories, { stage: null, name: null, result, finishedAt, durationSeconds });
    },
    /** In steps of one history each, which may take a millisecond. */
    *list(): Generator<readonly Change[]> {
      for (const histories of pipelines.values()) {
        for (const history of histories.values()) yield [...listLevels(history), ...listDrops(history)];
      }
    },
  };
}

function startHistory(run: AnswerRun, stage: string | null, jobName: string | null): History {
  const { provider, source, project, pipeline } = run;
  const thing = { provider, source, project, pipeline, stage, jobName, runnerClass: null };
  return { thing, successes: [], recentFailures: [], earlierFailures: 0, recent: 0, earlier: 0 };
}

/** Where the provider does not report the default branch, all runs of branches count. */
function isOnDefaultBranch({ defaultBranch, refKind }: AnswerRun): boolean {
  return defaultBranch ?? (refKind === null || refKind === "branch");
}

function pickLatest(sightings: readonly TimedSighting[]): TimedSighting[] {
  return sightings.toSorted((a, b) => compareSightings(a, b) || a.seconds - b.seconds).slice(-successesMax);
}

/** Changes of the duration; each begins with the first run at the new level. */
function listLevels({ thing, successes }: History): Change[] {
  const series = pickLatest(successes);
  return findDurationChanges(series.map(({ seconds }) => seconds)).flatMap(({ index, ...difference }) => {
    const first = series[index];
    if (first === undefined) return [];
    const { at, runId, sha } = first;
    return [{ what: "duration", ...thing, ...difference, at, runId, sha }];
  });
}

/** A drop of success begins with the first recent failure. */
function listDrops({ thing, recentFailures, recent, earlierFailures, earlier }: History): Change[] {
  const [first] = recentFailures.toSorted(compareSightings);
  const drop = findSuccessDrop(
    { hits: recentFailures.length, tries: recent },
    { hits: earlierFailures, tries: earlier },
  );
  return first === undefined || drop === undefined ? [] : [{ what: "success", ...thing, ...drop, ...first }];
}
