import { replaceProperties, withoutJsonEmails, withoutProperty } from "../redact.ts";
import { findActor } from "./actor.ts";

/** People and what they wrote, where no run, job or code event needs it. */
const personal = [
  "author",
  "author_name",
  "author_url",
  "assignee",
  "assignees",
  "reviewers",
  "user_name",
  "user_username",
  "user_avatar",
  "user_url",
];

/** Texts of people in events about anything but pipelines and jobs; a runner has a description as well. */
const texts = ["description", "note", "content"];
const isAboutRuns = /"object_kind"\s*:\s*"(?:pipeline|build)"/;

/**
 * What people typed into "Run pipeline" is in `variables`, secrets included; addresses are in several places. Of a user it is kept
 * whether it is a person or a bot, of a commit's message the first line.
 */
export function redact(body: string): string {
  const impersonal = withoutProperty(body, "variables", ...personal, ...(isAboutRuns.test(body) ? [] : texts));
  const shortened = replaceProperties(impersonal, ["message"], keepFirstLine);
  return withoutJsonEmails(replaceProperties(shortened, ["user"], keepActor));
}

/** Of what is no text nothing is kept: where a body was cut off, a message may be anything. */
function keepFirstLine(value: string): string {
  const text = parseValue(value);
  return typeof text === "string" ? JSON.stringify(text.split("\n", 1)[0]) : "null";
}

function keepActor(value: string): string {
  const actor = findActor(parseValue(value));
  return actor === undefined ? "null" : JSON.stringify({ username: actor });
}

function parseValue(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
