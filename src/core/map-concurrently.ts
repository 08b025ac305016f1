/**
 * Calls `work` for each item, at most `limit` at a time and in their order, and resolves to the results in that order. After
 * the first error, with which it rejects, no further call begins.
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const remaining = items.entries();
  let hasFailed = false;
  const workNext = async () => {
    for (const [index, item] of remaining) {
      if (hasFailed) return;
      results[index] = await work(item);
    }
  };
  const workers = Array.from({ length: Math.min(limit, items.length) }, () =>
    workNext().catch((error: unknown) => {
      hasFailed = true;
      throw error;
    }),
  );
  await Promise.all(workers);
  return results;
}
