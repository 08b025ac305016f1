import { parseTime } from "../time.ts";
import type { Repository } from "./schema-parts.ts";
import type { Millis } from "../../core/time.ts";

/**
 * Reads a time (ISO 8601, whole seconds, UTC). `undefined` where the field is empty or holds a zero time; any other text that is
 * no time is added to `problems`.
 */
export function readTime(field: string, text: string | null | undefined, problems: string[]): Millis | undefined {
  if (text === null || text === undefined || text === "" || text.startsWith("0001-01-01")) return undefined;
  const time = parseTime(text);
  if (time === undefined) problems.push(`${field} is not a time: ${JSON.stringify(text.slice(0, 40))}`);
  return time;
}

/**
 * The id of a run within its source. Each GitHub instance counts its ids for itself, and one source may receive from several
 * (github.com, GitHub Enterprise Server, an enterprise's own host at ghe.com), so an id from anywhere but github.com carries its
 * host. The host is read from the body, because `X-GitHub-Enterprise-Host` is not signed: a captured delivery that is sent again
 * with another host must not become another run.
 */
export function readRunId(id: number, repository: Repository): string {
  return nameOnHost(String(id), repository);
}

/** The same for everything else that has an id. */
export function nameOnHost(id: string, repository: Repository): string {
  const url = repository.html_url ?? "";
  const host = URL.canParse(url) ? new URL(url).host : "";
  return host === "" || host === "github.com" ? id : `${host}/${id}`;
}
