import type { Adapter, RawRequest } from "../../../src/core/adapter.ts";

export interface Fixture {
  readonly name: string;
  readonly request: RawRequest;
}

/** What the suite is fed with. */
export interface Fixtures {
  /** The secrets that `own` requests are sent with; some of those with none, or with another. */
  readonly secrets: readonly string[];
  readonly own: readonly Fixture[];
  /** Requests of other providers. */
  readonly foreign: readonly Fixture[];
}

/** Says what is wrong with an adapter; nothing is: an empty list. */
export type Check = (adapter: Adapter, fixtures: Fixtures) => readonly string[] | Promise<readonly string[]>;
