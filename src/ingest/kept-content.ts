import { isUtf8 } from "node:buffer";
import type { Adapter, RawRequest } from "../core/adapter.ts";
import type { DeliveryContent } from "../core/ledger.ts";
import type { Millis } from "../core/model.ts";

/** A request as it was kept. */
interface KeptRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly receivedAt: Millis;
}

/** Headers that an adapter may read again in a replay; none of them carries a secret. */
const replayHeaders =
  /^(content-type|idempotency-key|webhook-id|user-agent|x-gitlab-(event|instance)|x-github-(event|delivery|enterprise-host)|ce-.*)$/;

/** Where the query is kept among the headers, and that the body is not what came; no header can have such a name. */
const queryName = ":query";
const changedName = ":changed";

/** Characters kept of a body that cannot be sent through again: enough for a person to see what it was. */
const changedMax = 65_536;

/**
 * What is kept of a request, for a replay and for people. Bytes that are no text are replaced on the way, and so are e-mail
 * addresses, which may mend what was broken: what is kept then says so, and a replay leaves it out. `meansTheSame` tells
 * whether what would be kept is understood as the request was.
 */
export function keepContent(
  adapter: Adapter,
  request: RawRequest,
  meansTheSame: (kept: RawRequest) => boolean,
): DeliveryContent {
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => replayHeaders.test(name)));
  const query = new URLSearchParams(request.query);
  for (const secret of ["token", "access_token"]) query.delete(secret);
  if (query.size > 0) headers[queryName] = query.toString();
  const text = Buffer.from(request.body).toString("utf8").replaceAll("\u0000", "\uFFFD");
  const body = adapter.redact(text);
  const { receivedAt } = request;
  const isWhole =
    isUtf8(request.body) &&
    !request.body.includes(0) &&
    (body === text || meansTheSame(restoreRequest({ headers: headers as Record<string, string>, body, receivedAt })));
  if (isWhole) return { headers: JSON.stringify(headers), body };
  return {
    headers: JSON.stringify({ ...headers, [changedName]: "true" }),
    body: body.slice(0, changedMax).toWellFormed(),
  };
}

/** The request of a stored delivery, as far as it was kept: everything an adapter reads but the secrets. */
export function restoreRequest(stored: KeptRequest): RawRequest {
  const { [queryName]: query = "", [changedName]: _, ...headers } = stored.headers;
  return { headers, query: new URLSearchParams(query), body: Buffer.from(stored.body), receivedAt: stored.receivedAt };
}

/** Whether what was kept is another body than the one that came. */
export function isChanged({ headers }: Pick<KeptRequest, "headers">): boolean {
  return headers[changedName] !== undefined;
}
