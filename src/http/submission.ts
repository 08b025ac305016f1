import { hash } from "node:crypto";
import type { Adapter, Parsed, RawRequest, SourceSettings } from "../core/adapter.ts";
import { AppError } from "../core/errors.ts";
import type { Delivery, DeliveryContent, DeliveryOutcome, Submission } from "../core/ledger.ts";
import { cleanText, normalise } from "../core/normalise.ts";
import { findClockAnomaly } from "../core/sender-clock.ts";
import type { StoredDelivery } from "../core/store/stored-deliveries.ts";

/** Characters of a reason that are kept. */
const reasonMax = 500;

export interface SubmissionOptions {
  readonly source: string;
  readonly keepBodies: boolean;
  /** What the operator chose for the source. */
  readonly settings?: SourceSettings | undefined;
  /** The key of the stored delivery that is sent through again. */
  readonly replayOf?: string;
}

/** What the ledger takes for an authentic request. Throws `unsupported` only for a format that the provider never sends. */
export function submissionOf(adapter: Adapter, request: RawRequest, options: SubmissionOptions): Submission {
  const parsed = parse(adapter, request, options);
  // A stored delivery has no sender any more who could be told.
  if (parsed.kind === "unsupported" && options.replayOf === undefined) throw new AppError("unsupported", parsed.reason);
  const content = () => contentOf(adapter, request);
  const outcome = outcomeOf(parsed);
  const observations = parsed.kind === "observed" ? parsed.observations : [];
  const clock = findClockAnomaly(observations, request.receivedAt);
  const delivery: Delivery = {
    key: options.replayOf ?? keyOf(adapter, request, options.source),
    source: options.source,
    provider: adapter.name,
    outcome,
    reason: reasonOf(parsed, clock?.reason),
    receivedAt: request.receivedAt,
    bytes: request.body.length,
    content: outcome === "dead_letter" || options.keepBodies ? content() : null,
    replayed: options.replayOf !== undefined,
  };
  const clean = observations.map((said) => normalise(said, request.receivedAt));
  return { delivery, content, observations: clean, clock: clock?.kind };
}

/** Adapters promise never to throw; if one breaks the promise, the delivery is kept all the same. */
function parse(adapter: Adapter, request: RawRequest, { source, settings }: SubmissionOptions): Parsed {
  try {
    return adapter.parse(request, source, settings);
  } catch (error) {
    return { kind: "invalid", problems: [`the ${adapter.name} adapter failed: ${String(error).slice(0, 300)}`] };
  }
}

function outcomeOf(parsed: Parsed): DeliveryOutcome {
  if (parsed.kind === "ignored") return "ignored";
  return parsed.kind === "observed" && parsed.problems === undefined ? "accepted" : "dead_letter";
}

/** Adapters may quote the sender, who may write what a log line or PostgreSQL cannot hold. */
function reasonOf(parsed: Parsed, clock: string | undefined): string | null {
  if (parsed.kind === "ignored" || parsed.kind === "unsupported") return cleanText(parsed.reason, reasonMax);
  const reasons = [...(parsed.problems ?? []), ...(clock === undefined ? [] : [clock])];
  return reasons.length === 0 ? null : cleanText(reasons.join("; "), reasonMax);
}

/** The sender's own key where it has one, else the body: either names the same delivery when it is sent again. */
function keyOf(adapter: Adapter, request: RawRequest, source: string): string {
  const own = adapter.deliveryKey(request);
  const name = own === undefined ? `body ${hash("sha256", request.body, "base64url")}` : `key ${own}`;
  return hash("sha256", `${source}\n${name}`, "base64url").slice(0, 24);
}

/** Headers that an adapter may read again in a replay; none of them carries a secret. */
const replayHeaders =
  /^(content-type|idempotency-key|webhook-id|user-agent|x-gitlab-(event|instance)|x-github-(event|delivery|enterprise-host)|ce-.*)$/;

/** Where the query is kept among the headers; no header can have this name. */
const queryName = ":query";

function contentOf(adapter: Adapter, request: RawRequest): DeliveryContent {
  const headers = Object.entries(request.headers).filter(([name]) => replayHeaders.test(name));
  const query = new URLSearchParams(request.query);
  for (const secret of ["token", "access_token"]) query.delete(secret);
  if (query.size > 0) headers.push([queryName, query.toString()]);
  const text = Buffer.from(request.body).toString("utf8").replaceAll("\u0000", "\uFFFD");
  return { headers: JSON.stringify(Object.fromEntries(headers)), body: adapter.redact(text) };
}

/** The request of a stored delivery, as far as it was kept: everything an adapter reads but the secrets. */
export function storedRequest(stored: Pick<StoredDelivery, "headers" | "body" | "receivedAt">): RawRequest {
  const { [queryName]: query = "", ...headers } = stored.headers;
  return { headers, query: new URLSearchParams(query), body: Buffer.from(stored.body), receivedAt: stored.receivedAt };
}
