import { withoutJsonEmails } from "../redact.ts";
import { decodeForm, formPrefix } from "./decode-body.ts";

/** The body without e-mail addresses, in the content type it came in. GitHub sends nothing else that is secret. */
export function redact(body: string): string {
  if (!body.startsWith(formPrefix)) return withoutJsonEmails(body);
  const payload = decodeForm(body);
  // A form that cannot be decoded cannot be replayed either, so it may lose more than the address.
  if (payload === undefined) return withoutJsonEmails(body.replaceAll("%40", "@"));
  return new URLSearchParams({ payload: withoutJsonEmails(payload) }).toString();
}
