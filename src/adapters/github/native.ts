import type { Millis } from "../../core/model.ts";
import { parseTime } from "../time.ts";
import type { Repository } from "./schema.ts";

/**
 * Run ids are counted per GitHub instance, and one source may receive from several (github.com, GitHub Enterprise
 * Server, an enterprise's own host at ghe.com): elsewhere than on github.com an id carries its host. The host is read
 * from the body, because `X-GitHub-Enterprise-Host` is not signed: a captured delivery that is sent again with another
 * host must not become another run.
 */
export function runId(id: number, repository: Repository): string {
  const url = repository.html_url ?? "";
  const host = URL.canParse(url) ? new URL(url).host : "";
  return host === "" || host === "github.com" ? String(id) : `${host}/${id}`;
}

/** Reads times (ISO 8601, whole seconds, UTC) into epoch ms; a zero time is none, any other text is a problem. */
export function readTimes<Field extends string>(
  at: string,
  native: { readonly [F in Field]?: string | null },
  fields: readonly Field[],
): { times: { readonly [F in Field]?: Millis }; problems: string[] } {
  const times: { [F in Field]?: Millis } = {};
  const problems: string[] = [];
  for (const field of fields) {
    const text = native[field] ?? "";
    if (text === "" || text.startsWith("0001-01-01")) continue;
    const time = parseTime(text);
    if (time === undefined) problems.push(`${at}.${field} is not a time: ${JSON.stringify(text.slice(0, 40))}`);
    else times[field] = time;
  }
  return { times, problems };
}

/**
 * GitHub's services take times from clocks that disagree by seconds: a job "slightly" before its creation
 * (https://github.com/llvm/llvm-project/pull/130941) waited no time. What is further apart is a contradiction, such as
 * a start weeks after the end: https://github.com/scribd/github-action-datadog-reporting/issues/39
 */
const clocksApartMillis = 10_000;

/** Whether these moments can follow each other in this order; those that are not known are left out. */
export function canFollow(...moments: readonly (Millis | undefined)[]): boolean {
  const known = moments.filter((moment) => moment !== undefined);
  return known.every((moment, i) => known.slice(0, i).every((earlier) => earlier - moment <= clocksApartMillis));
}

/** Seconds between two moments, never below 0. `null` where one is not known, or where they contradict. */
export function secondsBetween(from: Millis | undefined, to: Millis | undefined): number | null {
  return from === undefined || to === undefined || !canFollow(from, to) ? null : Math.max(0, to - from) / 1000;
}
