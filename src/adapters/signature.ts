import { hash, timingSafeEqual } from "node:crypto";
import type { RequestHead } from "../core/adapter.ts";

/** Compares in constant time, so that the time shows neither where two texts differ nor how long they are. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

/** True when `given` is one of `secrets`; all are compared, so that the time does not reveal which one matches. */
export function isOneOf(given: string | undefined, secrets: readonly string[]): boolean {
  const shown = digest(given ?? "");
  let found = false;
  for (const secret of secrets) found = timingSafeEqual(shown, digestSecret(secret)) || found;
  return found && given !== undefined && given !== "";
}

/**
 * The secret of a sender that cannot sign: `Authorization: Bearer …`, Basic credentials (any user name, the secret as
 * password; senders that put userinfo into the URL send these), or `?token=`.
 */
export function readPresentedSecret(request: RequestHead): string | undefined {
  const authorization = request.headers["authorization"] ?? "";
  const [scheme = "", value = ""] = authorization.split(/\s+/, 2);
  if (scheme.toLowerCase() === "bearer") return value;
  if (scheme.toLowerCase() === "basic") {
    const userinfo = Buffer.from(value, "base64").toString("utf8");
    return userinfo.slice(userinfo.indexOf(":") + 1);
  }
  return request.query.get("token") ?? undefined;
}

/** Why the secret that `readPresentedSecret` reads is not one of a source's. */
export function explainPresentedSecret(request: RequestHead): string {
  return (readPresentedSecret(request) ?? "") === ""
    ? "no secret was sent: it belongs in the URL, as its password or its parameter `token`, or in a bearer header"
    : "the secret in the URL or in the Authorization header is not the one of this source";
}

/** Digests of configured secrets: two for each delivery, and the same ones all day. Bounded, because secrets can be rotated by files. */
const digests = new Map<string, Buffer>();
const digestsMax = 100;

function digestSecret(secret: string): Buffer {
  const cached = digests.get(secret);
  if (cached !== undefined) return cached;
  if (digests.size >= digestsMax) digests.clear();
  const computed = digest(secret);
  digests.set(secret, computed);
  return computed;
}

function digest(text: string): Buffer {
  return hash("sha256", text, "buffer");
}
