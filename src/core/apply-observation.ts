import { countAttempts, findNewestRetry, hasRecovered, keepNewestRetry } from "./attempts.ts";
import type { ClassifyTask } from "./task-type.ts";
import type { Counted } from "./completion.ts";
import { toFolded, merge, type Folded } from "./merge.ts";
import type { Observation, RunFacts } from "./model.ts";
import { applyCompletion } from "./apply-completion.ts";
import { applyExecutions, withoutFalseEnd } from "./apply-executions.ts";
import { applyJobs } from "./apply-jobs.ts";
import { isNamed, labelRun, releaseJobs } from "./waiting.ts";
import { joinLabels } from "./series.ts";
import type { Exemplar } from "./increment.ts";
import type { Change, RunRecord, Waiting } from "./run-record.ts";

/** Folds one observation into what is known of its run. Pure; the caller holds the run's row lock. */
export function applyObservation(before: RunRecord | undefined, said: Observation, classify: ClassifyTask): Change {
  const told = said.execution === undefined ? said : withoutFalseEnd(before, said);
  const merged = before === undefined ? toFolded<RunFacts>(told) : merge(before.known, toFolded<RunFacts>(told));
  const labels = labelRun(said.provider, merged);
  const exemplar = createExemplar(told, merged);
  const named = isNamed(merged);
  const waiting = named ? undefined : before === undefined ? noneWaiting : before.waiting;
  const released = named && before?.waiting !== undefined ? releaseJobs(before, labels, exemplar) : undefined;

  const jobs = applyJobs(before?.jobs, told, { labels, exemplar, classify, waits: waiting !== undefined });
  const completions = new Map(before?.completions);
  const branch = defaultBranchLabel(merged.facts.defaultBranch);
  const counters = { labels, branch, exemplar };
  const several = told.execution !== undefined || before?.executions !== undefined;
  const { run, executions, runCompletions, filled, queueMoved } = several
    ? { ...applyExecutions(before, told, merged, completions, counters), queueMoved: false }
    : { run: merged, executions: undefined, ...applyCompletion(told, merged, completions, counters) };

  const newestRetry = findNewestRetry(told, before, jobs);
  const attempts = countAttempts(told, before, newestRetry, completions);
  // What merely shares an id is no later attempt of the same thing.
  const recovered = before?.recovered === true || (!several && hasRecovered(completions));
  const increments = [...(released?.increments ?? []), ...jobs.increments];
  const added = waiting === undefined ? attempts.restarts - (before?.restarts ?? 0) : 0;
  if (added > 0) increments.push({ metric: "restarts", labels, count: added, exemplar });
  if (recovered && before?.recovered !== true && waiting === undefined)
    increments.push({ metric: "recovered", labels, count: 1, exemplar });

  return {
    record: {
      known: run,
      ...attempts,
      recovered,
      jobs: jobs.records,
      completions,
      newestRetry: keepNewestRetry(newestRetry, told, before, jobs.records),
      waiting: waiting === undefined ? undefined : keepWaiting(waiting, jobs.completions),
      ...(several ? { executions } : {}),
    },
    changedJobs: jobs.changed,
    runCompletions,
    jobCompletions: jobs.completions,
    filled,
    queueMoved,
    released: released?.completions ?? [],
    increments,
    seen: [
      ...(named ? [{ what: "pipeline", labels: joinLabels(labels, branch) } as const] : []),
      ...(released?.seen ?? []),
      ...jobs.seen,
    ],
  };
}

const noneWaiting: Waiting = { results: new Map(), counted: [] };

/** The first result under a key is the one that the database keeps. */
function keepWaiting(waiting: Waiting, completions: readonly Counted[]): Waiting {
  if (completions.length === 0) return waiting;
  const results = [...completions.map(({ key, completion }) => [key, completion] as const), ...waiting.results];
  return { ...waiting, results: new Map(results) };
}

function createExemplar(said: Observation, run: Folded<RunFacts>): Exemplar {
  const newest = Math.max(said.version.clock, ...(said.jobs ?? []).map(({ version }) => version.clock));
  return { run: said.run, url: run.facts.url ?? null, at: said.facts.finishedAt ?? newest };
}

function defaultBranchLabel(defaultBranch: boolean | null | undefined): string {
  return defaultBranch === null || defaultBranch === undefined ? "unknown" : String(defaultBranch);
}
