import type { CompletionFacts } from "./completion.ts";
import type { Observation } from "./model.ts";

/**
 * The key under which a delivery's completion is stored. An end of kind `timed` has its time, in whole seconds, in its key:
 * GitLab writes the same moment with and without milliseconds.
 */
export function createCompletionKey({ completion, end, facts: { finishedAt } }: Observation): string | undefined {
  if (completion === undefined || end !== "timed" || (finishedAt ?? null) === null) return completion;
  return `${completion}@${Math.floor(Number(finishedAt) / 1000)}`;
}

/** The key of a completion; `fills` is the key of a stored completion that lacks a time and gets it now. */
export interface Place {
  readonly key: string;
  readonly fills?: string;
}

/** Where a delivery's completion belongs; `undefined` when there is nothing to count, or when it was counted already. */
export function placeCompletion(
  completions: ReadonlyMap<string, CompletionFacts>,
  observation: Observation,
): Place | undefined {
  const key = createCompletionKey(observation);
  if (key === undefined) return undefined;
  if (observation.end === undefined) return completions.has(key) ? undefined : { key };
  const { completion: base = key } = observation;
  const finishedAt = observation.facts.finishedAt ?? null;
  if (observation.end === "earlier" || finishedAt === null) {
    for (const other of completions.keys()) if (other === base || other.startsWith(`${base}@`)) return undefined;
    return { key };
  }
  const there = completions.has(key) ? key : base;
  const other = completions.get(there);
  if (other === undefined) return { key };
  if (other.finishedAt === null) return { key, fills: there };
  // The version before wrote keys without a time.
  const isSame = there === key || Math.floor(other.finishedAt / 1000) === Math.floor(finishedAt / 1000);
  if (!isSame) return { key };
  return other.queueSeconds === null ? { key: there, fills: there } : undefined;
}
