import type { AnswerJob, AnswerRun, Span } from "./answer.ts";
import { compareDays, compareSightings, nameThing } from "./change.ts";
import type { Change, ChangedThing, Sighting, TimedSighting } from "./change.ts";
import { findDurationChanges } from "./duration-changes.ts";
import { findSuccessDrop } from "./share-changes.ts";
import { isDecided, isFailed } from "./tries.ts";

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
  const histories = new Map<string, History>();
  const { earlierSince, recentSince, until } = compareDays(span);

  function getHistory(thing: ChangedThing): History {
    const key = nameThing(thing);
    const started = { thing, successes: [], recentFailures: [], earlierFailures: 0, recent: 0, earlier: 0 };
    const history = histories.get(key) ?? started;
    histories.set(key, history);
    return history;
  }

  function addExecution({ id: runId, sha, ...run }: AnswerRun, execution: Execution): void {
    const { provider, source, project, pipeline } = run;
    const { stage, name: jobName, result, finishedAt: at, durationSeconds: seconds } = execution;
    if (at === null || at >= until || !isDecided(result)) return;
    const history = getHistory({ provider, source, project, pipeline, stage, jobName, runnerClass: null });
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
      for (const job of jobs) if (job.name !== null) addExecution(run, job);
      const { result, finishedAt, durationSeconds } = run;
      addExecution(run, { stage: null, name: null, result, finishedAt, durationSeconds });
    },
    list: (): Change[] => [...histories.values()].flatMap((history) => [...listLevels(history), ...listDrops(history)]),
  };
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
