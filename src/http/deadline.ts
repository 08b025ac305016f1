import type { Millis } from "../core/model.ts";

/** `work`, or after `millis` the error that `late` makes. The work itself goes on: nothing can call a driver back. */
export async function within<T>(work: Promise<T>, millis: Millis, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), millis);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
