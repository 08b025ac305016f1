/** A limit on the bytes of request bodies in memory: those being read, and those of deliveries waiting for their commit. */
export interface ByteBudget {
  /** Reserves the bytes if they fit, else returns false. `small`: the body is small so far. */
  reserve(bytes: number, small: boolean): boolean;
  release(bytes: number): void;
  /** Reserved bytes. */
  used(): number;
}

/** Maximum size of a small body, as nearly all deliveries are. Bytes. */
export const smallBody = 64 * 1024;

/** Share of the budget that large bodies may use; the rest is reserved for small ones. */
const largeShare = 7 / 8;

export function createByteBudget(max: number): ByteBudget {
  let used = 0;
  return {
    reserve(bytes, small) {
      if (used + bytes > (small ? max : max * largeShare)) return false;
      used += bytes;
      return true;
    },
    release(bytes) {
      used -= bytes;
    },
    used: () => used,
  };
}
