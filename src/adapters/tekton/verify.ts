import type { RawRequest, RequestHead } from "../../core/adapter.ts";
import { isOneOf, readPresentedSecret } from "../signature.ts";
import { decodeEvents } from "./decode-events.ts";

/**
 * `ce-source` and `ce-id`, which stay the same while Tekton repeats a delivery. When its controller starts again it sends the same
 * state under a new id; then only the merge recognises it. A batch has no key of its own.
 */
export function deliveryKey(request: RawRequest): string | undefined {
  const envelope = decodeEvents(request);
  if (envelope.kind !== "single") return undefined;
  const [item] = envelope.items;
  return item?.ok === true ? `${item.value.source} ${item.value.id}` : undefined;
}

/**
 * Tekton signs nothing and sends no header that we could choose: only the URL of the sink can be set. So the secret is in that URL
 * (userinfo, which Go turns into Basic credentials, or `?token=`), or a proxy on the way adds a bearer header.
 */
export function mayVerify(head: RequestHead, secrets: readonly string[]): boolean {
  return isOneOf(readPresentedSecret(head), secrets);
}

/** The head has the whole proof, so the body adds nothing. */
export function verify(request: RawRequest, secrets: readonly string[]): boolean {
  return mayVerify(request, secrets);
}
