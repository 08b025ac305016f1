import type { Headers } from "../support/server/server.ts";
import type { RunResult } from "../../src/core/states.ts";

/** One request of a sender. */
export interface Sent {
  readonly headers: Headers;
  readonly body: string;
  /** Sent to a second source of the same provider. */
  readonly elsewhere?: true;
}

/** What a story must come to; what is left out is 0. */
export interface Counts {
  readonly results?: Partial<Record<RunResult, number>>;
  readonly restarts?: number;
  readonly recovered?: number;
  readonly retries?: number;
  readonly jobs?: number;
  /** Runs whose duration was observed, and whose wait was. */
  readonly timed?: number;
  readonly queued?: number;
}

/** A story, as deliveries in the order in which they would arrive. */
export interface Scenario {
  readonly name: string;
  readonly sent: readonly Sent[];
  readonly counts: Counts;
  /** How the rows must end; by default they must only be equal in every order. */
  readonly run?: Readonly<Record<string, unknown>>;
  /** The same of the run's first job. */
  readonly job?: Readonly<Record<string, unknown>>;
  /**
   * Two deliveries prove one completion with different times, and whichever comes first is observed: with different
   * durations (`seconds`), or only with different ends.
   */
  readonly varying?: "seconds" | "ends";
}

/** The stories of one provider, and what makes its deliveries those of another project, and of another sending. */
export interface Stories {
  readonly provider: string;
  readonly scenarios: readonly Scenario[];
  /** Stands in every body for the project. */
  readonly project: string;
  /** The same statement sent anew, with an id of its own where the sender has ids. */
  readonly anew: (sent: Sent, id: string) => Sent;
}

/** The same statement in other bytes, for senders whose deliveries have no id. */
export function inOtherBytes(sent: Sent, id: string): Sent {
  return { ...sent, body: `${sent.body}${" ".repeat(Number(id) + 1)}` };
}

export function withHeader(name: string): Stories["anew"] {
  return (sent, id) => ({ ...sent, headers: { ...sent.headers, [name]: `anew-${id}` } });
}
