import { withoutJsonEmails, withoutProperty } from "../redact.ts";

/** What people typed into "Run pipeline" is in `variables`, secrets included; addresses are in `user` and `commit`. */
export function redact(body: string): string {
  return withoutJsonEmails(withoutProperty(body, "variables"));
}
