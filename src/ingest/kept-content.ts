import { isUtf8 } from "node:buffer";
import type { Adapter, RawRequest, RequestHead } from "../core/adapter.ts";
import type { Millis } from "../core/time.ts";
import type { DeliveryContent } from "../core/delivery.ts";

/** A request as it was stored. */
interface KeptRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly receivedAt: Millis;
}

/** Headers that an adapter may read; none of them carries a secret. */
const safeHeaders =
  /^(content-type|idempotency-key|webhook-id|user-agent|x-gitlab-(event|instance)|x-github-(event|delivery|enterprise-host)|ce-.*)$/;

/** Stored among the headers: the query, and that the body is not the original. No real header can have such a name. */
const queryName = ":query";
const changedName = ":changed";

/** Characters stored of a body that cannot be replayed: enough for a person to see what it was. */
const changedMax = 65_536;

/**
 * What is stored of a request, for a replay and for people. Bytes that are not UTF-8 and e-mail addresses are replaced. Where
 * that changes how the request is understood, the stored request is marked as changed and a replay skips it: `meansTheSame`
 * compares the two.
 */
export function keepContent(
  adapter: Adapter,
  request: RawRequest,
  meansTheSame: (kept: RawRequest) => boolean,
): DeliveryContent {
  const headers = pickHeaders(request);
  const query = describeQuery(request);
  if (query !== "") headers[queryName] = query;
  const text = Buffer.from(request.body).toString("utf8").replaceAll("\u0000", "\uFFFD");
  const body = adapter.redact(text);
  const { receivedAt } = request;
  const isWhole =
    isUtf8(request.body) &&
    !request.body.includes(0) &&
    (body === text || meansTheSame(restoreRequest({ headers, body, receivedAt })));
  if (isWhole) return { headers: JSON.stringify(headers), body };
  return {
    headers: JSON.stringify({ ...headers, [changedName]: "true" }),
    body: body.slice(0, changedMax).toWellFormed(),
  };
}

/** The headers that an adapter may read when it parses. */
export function pickHeaders({ headers }: RequestHead): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && safeHeaders.test(name)) picked[name] = value;
  }
  return picked;
}

/** The query without secrets, encoded as in a URL. */
export function describeQuery({ query }: RequestHead): string {
  if (query.size === 0) return "";
  const safe = new URLSearchParams(query);
  for (const secret of ["token", "access_token"]) safe.delete(secret);
  return safe.toString();
}

/** The request of a stored delivery: everything that an adapter reads, except secrets. */
export function restoreRequest(stored: KeptRequest): RawRequest {
  const { [queryName]: query = "", [changedName]: _, ...headers } = stored.headers;
  return { headers, query: new URLSearchParams(query), body: Buffer.from(stored.body), receivedAt: stored.receivedAt };
}

/** True where the stored body differs from the original in meaning. */
export function isChanged({ headers }: Pick<KeptRequest, "headers">): boolean {
  return headers[changedName] !== undefined;
}
