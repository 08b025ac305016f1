import { countAttempts, findNewestRetry, hasRecovered, keepNewestRetry } from "./attempts.ts";
import type { Classify } from "./classify.ts";
import { incrementsOf, observe, type CompletionFacts, type Counted } from "./completion.ts";
import { known, merge, type Known } from "./merge.ts";
import type { Observation, RunFacts } from "./model.ts";
import { projectJobs, type JobRecord } from "./project-jobs.ts";
import { joinLabels, type Exemplar, type Increment, type Labels, type Seen, type Series } from "./rollup.ts";
import { durationSeconds, queueSeconds } from "./timing.ts";
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
}

/** The effect of observations on one run. */
export interface Change {
  readonly record: RunRecord;
  readonly changedJobs: ReadonlySet<string>;
  readonly runCompletions: readonly Counted[];
  readonly jobCompletions: readonly Counted[];
  /** Completions whose queue time or duration became known only now; `increments` are what that adds. */
  readonly filled: readonly Counted[];
  /** Job completions that were kept before and are counted now. */
  readonly released: readonly Counted[];
  /** Additions that follow from a change of the locked run row itself. */
  readonly increments: readonly Increment[];
  /** What was seen: its counters must exist, at 0 if need be. */
  readonly seen: readonly Seen[];
}

/** Folds one observation into what is known of its run. Pure; the caller holds the run's row lock. */
export function project(before: RunRecord | undefined, said: Observation, classify: Classify): Change {
  const run = before === undefined ? known<RunFacts>(said) : merge(before.known, known<RunFacts>(said));
  const labels = labelRun(said.provider, run);
  const exemplar = exemplarOf(said, run);
  const named = isNamed(run);
  const waiting = named ? undefined : before === undefined ? noneWaiting : before.waiting;
  const released = named && before?.waiting !== undefined ? releaseJobs(before, labels, exemplar) : undefined;

  const jobs = projectJobs(before?.jobs, said, { labels, exemplar, classify, waits: waiting !== undefined });
  const completions = new Map(before?.completions);
  const branch = defaultBranchLabel(run.facts.defaultBranch);
  const runCompletions = completeRun(completions, said, run, labels, exemplar);
  const filled = runCompletions.length > 0 ? [] : fillLatest(completions, run, labels, exemplar);

  const newestRetry = findNewestRetry(said, before, jobs);
  const attempts = countAttempts(said, before, newestRetry, completions);
  // What merely shares an id is no later attempt of the same thing.
  const recovered = before?.recovered === true || (said.completionWithin === undefined && hasRecovered(completions));
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
      newestRetry: keepNewestRetry(newestRetry, said, before, jobs.records),
      waiting: waiting === undefined ? undefined : keepWaiting(waiting, jobs.completions),
    },
    changedJobs: jobs.changed,
    runCompletions,
    jobCompletions: jobs.completions,
    filled,
    released: released?.completions ?? [],
    increments,
    seen: [
      ...(named ? [{ what: "pipeline", labels: joinLabels(labels, branch) } as const] : []),
      ...(released?.seen ?? []),
      ...jobs.seen,
    ],
  };
}

const noneWaiting: Waiting = new Map();

/** The first result under a key is the one that the database keeps. */
function keepWaiting(waiting: Waiting, completions: readonly Counted[]): Waiting {
  if (completions.length === 0) return waiting;
  return new Map([...completions.map(({ key, completion }) => [key, completion] as const), ...waiting]);
}

function exemplarOf(said: Observation, run: Known<RunFacts>): Exemplar {
  const newest = Math.max(said.version.clock, ...(said.jobs ?? []).map(({ version }) => version.clock));
  return { run: said.run, url: run.facts.url ?? null, at: said.facts.finishedAt ?? newest };
}

function defaultBranchLabel(defaultBranch: boolean | null | undefined): string {
  return defaultBranch === null || defaultBranch === undefined ? "unknown" : String(defaultBranch);
}

