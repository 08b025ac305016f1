import type { RawRequest, RequestHead } from "../../core/adapter.ts";
import { isOneOf, readPresentedSecret } from "../signature.ts";
import { decodePercent } from "./fields.ts";

/**
 * The cloudevents plugin numbers its events; the notification plugin sends no id at all, not even when it repeats.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#required-attributes (`source` + `id` is unique)
 */
export function deliveryKey({ headers }: RawRequest): string | undefined {
  const [source = "", id = ""] = [headers["ce-source"], headers["ce-id"]];
  return source === "" || id === "" ? undefined : `${source} ${id}`;
}

/**
 * Jenkins sends a secret in the URL's userinfo as it is written there, with percent-encoding: `p%40ss` is `p@ss`.
 * Both spellings are tried, whichever of them the secret is.
 */
export function mayVerify(head: RequestHead, secrets: readonly string[]): boolean {
  const given = readPresentedSecret(head);
  const asSent = isOneOf(given, secrets);
  if (given === undefined || !given.includes("%")) return asSent;
  return isOneOf(decodePercent(given), secrets) || asSent;
}

/** The head has the whole proof, so the body adds nothing. */
export function verify(request: RawRequest, secrets: readonly string[]): boolean {
  return mayVerify(request, secrets);
}
