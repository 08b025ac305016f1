import { createHmac } from "node:crypto";
import type { RawRequest, RequestHead } from "../../core/adapter.ts";
import { sameSecret } from "../signature.ts";
import { exactText } from "./body.ts";

let octokit: Promise<typeof import("@octokit/webhooks")> | undefined;

/**
 * Not a static import: octokit is published for `import` alone, and the tests' loader turns those into `require`. What
 * could not be loaded is tried again the next time, so that one moment without file descriptors does not last.
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
 * alone proves nothing. All secrets are tried, so the time does not tell which one fits.
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
  const text = exactText(body);
  // Octokit takes text only and refuses an empty one. Bytes that are no text are still the sender's if the sender
  // signed them: they become a dead letter, they are not refused.
  if (text === undefined || text === "") {
    return sameSecret(signature, `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`);
  }
  const { Webhooks } = await loadOctokit();
  return new Webhooks({ secret }).verify(text, signature);
}

/** Without a signature in GitHub's form the body cannot prove anything. */
export function mayVerify({ headers }: RequestHead): boolean {
  return /^sha256=[0-9a-f]{64}$/i.test(headers["x-hub-signature-256"] ?? "");
}