function completeRun(
  completions: Map<string, CompletionFacts>,
  said: Observation,
  run: Known<RunFacts>,
  labels: Labels,
  exemplar: Exemplar,
): Counted[] {
  const result = said.facts.result;
  const key = newCompletionKey(completions, said);
  if (key === undefined || result === undefined || result === null) return [];
  // The attempt is timed by what this delivery says of it, and by earlier moments only if they are of the same attempt.
  const isSameAttempt = run.version.epoch === said.version.epoch && key === said.completion;
  const timed = isSameAttempt ? merge(run, known<RunFacts>(said)) : known<RunFacts>(said);
  const attempt = { ...timed, facts: { ...timed.facts, ...said.facts } };
  const completion: CompletionFacts = {
    order: said.version.epoch,
    result,
    finishedAt: said.facts.finishedAt ?? null,
    durationSeconds: durationSeconds(attempt),
    queueSeconds: queueSeconds(attempt),
  };
  completions.set(key, completion);
  const branch = defaultBranchLabel(run.facts.defaultBranch);
  const counter: Series = { metric: "runs", labels: joinLabels(labels, branch, result) };
  const increments = [
    ...incrementsOf(counter, completion, histogramsOf(counter, labels), exemplar),
    ...(said.also ?? []),
  ];
  return [{ key, counter, completion, increments }];
}

/** The key to count under; `undefined` when there is nothing to count, or when it was counted already. */
function newCompletionKey(completions: ReadonlyMap<string, CompletionFacts>, said: Observation): string | undefined {
  const { completion: key, completionWithin: span } = said;
  if (key === undefined || !completions.has(key)) return key;
  const at = said.facts.finishedAt ?? null;
  if (span === undefined || at === null) return undefined;
  const isSame = ([other, { finishedAt }]: [string, CompletionFacts]) =>
    (other === key || other.startsWith(`${key}@`)) && (finishedAt === null || Math.abs(finishedAt - at) <= span);
  return [...completions].some(isSame) ? undefined : `${key}@${at}`;
}

/** A moment that arrives after the result (Jenkins' QUEUED after COMPLETED) still yields its queue time, once. */
function fillLatest(
  completions: Map<string, CompletionFacts>,
  run: Known<RunFacts>,
  labels: Labels,
  exemplar: Exemplar,
): Counted[] {
  const latest = run.facts.state === "finished" ? latestOf(completions, run) : undefined;
  if (latest === undefined) return [];
  const [key, old] = latest;
  const duration = old.durationSeconds ?? durationSeconds(run);
  const queue = old.queueSeconds ?? queueSeconds(run);
  if (duration === old.durationSeconds && queue === old.queueSeconds) return [];
  const completion = { ...old, durationSeconds: duration, queueSeconds: queue };
  completions.set(key, completion);
  const branch = defaultBranchLabel(run.facts.defaultBranch);
  const counter: Series = { metric: "runs", labels: joinLabels(labels, branch, old.result) };
  const histograms = histogramsOf(counter, labels);
  const increments: Increment[] = [];
  const link = { ...exemplar, at: old.finishedAt ?? exemplar.at };
  if (old.durationSeconds === null) observe(increments, histograms.duration, duration, link);
  if (old.queueSeconds === null) observe(increments, histograms.queue, queue, link);
  return [{ key, counter, completion, increments }];
}

/** The completion that the run's own times are about. An attempt has several where a manual job was played after its end. */
function latestOf(
  completions: ReadonlyMap<string, CompletionFacts>,
  { version, facts }: Known<RunFacts>,
): [string, CompletionFacts] | undefined {
  const candidates = [...completions].filter(([, { order }]) => order === version.epoch);
  if (candidates.length < 2) return candidates[0];
  // Of two with one result the key decides: it is the same whatever came first.
  return candidates.filter(([, { result }]) => result === facts.result).toSorted(([a], [b]) => (a < b ? -1 : 1))[0];
}

function histogramsOf(counter: Series, labels: Labels): { duration: Series; queue: Series } {
  return { duration: { metric: "runDuration", labels: counter.labels }, queue: { metric: "runQueue", labels } };
}
