import { fail, type Result } from "../../core/result.ts";
import { decodeJson } from "../json.ts";
import { withoutJsonEmails } from "../redact.ts";

/** What a body of content type `application/x-www-form-urlencoded` begins with; JSON cannot begin so. */
const formPrefix = "payload=";

/** A byte order mark is kept, so that encoding the text again gives the very bytes. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text whose UTF-8 encoding is `body`, byte by byte; `undefined` where there is none. */
export function exactText(body: Uint8Array): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    return undefined;
  }
}

/**
 * The JSON of a delivery in either of GitHub's content types. The bytes tell which, because proxies and people who
 * send a capture again with curl lose the header. Never throws.
 * https://docs.github.com/en/webhooks/using-webhooks/creating-webhooks
 */
export function decodeBody(body: Uint8Array): Result<unknown> {
  if (exactText(body.subarray(0, formPrefix.length)) !== formPrefix) return decodeJson(body);
  const text = exactText(body);
  if (text === undefined) return fail("body is not valid UTF-8");
  const payload = formPayload(text);
  if (payload === undefined) return fail("payload is not a valid form value");
  return decodeJson(new TextEncoder().encode(payload));
}

/** The body without e-mail addresses, in the content type it came in; GitHub sends nothing else that is secret. */
export function redact(body: string): string {
  if (!body.startsWith(formPrefix)) return withoutJsonEmails(body);
  const payload = formPayload(body);
  // A form that cannot be decoded cannot be replayed either, so it may lose more than the address.
  if (payload === undefined) return withoutJsonEmails(body.replaceAll("%40", "@"));
  return new URLSearchParams({ payload: withoutJsonEmails(payload) }).toString();
}

function formPayload(form: string): string | undefined {
  const [value = ""] = form.slice(formPrefix.length).split("&", 1);
  try {
    return decodeURIComponent(value.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
