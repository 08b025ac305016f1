import { replaceProperties, withoutJsonEmails } from "../redact.ts";

/** The annotation and label that names the account of a person or bot, as a pattern. */
const sender = "pipelinesascode\\.tekton\\.dev/sender";

/** The body without e-mail addresses, and without the account that Pipelines-as-Code names, but for whether it is a bot's. */
export function redact(body: string): string {
  return withoutJsonEmails(
    replaceProperties(body, [sender], (account) => (account.endsWith('[bot]"') ? '"[bot]"' : '""')),
  );
}
