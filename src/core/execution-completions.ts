import type { CompletionFacts } from "./completion.ts";
import { findLateStart, findStart, isCounted, listEnds, toSeconds } from "./execution-ends.ts";
import { computeQueueTimeBefore } from "./executions.ts";
import type { Observation } from "./model.ts";
import type { Millis } from "./time.ts";
import type { RunResult } from "./states.ts";
import type { Completed, Execution, Executions } from "./execution.ts";

/**
 * True where an observation reports an end, but the execution still runs. A work time of 0, reported some time after the
 * start of an execution that has no other end, was sent in the middle of the work.
 */
export function isUnderWay({ execution, facts }: Observation, executions: Executions): boolean {
  const at = facts.finishedAt ?? undefined;
  if (execution?.end !== "unsure" || at === undefined) return false;
  const start = findStart({ at, millis: undefined }, executions, execution.item);
  return start !== undefined && start < at && (listEnds(executions).get(start) ?? Infinity) > at;
}

/** The completions that an observation adds under `id`, and the executions with their ends. */
export function completeExecutions(
  id: string,
  { completion, execution, facts, startedAt }: Observation,
  executions: Executions,
): { readonly all: readonly Execution[]; readonly added: readonly Completed[] } {
  const [at, result] = [facts.finishedAt ?? undefined, facts.result ?? undefined];
  if (completion === undefined || result === undefined) return settleEnds(id, executions, []);
  if (at === undefined) return completeOnce(id, result, execution?.worked, executions);
  if (execution?.end === "exact" && startedAt !== undefined) {
    const hasEnd = listEnds(executions).has(startedAt);
    return settleEnds(id, executions, hasEnd ? [] : [[startedAt, { millis: at - startedAt, result }]]);
  }
  const end = { at, millis: execution?.worked };
  const item = execution?.item ?? null;
  if (isCounted(end, executions, item)) return settleEnds(id, executions, []);
  const start = findStart(end, executions, item);
  const lasted =
    execution?.end === "unsure" ? acceptZeroDuration(start, at) : start === undefined ? undefined : at - start;
  const key = executions.completions.size === 0 ? id : `${id}~${at}`;
  const late = { order: 0, result, finishedAt: at, durationSeconds: toSeconds(end.millis ?? lasted) };
  const added: Completed = [key, addQueueTime(late, start, executions.all)];
  const all = noteLate(executions.all, item, start, key);
  const settled = settleEnds(id, { all, completions: new Map([...executions.completions, added]) }, []);
  return { all: settled.all, added: [added, ...settled.added] };
}

/** An end without a usable time belongs to no certain execution: it counts only where nothing has counted yet. */
function completeOnce(id: string, result: RunResult, worked: number | undefined, { all, completions }: Executions) {
  const completion = addQueueTime(
    { order: 0, result, finishedAt: null, durationSeconds: toSeconds(worked) },
    undefined,
    all,
  );
  return { all, added: completions.size > 0 ? [] : [[id, completion] as const] };
}

/** A work time of 0 milliseconds is accepted only when the end is at the very start; else it is unknown. */
function acceptZeroDuration(start: Millis | undefined, at: Millis): number | undefined {
  return start === at ? 0 : undefined;
}

interface ExactEnd {
  readonly millis: number;
  readonly result: RunResult;
}

/**
 * Finds for each end with a start whether a completion without a start was already counted for it. The match may change: an
 * execution of equal length that is reported later can lie nearer to such a completion. An end without a match is added.
 */
function settleEnds(id: string, executions: Executions, newEnds: readonly (readonly [Millis, ExactEnd])[]) {
  const { all, completions } = executions;
  const noted = all.flatMap(({ startedAt, end }) =>
    startedAt === undefined || end === undefined ? [] : [[startedAt, end] as const],
  );
  const open = new Map<Millis, ExactEnd & { readonly key?: string }>([...noted, ...newEnds]);
  if (open.size === 0) return { all, added: [] };
  const ends = listEnds(executions);
  for (const [start, { millis }] of open) ends.set(start, start + millis);
  const late = [...completions].filter(([, { order }]) => order === 0);
  const stands = new Map<Millis, NonNullable<Execution["end"]>>();
  const added: Completed[] = [];
  for (const [start, { millis, result, key: own }] of open) {
    const found = late.find(([key, completion]) => {
      const nearest = findLateStart(key, completion, executions, ends);
      return nearest === start || (nearest === undefined && key === own);
    });
    if (found !== undefined) stands.set(start, { millis, result, key: found[0] });
    else {
      const key = completions.size + added.length === 0 ? id : `${id}@${start}`;
      const facts = { order: start, result, finishedAt: start + millis, durationSeconds: toSeconds(millis) };
      added.push([key, addQueueTime(facts, start, all)]);
    }
  }
  return { all: noteEnds(all, stands), added };
}

/** Stores the queue item of a completion without a start: it rules out the starts of other items. */
function noteLate(all: readonly Execution[], item: number | null, start: Millis | undefined, late: string) {
  if (item === null) return all;
  const own = all.find((one) => one.item === item && one.late === undefined && one.startedAt === start);
  return own === undefined ? [...all, { item, late }] : all.map((one) => (one === own ? { ...one, late } : one));
}

function noteEnds(all: readonly Execution[], stands: ReadonlyMap<Millis, Execution["end"]>): readonly Execution[] {
  const starts = new Set(all.map(({ startedAt }) => startedAt));
  const missing = [...stands.keys()].filter((start) => !starts.has(start));
  return [...all, ...missing.map((startedAt): Execution => ({ item: null, startedAt }))].map((one) => {
    const end = one.startedAt === undefined ? undefined : stands.get(one.startedAt);
    return one.end === undefined && end === undefined ? one : { ...one, end };
  });
}

/** Completions that are counted already and whose queue time or duration can be computed now. */
export function fillExecutions({ all, completions }: Executions): Completed[] {
  const filled: Completed[] = [];
  for (const [key, old] of completions) {
    if (old.result === "skip" || (old.queueSeconds !== null && old.durationSeconds !== null)) continue;
    const stands = all.find(({ end }) => end?.key === key);
    const start = old.order > 0 ? old.order : (stands?.startedAt ?? findLateStart(key, old, { all, completions }));
    const lasted = stands?.end?.millis ?? acceptZeroDuration(start, old.finishedAt ?? 0);
    const durationSeconds = old.durationSeconds ?? toSeconds(lasted);
    const queueSeconds = old.queueSeconds ?? computeQueueTimeBefore(start, all);
    if (durationSeconds === old.durationSeconds && queueSeconds === old.queueSeconds) continue;
    filled.push([key, { ...old, durationSeconds, queueSeconds }]);
  }
  return filled;
}

function addQueueTime(
  facts: Omit<CompletionFacts, "queueSeconds">,
  start: Millis | undefined,
  all: readonly Execution[],
): CompletionFacts {
  if (facts.result === "skip") return { ...facts, durationSeconds: null, queueSeconds: null };
  return { ...facts, queueSeconds: computeQueueTimeBefore(start, all) };
}
