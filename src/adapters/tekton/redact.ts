import { withoutJsonEmails } from "../redact.ts";

/** The body without e-mail addresses. */
export function redact(body: string): string {
  return withoutJsonEmails(body);
}
