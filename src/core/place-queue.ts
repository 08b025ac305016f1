import type { CompletionFacts } from "./completion.ts";

/**
 * Moves a run's one queue time to its first completion that can have been queued, so that rows do not depend on the order of
 * the deliveries. Returns whether it moved.
 */
export function placeQueue(completions: Map<string, CompletionFacts>): boolean {
  if (completions.size < 2) return false;
  const all = [...completions];
  const [holder, ...others] = all.filter(([, { queueSeconds }]) => queueSeconds !== null);
  // Several completions with a queue time are of an older version, which observed it for each of them.
  if (holder === undefined || others.length > 0) return false;
  const candidates = all.filter(([, { result }]) => result !== "skip");
  const ran = candidates.filter(
    ([, { finishedAt, durationSeconds }]) => finishedAt === null || durationSeconds !== null,
  );
  const [first = holder] = (ran.length > 0 ? ran : candidates).toSorted(compareTimes);
  const [[from, old], [to, owner]] = [holder, first];
  if (from === to) return false;
  completions.set(from, { ...old, queueSeconds: null });
  completions.set(to, { ...owner, queueSeconds: old.queueSeconds });
  return true;
}

function compareTimes([keyA, a]: [string, CompletionFacts], [keyB, b]: [string, CompletionFacts]): number {
  return a.order - b.order || (a.finishedAt ?? Infinity) - (b.finishedAt ?? Infinity) || (keyA < keyB ? -1 : 1);
}
