import type { Context, Runnable } from "mocha";

export class Skipped extends Error {}

/** As much of Mocha's context as the functions touch that leave a test pending. */
export function createContext(test: Partial<Runnable>): Context {
  const skip = () => {
    throw new Skipped();
  };
  return { test, skip } as unknown as Context;
}
