/** How many bytes of bodies are held in memory: those being read, and those of deliveries that wait for their commit. */
export interface ByteBudget {
  /** Whether there is room for so many more; if so they are taken. `small`: for a body that is small so far. */
  take(bytes: number, small: boolean): boolean;
  give(bytes: number): void;
  /** Bytes that are taken. */
  used(): number;
}

/** A body is small up to here; nearly all deliveries are. Bytes. */
export const smallBody = 64 * 1024;

/** The last part of the budget is kept for small bodies, so that a few large ones do not keep everybody else out. */
const largeShare = 7 / 8;

export function createByteBudget(max: number): ByteBudget {
  let used = 0;
  return {
    take(bytes, small) {
      if (used + bytes > (small ? max : max * largeShare)) return false;
      used += bytes;
      return true;
    },
    give(bytes) {
      used -= bytes;
    },
    used: () => used,
  };
}
