import { createHmac } from "node:crypto";
import type { RawRequest, RequestHead } from "../../core/adapter.ts";
import { isOneOf, isSameSecret } from "../signature.ts";

const signingTokenPrefix = "whsec_";
/** How far a signed timestamp may lie from the arrival, either way: Standard Webhooks' five minutes. */
const toleranceMillis = 5 * 60 * 1000;

/**
 * The key that stays the same when GitLab sends a delivery again (`webhook-id` from 19.0, before it `Idempotency-Key`).
 * Neither `X-Gitlab-Event-UUID` (shared by several deliveries) nor `X-Gitlab-Webhook-UUID` (new with every try) is one.
 * https://docs.gitlab.com/user/project/integrations/webhooks/#delivery-headers
 */
export function deliveryKey({ headers }: RawRequest): string | undefined {
  return omitEmpty(headers["webhook-id"]) ?? omitEmpty(headers["idempotency-key"]);
}

/**
 * A signature that is present must be right: with the token as a fallback, somebody who saw the token once could omit
 * the signature for ever. Deliveries without a signature are verified by `X-Gitlab-Token`.
 */
export function verify(request: RawRequest, secrets: readonly string[]): boolean {
  const signatures = request.headers["webhook-signature"];
  if (signatures === undefined) return isOneOf(request.headers["x-gitlab-token"], secrets);
  return isTimely(request) && isSigned(request, signatures, secrets);
}

/** For the log: with a wrong clock on this server the operator would only see 401s, until GitLab disables the webhook. */
export function findStaleness(request: RawRequest, secrets: readonly string[]): number | undefined {
  const signatures = request.headers["webhook-signature"];
  if (signatures === undefined || isTimely(request) || !isSigned(request, signatures, secrets)) return undefined;
  const seconds = Math.round((request.receivedAt - readSignedAt(request)) / 1000);
  return Number.isNaN(seconds) ? undefined : seconds;
}

/** When the request was signed, epoch milliseconds; `NaN` where it does not say so. */
function readSignedAt({ headers }: RawRequest): number {
  const timestamp = headers["webhook-timestamp"] ?? "";
  return /^\d{1,12}$/.test(timestamp) ? Number(timestamp) * 1000 : NaN;
}

function isTimely(request: RawRequest): boolean {
  return Math.abs(request.receivedAt - readSignedAt(request)) <= toleranceMillis;
}

/** Checks the token, which is a header. A signature is checked later; here only that there is one and a signing token. */
export function mayVerify({ headers }: RequestHead, secrets: readonly string[]): boolean {
  const signatures = headers["webhook-signature"];
  if (signatures === undefined) return isOneOf(headers["x-gitlab-token"], secrets);
  const isWhole = signatures !== "" && omitEmpty(headers["webhook-id"]) !== undefined;
  return isWhole && /^\d{1,12}$/.test(headers["webhook-timestamp"] ?? "") && decodeSigningKeys(secrets).length > 0;
}

/** The headers: https://docs.gitlab.com/user/project/integrations/webhooks/#delivery-headers */
export function explainRefusal({ headers }: RequestHead, secrets: readonly string[]): string {
  if (headers["webhook-signature"] === undefined) {
    return omitEmpty(headers["x-gitlab-token"]) === undefined
      ? "no X-Gitlab-Token and no webhook-signature header: enter the secret in the webhook's form"
      : "X-Gitlab-Token is not the secret of this source: a character too many, or another webhook's";
  }
  if (decodeSigningKeys(secrets).length === 0)
    return "it is signed, but the source has no signing token (whsec_…): add the webhook's to its secrets";
  if (omitEmpty(headers["webhook-id"]) === undefined || headers["webhook-timestamp"] === undefined)
    return "it is signed, but webhook-id or webhook-timestamp is missing: does a proxy remove headers?";
  return "webhook-signature is not made with a signing token of this source, or a proxy changed the body";
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md; see docs/adr/0004. */
function isSigned({ headers, body }: RawRequest, signatures: string, secrets: readonly string[]): boolean {
  const id = headers["webhook-id"] ?? "";
  const timestamp = headers["webhook-timestamp"] ?? "";
  if (id === "") return false;
  const given = signatures.split(/\s+/);
  let found = false;
  for (const key of decodeSigningKeys(secrets)) {
    const digest = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
    for (const signature of given) found = isSameSecret(signature, `v1,${digest}`) || found;
  }
  return found;
}

/** A token that decodes to an empty key is no key: anyone could sign with it. */
function decodeSigningKeys(secrets: readonly string[]): Buffer[] {
  return secrets
    .filter((secret) => secret.startsWith(signingTokenPrefix))
    .map((secret) => Buffer.from(secret.slice(signingTokenPrefix.length), "base64"))
    .filter((key) => key.length > 0);
}

function omitEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
