import type { CodeEvent } from "./code-event.ts";
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

/** A request before its body is read. */
export type RequestHead = Omit<RawRequest, "body">;

/** Called with each chunk of a body as it arrives; returns the parts of it to keep. */
export type BodyFilter = (chunk: Uint8Array) => readonly Uint8Array[];

export type Parsed =
  | {
      readonly kind: "observed";
      readonly observations: readonly [Observation, ...Observation[]];
      readonly codeEvents?: readonly CodeEvent[];
      /** Parts of the delivery that were not understood (a batch with a broken item): also kept as a dead letter. */
      readonly problems?: readonly string[];
    }
  /** About code alone: a deployment, a change, a push. */
  | { readonly kind: "code"; readonly codeEvents: readonly [CodeEvent, ...CodeEvent[]] }
  /** Genuine, but about neither runs nor code. */
  | { readonly kind: "ignored"; readonly reason: string }
  /** Genuine, but not understood: kept as a dead letter. */
  | { readonly kind: "invalid"; readonly problems: readonly string[] }
  /** The envelope is of a format this provider never uses: answered 415 (CloudEvents asks for it). */
  | { readonly kind: "unsupported"; readonly reason: string };

/** The label `pipeline` of a source: the project, or the name from the pipeline's own configuration. */
export const pipelineLabels = ["project", "name"] as const;
export type PipelineLabel = (typeof pipelineLabels)[number];

/** An operator's settings for one source; each adapter reads those that its provider has; `keepTitles` applies to all. Left out: the default. */
export interface SourceSettings {
  /** Default `project`. */
  readonly pipelineLabel?: PipelineLabel | undefined;
  /** A key of the node selector, a label or an annotation, whose value is the kind of runner. Default: the whole node selector. */
  readonly runnerClassKey?: string | undefined;
  /** `false`: titles of runs are not stored. Default `true`. */
  readonly keepTitles?: boolean | undefined;
}

/** How the server reports to a sender that its delivery could not be stored: a 503, or a closed connection. */
export type FailureMode = "status" | "disconnect";

/** One CI provider. Every function but `load` is pure: no clock, no network, no database, no throw. */
export interface Adapter<Name extends string = string> {
  readonly name: Name;
  /** Loads the code that `verify` needs, before the server listens, so that a missing file stops the start and not a delivery. */
  load?(): Promise<unknown>;
  /** The sender's own idempotency key, if it has one; else the body's hash identifies the delivery. */
  deliveryKey(request: RawRequest): string | undefined;
  /** True when the sender holds one of `secrets`. Constant time, all are tried, always before `parse`. */
  verify(request: RawRequest, secrets: readonly string[]): boolean | Promise<boolean>;
  /** False when headers and query alone show that `verify` would refuse; the body is not read then. */
  mayVerify(head: RequestHead, secrets: readonly string[]): boolean;
  /**
   * For a request that `verify` refused for its time alone: seconds from its signature to the arrival, negative when the
   * signature is from the future; `undefined` when the signature is wrong. For the log alone, never sent to the sender.
   */
  findStaleness?(request: RawRequest, secrets: readonly string[]): number | undefined;
  /**
   * Why headers and query do not prove that the sender holds one of `secrets`, where they are refused, and what to do. One of a few
   * fixed sentences, for operators alone: it holds nothing of the request.
   */
  explainRefusal(head: RequestHead, secrets: readonly string[]): string;
  parse(request: RawRequest, source: string, settings?: SourceSettings): Parsed;
  /** Removes what must never be stored (secret variables, e-mail addresses), for dead letters and replay. */
  redact(body: string): string;
  /** For providers whose bodies hold large parts that are never read: drops those while the body arrives. */
  readonly bodyFilter?: () => BodyFilter;
  /** `disconnect`: the sender retries only after a broken connection, so no response is sent. Default: `status`. */
  readonly failureMode?: FailureMode;
}
