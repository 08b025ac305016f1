/**
 * The candidate that `name` is most probably a slip of: the fewest edits, then the longest common beginning. `undefined`
 * when more than half of it would have to change.
 */
export function didYouMean<T extends string>(name: string, candidates: readonly T[]): T | undefined {
  let best: { readonly candidate: T; readonly score: number } | undefined;
  for (const candidate of candidates) {
    const edits = computeEditDistance(name, candidate);
    if (edits * 2 > Math.max(name.length, candidate.length)) continue;
    // A whole edit always outweighs what the beginnings have in common.
    const score = edits - countCommonBeginning(name, candidate) / (candidate.length + 1);
    if (best === undefined || score < best.score) best = { candidate, score };
  }
  return best?.candidate;
}

/** Levenshtein distance, one row at a time. */
function computeEditDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function countCommonBeginning(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
