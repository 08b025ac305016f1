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

/** https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
export function explainRefusal(head: RequestHead): string {
  const { "x-hub-signature-256": signature = "", "x-hub-signature": older } = head.headers;
  if (signature === "" && older !== undefined)
    return "X-Hub-Signature (SHA-1) alone proves nothing, X-Hub-Signature-256 is missing: does a proxy remove headers?";
  if (signature === "") return "no X-Hub-Signature-256 header: enter the secret in the webhook's settings";
  if (!mayVerify(head)) return "X-Hub-Signature-256 is not sha256= with 64 hexadecimal digits";
  return "X-Hub-Signature-256 is not made with the secret of this source, or a proxy changed the body";
}
