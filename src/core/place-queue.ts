import type { CompletionFacts } from "./completion.ts";

/**
 * Gives a run's one wait to its first completion that can have waited, so that rows do not tell in which order their
 * deliveries came. Says whether it moved.
 */
export function placeQueue(completions: Map<string, CompletionFacts>): boolean {
  if (completions.size < 2) return false;
  const all = [...completions];
  const [holder, ...others] = all.filter(([, { queueSeconds }]) => queueSeconds !== null);
  // Several: they were observed before a wait was observed once.
  if (holder === undefined || others.length > 0) return false;
  const waited = all.filter(([, { result }]) => result !== "skip");
  const ran = waited.filter(([, { finishedAt, durationSeconds }]) => finishedAt === null || durationSeconds !== null);
  const [first = holder] = (ran.length > 0 ? ran : waited).toSorted(byTime);
  const [[from, old], [to, owner]] = [holder, first];
  if (from === to) return false;
  completions.set(from, { ...old, queueSeconds: null });
  completions.set(to, { ...owner, queueSeconds: old.queueSeconds });
  return true;
}

function byTime([keyA, a]: [string, CompletionFacts], [keyB, b]: [string, CompletionFacts]): number {
  return a.order - b.order || (a.finishedAt ?? Infinity) - (b.finishedAt ?? Infinity) || (keyA < keyB ? -1 : 1);
}
