import { listEnds, listStarts } from "./execution-ends.ts";
import type { Folded } from "./merge.ts";
import type { Observation, RunFacts } from "./model.ts";
import { plausibleSecondsMax, type Millis } from "./time.ts";
import type { Execution, Executions } from "./execution.ts";

/**
 * Runs to which their provider gave one id. A job of Jenkins that was deleted and made again counts its builds from 1 once
 * more, and nothing but the moment at which a build began tells it from the older one. So a completion of such an id is known
 * by its start (`order`), or by its end (`order` 0) where the delivery that proved it did not tell the start. Pure.
 */

/** No id is used again this often; what is forgotten is the oldest. */
export const executionsMax = 20;
/** An entry into the queue that is told this much later than the start is still the entry of that execution. */
const lateEntry = 60 * 1000;

/** Adds what one observation tells of moments. `known`: the row, which is all that older versions kept. */
export function rememberExecution(
  before: readonly Execution[] | undefined,
  known: Folded<RunFacts> | undefined,
  completions: Executions["completions"],
  said: Observation,
): readonly Execution[] {
  const { queuedAt, startedAt } = said;
  const all = before ?? (known === undefined ? [] : readMoments(known));
  if (queuedAt === undefined && startedAt === undefined) return all;
  const item = said.execution?.item ?? null;
  const ends = listEnds({ all, completions });
  const own = all.find((one) => one.item === item && isSame(one, said, ends));
  if (own === undefined) return [...all, { item, queuedAt, startedAt }];
  const joined = {
    ...own,
    queuedAt: earlier(own.queuedAt, queuedAt),
    startedAt: earlier(own.startedAt, startedAt),
  };
  if (joined.queuedAt === own.queuedAt && joined.startedAt === own.startedAt) return all;
  return all.map((one) => (one === own ? joined : one));
}

/** Whether what is said can be of this execution: the item alone does not tell where it is not known. */
function isSame(one: Execution, { execution, queuedAt, startedAt }: Observation, ends: ReadonlyMap<Millis, Millis>) {
  const start = one.startedAt;
  if (startedAt === undefined) return start === undefined || (queuedAt ?? 0) <= start + lateEntry;
  if (start === undefined) return startedAt >= (one.queuedAt ?? 0) - lateEntry;
  const end = ends.get(start);
  // Nothing of an execution is earlier than its exact start.
  if (execution?.end === "exact") return end === undefined ? startedAt <= start : startedAt === start;
  return end === undefined || (startedAt >= start && startedAt <= end);
}

function readMoments({ queuedAt, startedAt }: Folded<RunFacts>): Execution[] {
  return queuedAt === undefined && startedAt === undefined ? [] : [{ item: null, queuedAt, startedAt }];
}

function earlier(a: Millis | undefined, b: Millis | undefined): Millis | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

/** The row shows the execution that began last. */
export function showLatest(run: Folded<RunFacts>, known: Executions): Folded<RunFacts> {
  const starts = listStarts(known);
  if (starts.size === 0) return { ...run, queuedAt: known.all.at(-1)?.queuedAt };
  const startedAt = Math.max(...starts);
  const queuedAt = waitBefore(startedAt, known.all) === null ? undefined : entryBefore(startedAt, known.all);
  const end = listEnds(known).get(startedAt);
  if (run.facts.state !== "finished") return { ...withoutDuration(run), startedAt, queuedAt };
  return { ...run, facts: end === undefined ? run.facts : { ...run.facts, finishedAt: end }, startedAt, queuedAt };
}

/** What still works has none: the one that is known is that of an older execution. */
function withoutDuration(run: Folded<RunFacts>): Folded<RunFacts> {
  const { durationSeconds, ...facts } = run.facts;
  if (durationSeconds === undefined) return run;
  const { durationSeconds: _, ...versions } = run.versions ?? {};
  return { ...run, facts, versions: Object.keys(versions).length === 0 ? undefined : versions };
}

/** Seconds in the queue before this start; `null`: not known. */
export function waitBefore(start: Millis | undefined, all: readonly Execution[]): number | null {
  const entered = start === undefined ? undefined : entryBefore(start, all);
  if (start === undefined || entered === undefined) return null;
  const seconds = (start - entered) / 1000;
  return seconds > plausibleSecondsMax ? null : seconds;
}

function entryBefore(start: Millis, all: readonly Execution[]): Millis | undefined {
  const entered = all.find(({ startedAt, queuedAt }) => startedAt === start && queuedAt !== undefined)?.queuedAt;
  if (entered === undefined || entered - start > lateEntry) return undefined;
  return Math.min(entered, start);
}
