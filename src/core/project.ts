import { countAttempts, findNewestRetry, hasRecovered, keepNewestRetry } from "./attempts.ts";
import type { Classify } from "./classify.ts";
import type { CompletionFacts, Counted, Filled } from "./completion.ts";
import type { Execution } from "./executions.ts";
import { known, merge, type Known } from "./merge.ts";
import type { Observation, RunFacts } from "./model.ts";
import { followRun } from "./project-completions.ts";
import { followExecutions, withoutFalseEnd } from "./project-executions.ts";
import { projectJobs, type JobRecord } from "./project-jobs.ts";
import { joinLabels, type Exemplar, type Increment, type Seen } from "./rollup.ts";
import { isNamed, labelRun, releaseJobs, type Waiting } from "./waiting.ts";

/** What the ledger holds of one run before and after a delivery. */
export interface RunRecord {
  readonly known: Known<RunFacts>;
  /** The greatest attempt seen, 1-based. */
  readonly attempt: number;
  readonly restarts: number;
  readonly recovered: boolean;
  readonly jobs: ReadonlyMap<string, JobRecord>;
  readonly completions: ReadonlyMap<string, CompletionFacts>;
  /**
   * The greatest id of a job that replaced another of the same name, where ids tell of retries; 0: none did. `undefined`:
   * the row is of a version that did not keep it, and only all jobs of the run can tell.
   */
  readonly newestRetry: number | undefined;
  /** Present while only its jobs told of the run: what they add up to waits for its name. */
  readonly waiting: Waiting | undefined;
  /** Of a provider that gives an id to several runs, one after the other. */
  readonly executions?: readonly Execution[] | undefined;
}

/** The effect of observations on one run. */
export interface Change {
  readonly record: RunRecord;
  readonly changedJobs: ReadonlySet<string>;
  readonly runCompletions: readonly Counted[];
  readonly jobCompletions: readonly Counted[];
  /** Completions whose queue time or duration became known only now; `increments` are what that adds. */
  readonly filled: readonly Filled[];
  /** The run's one wait is to be stored with another of its completions, see `record`. */
  readonly queueMoved: boolean;
  /** Job completions that were kept before and are counted now. */
  readonly released: readonly Counted[];
  /** Additions that follow from a change of the locked run row itself. */
  readonly increments: readonly Increment[];
  /** What was seen: its counters must exist, at 0 if need be. */
  readonly seen: readonly Seen[];
}

/** Folds one observation into what is known of its run. Pure; the caller holds the run's row lock. */
export function project(before: RunRecord | undefined, said: Observation, classify: Classify): Change {
  const told = said.execution === undefined ? said : withoutFalseEnd(before, said);
  const merged = before === undefined ? known<RunFacts>(told) : merge(before.known, known<RunFacts>(told));
  const labels = labelRun(said.provider, merged);
  const exemplar = exemplarOf(told, merged);
  const named = isNamed(merged);
  const waiting = named ? undefined : before === undefined ? noneWaiting : before.waiting;
  const released = named && before?.waiting !== undefined ? releaseJobs(before, labels, exemplar) : undefined;

  const jobs = projectJobs(before?.jobs, told, { labels, exemplar, classify, waits: waiting !== undefined });
  const completions = new Map(before?.completions);
  const branch = defaultBranchLabel(merged.facts.defaultBranch);
  const counters = { labels, branch, exemplar };
  const several = told.execution !== undefined || before?.executions !== undefined;
  const { run, executions, runCompletions, filled, queueMoved } = several
    ? { ...followExecutions(before, told, merged, completions, counters), queueMoved: false }
    : { run: merged, executions: undefined, ...followRun(told, merged, completions, counters) };

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

export type Completions = Map<string, CompletionFacts>;

const noneWaiting: Waiting = { results: new Map(), counted: [] };

/** The first result under a key is the one that the database keeps. */
function keepWaiting(waiting: Waiting, completions: readonly Counted[]): Waiting {
  if (completions.length === 0) return waiting;
  const results = [...completions.map(({ key, completion }) => [key, completion] as const), ...waiting.results];
  return { ...waiting, results: new Map(results) };
}

function exemplarOf(said: Observation, run: Known<RunFacts>): Exemplar {
  const newest = Math.max(said.version.clock, ...(said.jobs ?? []).map(({ version }) => version.clock));
  return { run: said.run, url: run.facts.url ?? null, at: said.facts.finishedAt ?? newest };
}

function defaultBranchLabel(defaultBranch: boolean | null | undefined): string {
  return defaultBranch === null || defaultBranch === undefined ? "unknown" : String(defaultBranch);
}
