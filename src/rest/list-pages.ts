import { AppError } from "../core/errors.ts";
import type { Api } from "./api.ts";
import { toRecord } from "./json.ts";

/** A JSON object of a list. */
export type Row = Readonly<Record<string, unknown>>;

export interface ListedRows {
  readonly rows: readonly Row[];
  /** False where there are more pages than were read. */
  readonly isComplete: boolean;
}

/**
 * The rows of a list that comes in pages. `pick` finds the list in a page. Throws `unavailable` where a page holds no list.
 * Of the headers only whether there is a next page is read: a provider behind a proxy may name an address that is not ours.
 */
export async function listPages(
  api: Api,
  path: string,
  pagesMax: number,
  pick: (json: unknown) => unknown = (json) => json,
): Promise<ListedRows> {
  const rows: Row[] = [];
  const separator = path.includes("?") ? "&" : "?";
  for (let page = 1; page <= pagesMax; page++) {
    const { json, headers } = await api.request("GET", `${path}${separator}per_page=100&page=${page}`);
    const list = pick(json);
    if (!Array.isArray(list)) throw new AppError("unavailable", `the answer to ${path} is not a list`);
    rows.push(...list.map(toRecord));
    if (!hasNextPage(headers)) return { rows, isComplete: true };
  }
  return { rows, isComplete: false };
}

/**
 * GitHub sends `Link`, GitLab `x-next-page` as well.
 * https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api#using-link-headers
 * https://docs.gitlab.com/api/rest/#other-pagination-headers
 */
function hasNextPage(headers: Headers): boolean {
  return (headers.get("x-next-page") ?? "") !== "" || /\brel="?next"?/.test(headers.get("link") ?? "");
}
