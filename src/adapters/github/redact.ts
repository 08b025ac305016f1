import { replaceProperties, withoutJsonEmails, withoutProperty } from "../redact.ts";
import { decodeForm, formPrefix } from "./decode-body.ts";

/**
 * Properties that hold people, or texts that they write about commits, pull requests, deployments and repositories. `payload` of a
 * deployment may be anything. The title of a run (`display_title`) stays: it is stored with the run too.
 */
const personal = [
  "author",
  "committer",
  "pusher",
  "sender",
  "user",
  "owner",
  "creator",
  "assignee",
  "assignees",
  "merged_by",
  "enabled_by",
  "requested_reviewers",
  "message",
  "body",
  "description",
  "payload",
];

/**
 * The body without people, without texts of theirs and without e-mail addresses, in the content type it came in. Of those who
 * started a run only their type is left, and of a title whether it begins with "Revert".
 */
export function redact(body: string): string {
  if (!body.startsWith(formPrefix)) return redactJson(body);
  const payload = decodeForm(body);
  // A form that cannot be decoded cannot be replayed either, so it may lose more than the address.
  if (payload === undefined) return withoutJsonEmails(body.replaceAll("%40", "@"));
  return new URLSearchParams({ payload: redactJson(payload) }).toString();
}

function redactJson(body: string): string {
  const impersonal = replaceProperties(withoutProperty(body, ...personal), ["actor", "triggering_actor"], keepType);
  return withoutJsonEmails(replaceProperties(impersonal, ["title"], keepRevert));
}

function keepType(account: string): string {
  const [, type] = /"type"\s*:\s*"(\w{1,30})"/.exec(account) ?? [];
  return type === undefined ? "null" : `{"type":"${type}"}`;
}

function keepRevert(title: string): string {
  return title.startsWith('"') ? `"${/^"(revert\b)?/i.exec(title)?.[1] ?? ""}"` : "null";
}
