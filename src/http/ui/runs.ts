import { scanMax, type StoredRun } from "../../core/store/index.ts";
import { html, type Content, type Html } from "./html.ts";
import { section, table, type Column } from "./layout.ts";
import { formatAgo, formatCount, formatDuration, externalLink, untrusted, resultBadge } from "./format.ts";
import { runResults, type RunResult } from "../../core/states.ts";
import type { Millis } from "../../core/time.ts";

/** The filter of the list of runs, as in the URL of the page. */
export interface RunsFilter {
  readonly project?: string | undefined;
  readonly pipeline?: string | undefined;
  readonly result?: string | undefined;
}

export interface RunsView {
  readonly filter: RunsFilter;
  readonly runs: readonly StoredRun[];
  /** Cursor of older runs. */
  readonly next: string | null;
  readonly now: Millis;
}

/** The relative URL of the page with these parameters; `./` without any. */
export function toPageUrl(parameters: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "./" : `./?${new URLSearchParams(given).toString()}`;
}

export function runsSection(view: RunsView): Html {
  const { runs, filter, next } = view;
  const link = (text: string) =>
    html`<a href="${toPageUrl({ ...filter, cursor: next ?? undefined })}" rel="next">${text}</a>`;
  if (runs.length === 0) {
    const noMatch =
      next === null
        ? "No runs found."
        : html`No match in the ${formatCount(scanMax)} rows scanned; ${link("continue →")}`;
    return section("runs", "Runs", [filterForm(filter), html`<p>${noMatch}</p>`]);
  }
  const older = next !== null && html`<p class="more">${link("Older runs →")}</p>`;
  return section("runs", "Runs", [filterForm(filter), runTable(runs, view.now), older]);
}

const columns: readonly Column[] = [
  ["Pipeline"],
  ["Run"],
  ["State"],
  ["Ref", "wide"],
  ["Duration", "number"],
  ["Queue", "number wide"],
  ["When", "number"],
];

/** Runs, newest first, each with a link to the provider. */
function runTable(runs: readonly StoredRun[], now: Millis): Html {
  const rows = runs.map((run) => [
    pipelineLink(run.project, run.pipeline, run.source),
    runLink(run),
    stateCell(run),
    untrusted(run.ref),
    formatDuration(run.durationSeconds),
    formatDuration(run.queueSeconds),
    formatAgo(latestTime(run), now),
  ]);
  return table("Runs", columns, rows);
}

const failureColumns: readonly Column[] = [["Pipeline"], ["Run"], ["State"], ["When", "number"]];

/** The latest failures, and a link to all. */
export function failuresSection(runs: readonly StoredRun[], now: Millis): Html {
  const rows = runs.map((run) => [
    pipelineLink(run.project, run.pipeline, run.ref ?? undefined),
    runLink(run),
    stateCell(run),
    formatAgo(latestTime(run), now),
  ]);
  const content = rows.length === 0 ? html`<p>No recent failures.</p>` : table("Failures", failureColumns, rows);
  const all = html`<p class="more"><a href="${toPageUrl({ result: failureResults.join() })}">All failures →</a></p>`;
  return section("failures", "Failures", [content, all]);
}

/** The run's number with a link to the provider; below it its title and its parent run. */
function runLink({ url, number, nativeId, title, parent }: StoredRun): Content {
  const below = title !== null && html`<span class="sub">${untrusted(title, 60)}</span>`;
  const part = parent !== null && html`<span class="sub">part of ${untrusted(parent, 24)}</span>`;
  return [externalLink(url, untrusted(number ?? nativeId, 24)), below, part];
}

function stateCell({ state, result, nativeStatus, attempt, restarts, recovered }: StoredRun): Content {
  // The provider's status says what the run waits for (a manual job, an approval, a time), or is the last one received.
  const reason =
    (state === "blocked" || state === "stale") && html`<span class="sub">${untrusted(nativeStatus, 24)}</span>`;
  const again =
    restarts > 0 &&
    html`<span class="sub">${attempt > 1 ? `attempt ${attempt}` : "rerun"}${recovered && ", recovered"}</span>`;
  return [resultBadge(state, result), reason, again];
}

/** The latest known time of the run. */
function latestTime({ finishedAt, startedAt, queuedAt, firstSeenAt }: StoredRun): Millis {
  return finishedAt ?? startedAt ?? queuedAt ?? firstSeenAt;
}

/** Project and pipeline, each linked to its runs; shown once if both have the same name. */
export function pipelineLink(project: string | null, pipeline: string | null, below?: string): Content {
  const link = (filter: RunsFilter, text: string) => html`<a href="${toPageUrl({ ...filter })}">${untrusted(text)}</a>`;
  const under = below === undefined ? "" : html`<span class="sub">${untrusted(below)}</span>`;
  if (project === null) return [untrusted(pipeline), under];
  if (pipeline === null || pipeline === project) return [link({ project }, project), under];
  return [
    link({ project }, project),
    html` <span class="soft">/</span> `,
    link({ project, pipeline }, pipeline),
    under,
  ];
}

/** The runResults that the filter "any failure" selects. */
export const failureResults = ["failure", "error", "timeout"] as const satisfies readonly RunResult[];

function filterForm({ project, pipeline, result }: RunsFilter): Html {
  const option = (value: string, text: string) =>
    html`<option value="${value}"${value === (result ?? "") && html` selected`}>${text}</option>`;
  const isFiltered = project !== undefined || pipeline !== undefined || result !== undefined;
  return html`<form method="get" action="./" role="search" aria-label="Runs">
<label>Project <input name="project" value="${project}" maxlength="1024" autocomplete="off"></label>
<label>Pipeline <input name="pipeline" value="${pipeline}" maxlength="1024" autocomplete="off"></label>
<label>RunResult <select name="result">${option("", "any")}${option(failureResults.join(), "any failure")}${runResults.map((word) => option(word, word))}</select></label>
<button>Show</button>${isFiltered && html` <a href="./">Show all</a>`}
</form>`;
}
