import { runResults, shownStates } from "../../core/states.ts";
import { refKinds } from "../api/runs.ts";
import { html, type Html } from "./html.ts";
import { failureResults } from "./run-table.ts";
import type { Page } from "./view.ts";

type Filter = Readonly<Record<string, string>>;

/** Controls that are always shown, and those that most people need seldom. */
export function filterForm({ links }: Page, filter: Filter, projects: readonly string[]): Html {
  const input = (name: string, label: string, hint?: string, list?: string) =>
    html`<label>${label} <input name="${name}" value="${filter[name]}" maxlength="1024" autocomplete="off"${hint !== undefined && html` placeholder="${hint}"`}${list !== undefined && html` list="${list}"`}></label>`;
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
    input("native_id", "Provider's id"),
    input("parent", "Id of the parent"),
  ];
  const shown = new Set(["search", "sort", "until", "project", "pipeline", "ref", "result"]);
  const isOpen = Object.keys(filter).some((name) => !shown.has(name));
  return html`<form method="get" action="${links.toView("runs")}" role="search" aria-label="Runs">
${input("search", "Part of a name")}
${input("project", "Project", undefined, "projects")}
<datalist id="projects">${projects.map((name) => html`<option value="${name}"></option>`)}</datalist>
${input("pipeline", "Pipeline")}
${input("ref", "Branch or tag")}
${select("result", "Result", [[failureResults.join(), "any failure"], ...same(runResults)])}
${input("until", "Jump to before", "2026-11-27 or 24h")}
<button>Show</button>${Object.keys(filter).length > 0 && html` <a href="${links.toView("runs")}">Show all</a>`}
${filter["sort"] !== undefined && html`<input type="hidden" name="sort" value="${filter["sort"]}">`}
<details class="filters"${isOpen && html` open`}><summary>More filters</summary><div>${more}</div></details>
</form>`;
}
