import { countAttempts, findNewestRetry, hasRecovered, keepNewestRetry } from "./attempts.ts";
import type { ClassifyTask } from "./task-type.ts";
import type { Counted } from "./completion.ts";
import { toFolded, merge, type Folded } from "./merge.ts";
import type { Observation, RunFacts } from "./model.ts";
import { applyCompletion } from "./apply-completion.ts";
import { applyExecutions, withoutFalseEnd } from "./apply-executions.ts";
import { applyJobs } from "./apply-jobs.ts";
import { countNewFlakes, mayFlake } from "./count-flakes.ts";
import { isNamed, labelRun, releaseJobs } from "./waiting.ts";
import { joinLabels } from "./series.ts";
import type { Exemplar } from "./increment.ts";
import type { Change, RunRecord, Waiting } from "./run-record.ts";

/** Folds one observation into the stored run. Pure; the caller holds the run's row lock. */
export function applyObservation(before: RunRecord | undefined, received: Observation, classify: ClassifyTask): Change {
  const observation = received.execution === undefined ? received : withoutFalseEnd(before, received);
  const merged =
    before === undefined ? toFolded<RunFacts>(observation) : merge(before.folded, toFolded<RunFacts>(observation));
  const { provider } = received;
  const labels = labelRun(provider, merged);
  const exemplar = createExemplar(observation, merged);
  const named = isNamed(merged);
  const waiting = named ? undefined : before === undefined ? noneWaiting : before.waiting;
  const released = named && before?.waiting !== undefined ? releaseJobs(provider, before, labels, exemplar) : undefined;

  const jobs = applyJobs(before?.jobs, observation, {
    provider,
    labels,
    exemplar,
    classify,
    isWaiting: waiting !== undefined,
  });
  const completions = new Map(before?.completions);
  const branch = labelDefaultBranch(merged.facts.defaultBranch);
  const counters = { labels, branch, exemplar };
  const several = observation.execution !== undefined || before?.executions !== undefined;
  const { run, executions, runCompletions, filled, queueMoved } = several
    ? { ...applyExecutions(before, observation, merged, completions, counters), queueMoved: false }
    : { run: merged, executions: undefined, ...applyCompletion(observation, merged, completions, counters) };

  const newestRetry = findNewestRetry(observation, before, jobs);
  const attempts = countAttempts(observation, before, newestRetry, completions);
  // Executions that share an id are not attempts of one run, so none of them recovers another.
  const recovered = before?.recovered === true || (!several && hasRecovered(completions));
  const increments = [...(released?.increments ?? []), ...jobs.increments];
  const added = waiting === undefined ? attempts.restarts - (before?.restarts ?? 0) : 0;
  if (added > 0) increments.push({ metric: "restarts", labels, count: added, exemplar });
  if (recovered && before?.recovered !== true && waiting === undefined)
    increments.push({ metric: "recovered", labels, count: 1, exemplar });
  if (waiting === undefined && mayFlake(observation, before, newestRetry))
    increments.push(
      ...countNewFlakes(before?.jobs ?? noJobs, jobs.records, observation, { provider, labels, exemplar }),
    );

  return {
    record: {
      folded: run,
      ...attempts,
      recovered,
      jobs: jobs.records,
      completions,
      newestRetry: keepNewestRetry(newestRetry, observation, before, jobs.records),
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

const noJobs: RunRecord["jobs"] = new Map();
const noneWaiting: Waiting = { results: new Map(), counted: [] };

/** Adds results; under one key the first one stays, as in the database. */
function keepWaiting(waiting: Waiting, completions: readonly Counted[]): Waiting {
  if (completions.length === 0) return waiting;
  const results = [...completions.map(({ key, completion }) => [key, completion] as const), ...waiting.results];
  return { ...waiting, results: new Map(results) };
}

function createExemplar(observation: Observation, run: Folded<RunFacts>): Exemplar {
  const newest = Math.max(observation.version.clock, ...(observation.jobs ?? []).map(({ version }) => version.clock));
  return { run: observation.run, url: run.facts.url ?? null, at: observation.facts.finishedAt ?? newest };
}

function labelDefaultBranch(defaultBranch: boolean | null | undefined): string {
  return defaultBranch === null || defaultBranch === undefined ? "unknown" : String(defaultBranch);
}
