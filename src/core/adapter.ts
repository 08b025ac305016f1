import type { Observation } from "./model.ts";
import type { Millis } from "./time.ts";

/** A request as it arrived: lower-case header names, body bytes untouched (signatures cover bytes). */
export interface RawRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly query: URLSearchParams;
  readonly body: Uint8Array;
  /** The only clock an adapter may see. */
  readonly receivedAt: Millis;
}

/** What is known of a request before its body is read. */
export type RequestHead = Omit<RawRequest, "body">;

/** Takes a body in the chunks that it arrives in, and gives what is to be kept of each. */
export type BodyFilter = (chunk: Uint8Array) => readonly Uint8Array[];

export type Parsed =
  | {
      readonly kind: "observed";
      readonly observations: readonly [Observation, ...Observation[]];
      /** Parts of the delivery that were not understood (a batch with a broken item): also kept as a dead letter. */
      readonly problems?: readonly string[];
    }
  /** Genuine, but not about runs. */
  | { readonly kind: "ignored"; readonly reason: string }
  /** Genuine, but not understood: kept as a dead letter. */
  | { readonly kind: "invalid"; readonly problems: readonly string[] }
  /** The envelope is of a format this provider never uses: answered 415 (CloudEvents asks for it). */
  | { readonly kind: "unsupported"; readonly reason: string };

/** What the pipelines of a source are called by: the project, or the name that the pipeline's own configuration gives it. */
export const pipelineLabels = ["project", "name"] as const;
export type PipelineLabel = (typeof pipelineLabels)[number];

/** What an operator chose for one source; each adapter reads what its provider has. Left out: the default. */
export interface SourceSettings {
  /** Default `project`. */
  readonly pipelineLabel?: PipelineLabel | undefined;
}

/** How a sender is told that its delivery could not be stored: by a 503, or by closing the connection. */
export type FailureMode = "status" | "disconnect";

/** One CI provider. Every function but `load` is pure: no clock, no network, no database, no throw. */
export interface Adapter<Name extends string = string> {
  readonly name: Name;
  /** Loads the code that `verify` needs. Before the server listens: no delivery may depend on a file that cannot be opened. */
  load?(): Promise<unknown>;
  /** The sender's own idempotency key, if it has one; else the body's hash identifies the delivery. */
  deliveryKey(request: RawRequest): string | undefined;
  /** True when the sender holds one of `secrets`. Constant time, all are tried, always before `parse`. */
  verify(request: RawRequest, secrets: readonly string[]): boolean | Promise<boolean>;
  /** False where headers and query alone show that `verify` would refuse, whatever the body is: it is not read then. */
  mayVerify(head: RequestHead, secrets: readonly string[]): boolean;
  /**
   * Of a request that `verify` refused for its time alone, seconds from its signature to the arrival, negative where it is
   * from the future. For the log: who lacks the secret gets `undefined`, and the sender is never told.
   */
  findStaleness?(request: RawRequest, secrets: readonly string[]): number | undefined;
  parse(request: RawRequest, source: string, settings?: SourceSettings): Parsed;
  /** The body without what must never be stored (secret variables, e-mail addresses), for dead letters and replay. */
  redact(body: string): string;
  /** For bodies that hold more than is ever read: leaves it out of a large one while it arrives. */
  readonly bodyFilter?: () => BodyFilter;
  /** `disconnect`: the sender retries only after a broken connection, so no response is sent. Default: `status`. */
  readonly failureMode?: FailureMode;
}
