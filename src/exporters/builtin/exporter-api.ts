import { readFile } from "node:fs/promises";
import type { ExporterSettings } from "../../config/exporters.ts";
import { createApi, type Api, type ApiOptions } from "../../rest/api.ts";
import { describeRetryDelay, type ApiResponse } from "../../rest/describe-response.ts";
import { listPages, type Row } from "../../rest/list-pages.ts";
import { readText, type WorkerFindings } from "./worker-findings.ts";

/**
 * Concurrent requests. Each takes some 100 ms, and an exporter needs hundreds within a scrape; GitHub allows 100 and recommends
 * few.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
 */
export const concurrency = 4;

/** The most pages of a list: a gauge of thousands is useless, and the requests would use up the API's limit. */
const pagesMax = 20;

const timeoutMillis = 20_000;

interface ExporterApiOptions extends Pick<ApiOptions, "name" | "base" | "headers"> {
  /** What the token must be allowed to do. */
  readonly rights: string;
  /** They get how many requests the API still allows. */
  readonly findings: WorkerFindings;
}

/** The API that an exporter reads, with advice for its entry in the settings. */
export function createExporterApi({ rights, findings, ...options }: ExporterApiOptions): Api {
  return createApi({
    ...options,
    timeoutMillis,
    setting: "settings.url",
    advise: (response) => advise(response, rights),
    onResponse: ({ headers }) => noteLimit(headers, findings),
  });
}

/** What to do about a refusal, to be printed after what was refused. */
function advise(response: ApiResponse, rights: string): string {
  const { status, headers } = response;
  if (status === 429 || (status === 403 && headers.get("x-ratelimit-remaining") === "0"))
    return `the API's limit is used up: ${describeRetryDelay(response)}`;
  if (status === 401) return "the token is not valid any more, or is another server's";
  if (status === 403 || status === 404) return `the token needs ${rights}, and the name must be right`;
  return "try again later";
}

/** GitLab's `RateLimit-Remaining` and GitHub's `X-RateLimit-Remaining`. */
function noteLimit(headers: Headers, findings: WorkerFindings): void {
  const remaining = headers.get("x-ratelimit-remaining") ?? headers.get("ratelimit-remaining");
  if (remaining !== null && /^\d+$/.test(remaining)) findings.setRemaining(Number(remaining));
}

/** A token from the file that `settings.tokenFile` names, read each time, so that it can be exchanged. */
export async function readToken(settings: ExporterSettings): Promise<string> {
  const path = readText(settings, "tokenFile");
  const token = (await readFile(path, "utf8")).trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new Error(`${path} does not hold a token: one line without blanks is expected`);
}

/** The rows of a list, as far as they are counted. `pick` finds the list in a page. */
export async function listRows(api: Api, path: string, pick?: (json: unknown) => unknown): Promise<readonly Row[]> {
  const { rows, isComplete } = await listPages(api, path, pagesMax, pick);
  if (!isComplete) process.stderr.write(`${path} has more than ${rows.length} rows: the others are not counted\n`);
  return rows;
}

/** The texts of a list field; none for anything else. */
export function readTags(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((tag) => typeof tag === "string") : [];
}
