import { causes } from "../../answers/job-causes.ts";
import { computeWastedSeconds } from "../../answers/waste-groups.ts";
import { dayMillis } from "../../core/time.ts";
import type { Shown } from "../answers.ts";
import { insightFilter, pickFilter } from "../api/insight.ts";
import { oneOfOr } from "../api/parameters.ts";
import { createParameterParser } from "../api/parse-parameters.ts";
import { resolveSpan } from "../api/span.ts";
import { failureClassesSection, findFailureClasses } from "./failure-classes.ts";
import { formatCost, formatDuration, formatShare } from "./format.ts";
import { html, type Html } from "./html.ts";
import { layout, section, table, type Column } from "./layout.ts";
import { renderShown } from "./shown.ts";
import { spanNav, spanParameters, type Query } from "./span.ts";
import type { Page, View, ViewRequest } from "./view.ts";
import { causeBar, causeWords, cutGroups, sumGroups, type WasteGroup } from "./waste-groups.ts";
import { groupings, wasteTable, type Grouping } from "./waste-table.ts";

const parseWaste = createParameterParser({
  ...insightFilter,
  ...spanParameters,
  by: oneOfOr(Object.keys(groupings) as Grouping[], "pipeline", "What the table is grouped by"),
});

/** What the time of jobs was spent for, and what went wrong. */
export const wasteView: View = { path: "waste", render: renderWaste };

async function renderWaste(page: Page, { query }: ViewRequest): Promise<Html> {
  const { ask, services } = page;
  const { by, ...parsed } = parseWaste(query, page.now);
  const given = Object.fromEntries(query);
  const name = JSON.stringify(given);
  const span = resolveSpan(parsed, page.now, 7 * dayMillis);
  const asked = { ...span, filter: pickFilter(parsed) };
  const { store, config } = services;
  const [waste, failures] = await Promise.all([
    ask(`waste by ${by} ${name}`, async () => {
      const { items } = await store.read("waste", { ...asked, by: groupings[by].dimensions, prices: config.prices });
      return { groups: cutGroups(items), total: sumGroups(items) };
    }),
    findFailureClasses(page, asked, name),
  ]);
  return layout(page, { title: "Waste", current: "waste", head: spanNav(page, "waste", given, span) }, [
    totalSection(page, waste),
    section("groups", `By ${groupings[by].word}`, [
      groupingNav(page, given, by),
      renderShown(waste, page.now, ({ groups }) => wasteTable(page, groups, by, given)),
    ]),
    failureClassesSection(page, failures),
  ]);
}

interface WasteAnswer {
  readonly groups: readonly WasteGroup[];
  readonly total: WasteGroup;
}

const totalColumns: readonly Column[] = [["Cause"], ["Time", "number"], ["Share", "number"]];

function totalSection(page: Page, waste: Shown<WasteAnswer>): Html {
  return section(
    "total",
    "Where the time went",
    renderShown(waste, page.now, ({ total }) => {
      if (total.totalSeconds === 0) return html`<p>No job ended in this span.</p>`;
      const rows = causes.map((cause) => [
        html`<svg width="10" height="10" aria-hidden="true"><rect class="fill-${causeWords[cause][1]}" width="10" height="10"></rect></svg> ${causeWords[cause][0]}`,
        formatDuration(total.seconds[cause]),
        formatShare(total.seconds[cause] / total.totalSeconds),
      ]);
      const wasted = computeWastedSeconds({ ...total, names: {} });
      const cost = total.wastedCost !== null && [
        ", ",
        formatCost(total.wastedCost),
        " of ",
        formatCost(total.cost ?? 0),
      ];
      return [
        html`<p><strong>${formatDuration(wasted)}</strong> of ${formatDuration(total.totalSeconds)} were wasted, ${formatShare(wasted / total.totalSeconds)}${cost}.</p>`,
        causeBar(total),
        table("Causes", totalColumns, [...rows, ["all", formatDuration(total.totalSeconds), formatShare(1)]]),
        total.cost !== null &&
          total.unpricedSeconds > 0 &&
          html`<p class="more soft">${formatDuration(total.unpricedSeconds)} have no price.</p>`,
      ];
    }),
    "Every second that a job worked has one cause: the first that applies.",
  );
}

function groupingNav({ links }: Page, given: Query, by: Grouping): Html {
  const options = (Object.keys(groupings) as Grouping[]).map(
    (one) =>
      html`<a href="${links.toView("waste", { ...given, by: one })}"${one === by && html` aria-current="true"`}>${groupings[one].word}</a> `,
  );
  return html`<nav class="spans" aria-label="Grouping">${options}</nav>`;
}
