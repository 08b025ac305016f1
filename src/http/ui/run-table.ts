import type { StoredRun } from "../../core/store/index.ts";
import { html, type Content, type Html } from "./html.ts";
import { section, table, type Column } from "./layout.ts";
import { formatAgo, formatDuration, externalLink, untrusted, resultBadge } from "./format.ts";
import type { Shown } from "../answers.ts";
import { renderShown } from "./shown.ts";
import type { RunResult } from "../../core/states.ts";
import type { LinkParameters } from "./links.ts";
import type { Page } from "./view.ts";
import type { Millis } from "../../core/time.ts";

/** What a run belongs to. */
export type NamedPipeline = Pick<StoredRun, "project" | "pipeline">;

const columns: readonly (readonly [words: string, style?: Column[1], sorting?: string])[] = [
  ["Pipeline"],
  ["Run"],
  ["State"],
  ["Ref", "wide"],
  ["Duration", "number", "duration"],
  ["Queue", "number wide", "queue"],
  ["Finished", "number wide", "finished"],
  ["Queued", "number", "seen"],
];

/** Runs, each with a link to its view and to the provider; `heading` makes the headings of the columns that can be sorted by. */
export function runTable(
  page: Page,
  runs: readonly StoredRun[],
  caption = "Runs",
  heading: (sorting: string, words: string) => Content = (_, words) => words,
): Html {
  const shown = columns.map(
    ([words, style, sorting]): Column => [sorting === undefined ? words : heading(sorting, words), style, words],
  );
  const rows = runs.map((run) => [
    pipelineLink(page, run, run.source),
    runLink(page, run),
    stateCell(run),
    untrusted(run.ref),
    formatDuration(run.durationSeconds),
    formatDuration(run.queueSeconds),
    run.finishedAt === null ? "" : formatAgo(run.finishedAt, page.now),
    formatAgo(run.queuedAt ?? run.startedAt ?? run.firstSeenAt, page.now),
  ]);
  return table(caption, shown, rows);
}

const failureColumns: readonly Column[] = [["Pipeline"], ["Run"], ["State"], ["When", "number"]];

/** The latest failures, and a link to all. */
export function failuresSection(page: Page, failed: Shown<readonly StoredRun[]>): Html {
  const all = html`<p class="more"><a href="${page.links.toView("runs", { result: failureResults.join() })}">All failures →</a></p>`;
  const content = renderShown(failed, page.now, (runs) => {
    const rows = runs.map((run) => [
      pipelineLink(page, run, run.ref ?? undefined),
      runLink(page, run),
      stateCell(run),
      formatAgo(latestTime(run), page.now),
    ]);
    return rows.length === 0 ? html`<p>No recent failures.</p>` : table("Failures", failureColumns, rows);
  });
  return section("failures", "Failures", [content, all]);
}

/** The run's number, which leads to its view, and a link to the provider; below them its title and its parent run. */
function runLink(page: Page, { id, url, number, nativeId, title, parent }: StoredRun): Content {
  const below = title !== null && html`<span class="sub">${untrusted(title, 60)}</span>`;
  const part = parent !== null && html`<span class="sub">part of ${untrusted(parent, 24)}</span>`;
  const name = number ?? nativeId;
  const outside = externalLink(url, html`<span aria-hidden="true">↗</span><span class="hidden">at the provider</span>`);
  return [
    html`<span class="id"><a href="${page.links.toView(`runs/${id}`)}">${untrusted(name, 24)}</a></span>`,
    url !== null && [" ", outside],
    below,
    part,
  ];
}

/** State or result, what it waits for, and the number of the attempt. */
export function stateCell({ state, result, nativeStatus, attempt, restarts, recovered }: StoredRun): Content {
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
export function pipelineLink(page: Page, { project, pipeline }: NamedPipeline, below?: string): Content {
  const link = (filter: Partial<NamedPipeline>, text: string) =>
    html`<a href="${page.links.toView("runs", toParameters(filter))}">${untrusted(text)}</a>`;
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

function toParameters({ project, pipeline }: Partial<NamedPipeline>): LinkParameters {
  return { project: project ?? undefined, pipeline: pipeline ?? undefined };
}

/** The results that the filter "any failure" selects. */
export const failureResults = ["failure", "error", "timeout"] as const satisfies readonly RunResult[];
