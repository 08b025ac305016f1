import { readFile } from "node:fs/promises";
import type { ExporterSettings } from "../../config/exporters.ts";
import { toRecord, describeWait, type ApiResponse, type Api } from "../../rest/api.ts";
import { readText, type WorkerFindings } from "./worker-findings.ts";

/** A list of thousands is no use as a gauge, and costs the API's limit. */
const pagesMax = 20;

/** A token from the file that `settings.tokenFile` names, read each time, so that it can be exchanged. */
export async function readToken(settings: ExporterSettings): Promise<string> {
  const path = readText(settings, "tokenFile");
  const token = (await readFile(path, "utf8")).trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new Error(`${path} does not hold a token: one line without blanks is expected`);
}

/** What to do about a refusal, in words that follow what was refused. */
export function advise(answer: ApiResponse, rights: string): string {
  if (answer.status === 429 || (answer.status === 403 && answer.headers.get("x-ratelimit-remaining") === "0"))
    return `the API's limit is used up: ${describeWait(answer)}`;
  if (answer.status === 401) return "the token is not valid any more, or is another server's";
  if (answer.status === 403 || answer.status === 404) return `the token needs ${rights}, and the name must be right`;
  return "try again later";
}

/** All rows of a list that comes in pages. `rows` finds them in a page; only that there is a next page is read of `Link`. */
export async function listRows(
  api: Api,
  path: string,
  findings: WorkerFindings,
  rows: (json: unknown) => unknown = (json) => json,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const all: Readonly<Record<string, unknown>>[] = [];
  const joint = path.includes("?") ? "&" : "?";
  for (let page = 1; page <= pagesMax; page++) {
    const { json, headers } = await api.must("GET", `${path}${joint}per_page=100&page=${page}`);
    noteLimit(headers, findings);
    const found = rows(json);
    if (!Array.isArray(found)) throw new Error(`the answer to ${path} is not a list`);
    all.push(...found.map(toRecord));
    if (!/rel="next"/.test(headers.get("link") ?? "")) return all;
  }
  process.stderr.write(`${path} has more than ${all.length} rows: the others are not counted\n`);
  return all;
}

/** GitLab's `RateLimit-Remaining` and GitHub's `X-RateLimit-Remaining`. */
export function noteLimit(headers: Headers, findings: WorkerFindings): void {
  const remaining = headers.get("x-ratelimit-remaining") ?? headers.get("ratelimit-remaining");
  if (remaining !== null && /^\d+$/.test(remaining)) findings.setRemaining(Number(remaining));
}

/** The texts of a list field; none for anything else. */
export function readTags(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((tag) => typeof tag === "string") : [];
}
