/** A little more than a million places, a byte each. */
const places = 2 ** 20;

/**
 * Returns false for nearly all hashes that are not among the given ones, and true for these. It takes a fraction of the time of a look into a
 * set, for which V8 computes a hash of the hash.
 */
export function createHashFilter(hashes: Iterable<number>): (hash: number) => boolean {
  const found = new Uint8Array(places);
  // `&` takes the lowest bits of the whole number.
  for (const hash of hashes) found[hash & (places - 1)] = 1;
  return (hash) => found[hash & (places - 1)] === 1;
}
