import { scanMax } from "../../core/store/index.ts";
import { runResults, shownStates } from "../../core/states.ts";
import { encodeCursor } from "../api/cursor.ts";
import { createParameterParser } from "../api/parse-parameters.ts";
import { findRuns, refKinds, runsParameters } from "../api/runs.ts";
import { formatCount } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import { layout, section } from "./layout.ts";
import { failureResults, runTable } from "./run-table.ts";
import type { Page, View, ViewRequest } from "./view.ts";

const { limit: _, ...filterParameters } = runsParameters;
const parseFilter = createParameterParser(filterParameters);

/** Runs of one page. */
const pageSize = 50;

/** Runs, newest first, with every filter of the read API. */
export const runList: View = { path: "runs", render: renderRunList };

async function renderRunList(page: Page, { query }: ViewRequest): Promise<Html> {
  const parameters = parseFilter(query, page.now);
  const { items: runs, next } = await findRuns(page.services, { ...parameters, limit: pageSize });
  const { cursor: _cursor, ...filter } = Object.fromEntries(query);
  const older = encodeCursor("runs", next);
  const link = (text: string) =>
    html`<a href="${page.links.toView("runs", { ...filter, cursor: older ?? undefined })}" rel="next">${text}</a>`;
  const rest = older !== null && html`<p class="more">${link("Older runs →")}</p>`;
  const content = runs.length === 0 ? html`<p>${describeNoMatch(older, link)}</p>` : [runTable(page, runs), rest];
  return layout(page, { title: "Runs", current: "runs" }, section("runs", "Runs", [filterForm(page, filter), content]));
}

function describeNoMatch(older: string | null, link: (text: string) => Html): Content {
  if (older === null) return "No runs found.";
  return html`No match in the ${formatCount(scanMax)} rows scanned; ${link("continue →")}`;
}

type Filter = Readonly<Record<string, string>>;

/** Controls that are always shown, and those that most people need seldom. */
function filterForm({ links }: Page, filter: Filter): Html {
  const input = (name: string, label: string, hint?: string) =>
    html`<label>${label} <input name="${name}" value="${filter[name]}" maxlength="1024" autocomplete="off"${hint !== undefined && html` placeholder="${hint}"`}></label>`;
  const select = (name: string, label: string, options: readonly (readonly [value: string, text: string])[]) =>
    html`<label>${label} <select name="${name}">${[["", "any"] as const, ...options].map(
      ([value, text]) =>
        html`<option value="${value}"${value === (filter[name] ?? "") && html` selected`}>${text}</option>`,
    )}</select></label>`;
  const same = (words: readonly string[]) => words.map((word) => [word, word.replaceAll("_", " ")] as const);
  const more = [
    input("sha", "Commit"),
    input("source", "Source"),
    input("provider", "CI system"),
    select("ref_kind", "Kind of ref", same(refKinds)),
    input("trigger", "Trigger"),
    select("default_branch", "Default branch", [
      ["true", "only"],
      ["false", "not"],
    ]),
    select("state", "State", same(shownStates)),
    input("since", "First seen since", "7d or 2026-11-20"),
    input("until", "First seen before", "24h or 2026-11-27"),
    input("native_id", "Provider's id"),
    input("parent", "Id of the parent"),
  ];
  const shown = new Set(["project", "pipeline", "ref", "result"]);
  const isOpen = Object.keys(filter).some((name) => !shown.has(name));
  return html`<form method="get" action="${links.toView("runs")}" role="search" aria-label="Runs">
${input("project", "Project")}
${input("pipeline", "Pipeline")}
${input("ref", "Branch or tag")}
${select("result", "Result", [[failureResults.join(), "any failure"], ...same(runResults)])}
<button>Show</button>${Object.keys(filter).length > 0 && html` <a href="${links.toView("runs")}">Show all</a>`}
<details class="filters"${isOpen && html` open`}><summary>More filters</summary><div>${more}</div></details>
</form>`;
}
