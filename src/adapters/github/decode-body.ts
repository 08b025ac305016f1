import { fail, type Result } from "../../core/result.ts";
import { decodeJson } from "../json.ts";

/** How a body of content type `application/x-www-form-urlencoded` begins. No JSON begins so. */
export const formPrefix = "payload=";

/** Keeps a byte order mark, so that the text, encoded again, gives the same bytes. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text whose UTF-8 encoding is exactly `body`; `undefined` where the bytes are not valid UTF-8. */
export function decodeText(body: Uint8Array): string | undefined {
  try {
    return utf8.decode(body);
  } catch {
    return undefined;
  }
}

/**
 * The JSON of a delivery in either of GitHub's two content types. The bytes show which one it is, because the header may be lost
 * on the way through a proxy or with curl. Never throws.
 * https://docs.github.com/en/webhooks/using-webhooks/creating-webhooks
 */
export function decodeBody(body: Uint8Array): Result<unknown> {
  if (decodeText(body.subarray(0, formPrefix.length)) !== formPrefix) return decodeJson(body);
  const text = decodeText(body);
  if (text === undefined) return fail("body is not valid UTF-8");
  const payload = decodeForm(text);
  if (payload === undefined) return fail("payload is not a valid form value");
  return decodeJson(new TextEncoder().encode(payload));
}

/** The JSON in a form; `undefined` where it is not validly encoded. */
export function decodeForm(form: string): string | undefined {
  const [value = ""] = form.slice(formPrefix.length).split("&", 1);
  try {
    return decodeURIComponent(value.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}
