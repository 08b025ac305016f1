import { createHmac } from "node:crypto";
import type { RawRequest, RequestHead } from "../../core/adapter.ts";
import { isSameSecret } from "../signature.ts";
import { decodeText } from "./decode-body.ts";

/**
 * `X-GitHub-Delivery`, which stays the same when GitHub sends a delivery again:
 * https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks
 */
export function deliveryKey({ headers }: RawRequest): string | undefined {
  return headers["x-github-delivery"] || undefined;
}

let octokit: Promise<typeof import("@octokit/webhooks")> | undefined;

/**
 * Not a static import: octokit can only be loaded with `import`, and the tests' loader turns static imports into `require`. After
 * a failure the next call tries again, so that a moment without file descriptors does not disable the source for good.
 */
export function loadOctokit(): Promise<typeof import("@octokit/webhooks")> {
  octokit ??= import("@octokit/webhooks").catch((error: unknown) => {
    octokit = undefined;
    throw error;
  });
  return octokit;
}

/**
 * True when `X-Hub-Signature-256` is the HMAC-SHA256 of the raw body under one of `secrets`. The older SHA-1 header
 * alone proves nothing. All secrets are tried, so that the time it takes does not show which one fits.
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export async function verify(request: RawRequest, secrets: readonly string[]): Promise<boolean> {
  const signature = request.headers["x-hub-signature-256"];
  if (signature === undefined || signature === "") return false;
  const signed = await Promise.all(secrets.map((secret) => isSignedBy(secret, request.body, signature)));
  return signed.includes(true);
}

async function isSignedBy(secret: string, body: Uint8Array, signature: string): Promise<boolean> {
  if (secret === "") return false;
  const text = decodeText(body);
  // Octokit takes text only, and refuses an empty one. Bytes that are not valid UTF-8 are still genuine if they are signed: the
  // delivery is kept as a dead letter and not refused.
  if (text === undefined || text === "") {
    return isSameSecret(signature, `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`);
  }
  const { Webhooks } = await loadOctokit();
  return new Webhooks({ secret }).verify(text, signature);
}

/** Without a signature in GitHub's form no body can prove who sent it. */
export function mayVerify({ headers }: RequestHead): boolean {
  return /^sha256=[0-9a-f]{64}$/i.test(headers["x-hub-signature-256"] ?? "");
}
