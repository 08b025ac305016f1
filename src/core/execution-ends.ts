import type { CompletionFacts } from "./completion.ts";
import { plausibleSecondsMax, type Millis } from "./time.ts";
import type { Execution, Executions } from "./execution.ts";

/** An end that was reported without its start; `millis`: how long the work took, where it was reported. */
export interface LateEnd {
  readonly at: Millis;
  readonly millis: number | undefined;
}

/** Ends by the exact start of their execution. */
export function listEnds({ all, completions }: Executions): Map<Millis, Millis> {
  const ends = new Map<Millis, Millis>();
  for (const { order, finishedAt } of completions.values()) if (order > 0) ends.set(order, finishedAt ?? order);
  for (const { startedAt, end } of all)
    if (startedAt !== undefined && end !== undefined) ends.set(startedAt, startedAt + end.millis);
  return ends;
}

export function listStarts({ all, completions }: Executions): Set<Millis> {
  const starts = new Set<Millis>();
  for (const { order } of completions.values()) if (order > 0) starts.add(order);
  for (const { startedAt } of all) if (startedAt !== undefined) starts.add(startedAt);
  return starts;
}

function toMillis(seconds: number | null): number | undefined {
  return seconds === null ? undefined : Math.round(seconds * 1000);
}

/**
 * The start to which an end belongs: the last one at or before the time at which the work can have begun. Where that
 * execution has an exact end, its length must be equal to the millisecond: both deliveries take it from the same field.
 */
function findNearestStart(
  { at, millis }: LateEnd,
  starts: ReadonlySet<Millis>,
  ends: ReadonlyMap<Millis, Millis>,
): Millis | undefined {
  let nearest: Millis | undefined;
  for (const start of starts) {
    const end = ends.get(start);
    const fits = end === undefined || millis === undefined || (end - start === millis && end <= at);
    if (fits && start <= at - (millis ?? 0) && start > (nearest ?? -1)) nearest = start;
  }
  return nearest;
}

/** The same among all stored starts, without those of executions that came from another queue item. */
export function findStart(
  end: LateEnd,
  executions: Executions,
  item: number | null,
  ends: ReadonlyMap<Millis, Millis> = listEnds(executions),
): Millis | undefined {
  const starts = new Set([...listStarts(executions), ...ends.keys()]);
  const isOther = (one: Execution) => item !== null && one.item !== null && one.item !== item;
  const own = new Set(executions.all.filter((one) => !isOther(one)).map(({ startedAt }) => startedAt));
  for (const one of executions.all) {
    if (isOther(one) && one.startedAt !== undefined && !own.has(one.startedAt)) starts.delete(one.startedAt);
  }
  return findNearestStart(end, starts, ends);
}

/** Finds the start of a completion that was counted without one. */
export function findLateStart(
  key: string,
  completion: CompletionFacts,
  executions: Executions,
  ends?: ReadonlyMap<Millis, Millis>,
): Millis | undefined {
  const { finishedAt, durationSeconds } = completion;
  const item = executions.all.find(({ late }) => late === key)?.item ?? null;
  return findStart({ at: finishedAt ?? 0, millis: toMillis(durationSeconds) }, executions, item, ends);
}

/**
 * True where this end was counted already. Two ends without a start are the same when their executions would overlap:
 * executions of one id never do, because the older one is over before its id can be used again.
 */
export function isCounted(end: LateEnd, executions: Executions, item: number | null): boolean {
  const start = findStart(end, executions, item);
  if (start !== undefined && listEnds(executions).has(start)) return true;
  return [...executions.completions].some(([key, completion]) => {
    if (completion.order > 0 || executions.all.some((one) => one.end?.key === key)) return false;
    const millis = toMillis(completion.durationSeconds);
    if (end.millis !== undefined && millis !== undefined) {
      if (end.millis !== millis) return false;
      if (start === undefined && Math.abs(end.at - (completion.finishedAt ?? 0)) > millis) return false;
    }
    return findLateStart(key, completion, executions) === start;
  });
}

/** Seconds of work; `null` where they are unknown or longer than is plausible. */
export function toSeconds(millis: number | undefined): number | null {
  return millis === undefined || millis > plausibleSecondsMax * 1000 ? null : millis / 1000;
}
