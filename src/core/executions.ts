import { listEnds, listStarts } from "./execution-ends.ts";
import type { Folded } from "./merge.ts";
import type { Observation, RunFacts } from "./model.ts";
import { plausibleSecondsMax, type Millis } from "./time.ts";
import type { Execution, Executions } from "./execution.ts";

/**
 * Several runs to which the provider gave the same id. A Jenkins job that was deleted and created again counts its builds
 * from 1 once more, and only the start time distinguishes a build from the older one. So a completion of such an id is
 * identified by its start (`order`), or by its end (`order` 0) where the delivery that proved it had no start. Pure.
 */

/** Executions that are stored for one id; of more the oldest are dropped. No id is used again this often. */
export const executionsMax = 20;
/** Milliseconds: a queue entry that is reported at most this much later than the start still belongs to that execution. */
const lateEntry = 60 * 1000;

/** Adds the moments of one observation. `folded`: the stored run, which is all that older versions stored. */
export function addExecution(
  before: readonly Execution[] | undefined,
  folded: Folded<RunFacts> | undefined,
  completions: Executions["completions"],
  observation: Observation,
): readonly Execution[] {
  const { queuedAt, startedAt } = observation;
  const all = before ?? (folded === undefined ? [] : readMoments(folded));
  if (queuedAt === undefined && startedAt === undefined) return all;
  const item = observation.execution?.item ?? null;
  const ends = listEnds({ all, completions });
  const own = all.find((one) => one.item === item && isSame(one, observation, ends));
  if (own === undefined) return [...all, { item, queuedAt, startedAt }];
  const joined = {
    ...own,
    queuedAt: pickEarlier(own.queuedAt, queuedAt),
    startedAt: pickEarlier(own.startedAt, startedAt),
  };
  if (joined.queuedAt === own.queuedAt && joined.startedAt === own.startedAt) return all;
  return all.map((one) => (one === own ? joined : one));
}

/** Whether the observation can be about this execution. The queue item alone does not decide, as it may be unknown. */
function isSame(one: Execution, { execution, queuedAt, startedAt }: Observation, ends: ReadonlyMap<Millis, Millis>) {
  const start = one.startedAt;
  if (startedAt === undefined) return start === undefined || (queuedAt ?? 0) <= start + lateEntry;
  if (start === undefined) return startedAt >= (one.queuedAt ?? 0) - lateEntry;
  const end = ends.get(start);
  // No moment of an execution is earlier than its exact start.
  if (execution?.end === "exact") return end === undefined ? startedAt <= start : startedAt === start;
  return end === undefined || (startedAt >= start && startedAt <= end);
}

function readMoments({ queuedAt, startedAt }: Folded<RunFacts>): Execution[] {
  return queuedAt === undefined && startedAt === undefined ? [] : [{ item: null, queuedAt, startedAt }];
}

function pickEarlier(a: Millis | undefined, b: Millis | undefined): Millis | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

/** The row shows the execution that began last. */
export function showLatest(run: Folded<RunFacts>, executions: Executions): Folded<RunFacts> {
  const starts = listStarts(executions);
  if (starts.size === 0) return { ...run, queuedAt: executions.all.at(-1)?.queuedAt };
  const startedAt = Math.max(...starts);
  const queuedAt =
    computeQueueTimeBefore(startedAt, executions.all) === null ? undefined : findEntryBefore(startedAt, executions.all);
  const end = listEnds(executions).get(startedAt);
  if (run.facts.state !== "finished") return { ...withoutDuration(run), startedAt, queuedAt };
  return { ...run, facts: end === undefined ? run.facts : { ...run.facts, finishedAt: end }, startedAt, queuedAt };
}

/** An unfinished run has no duration: the stored one belongs to an older execution. */
function withoutDuration(run: Folded<RunFacts>): Folded<RunFacts> {
  const { durationSeconds, ...facts } = run.facts;
  if (durationSeconds === undefined) return run;
  const { durationSeconds: _, ...versions } = run.versions ?? {};
  return { ...run, facts, versions: Object.keys(versions).length === 0 ? undefined : versions };
}

/** Seconds in the queue before this start; `null`: unknown. */
export function computeQueueTimeBefore(start: Millis | undefined, all: readonly Execution[]): number | null {
  const entered = start === undefined ? undefined : findEntryBefore(start, all);
  if (start === undefined || entered === undefined) return null;
  const seconds = (start - entered) / 1000;
  return seconds > plausibleSecondsMax ? null : seconds;
}

function findEntryBefore(start: Millis, all: readonly Execution[]): Millis | undefined {
  const entered = all.find(({ startedAt, queuedAt }) => startedAt === start && queuedAt !== undefined)?.queuedAt;
  if (entered === undefined || entered - start > lateEntry) return undefined;
  return Math.min(entered, start);
}
