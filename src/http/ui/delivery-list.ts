import { encodeCursor, decodeCursor } from "../api/cursor.ts";
import { deliveriesParameters } from "../api/deliveries.ts";
import { createParameterParser } from "../api/parse-parameters.ts";
import { deliveryOutcomes, scanMax } from "../../core/store/index.ts";
import { deliveryTable } from "./deliveries.ts";
import { formatCount } from "./format.ts";
import { html, type Html } from "./html.ts";
import { layout, section } from "./layout.ts";
import type { Page, View, ViewRequest } from "./view.ts";

const { limit: _, ...filterParameters } = deliveriesParameters;
const parseFilter = createParameterParser(filterParameters);

/** Deliveries of one page. */
const pageSize = 50;

/** Deliveries, newest first, with every filter of the read API. */
export const deliveryListView: View = { path: "deliveries", render: renderDeliveries };

async function renderDeliveries(page: Page, { query }: ViewRequest): Promise<Html> {
  const { cursor, ...filter } = parseFilter(query, page.now);
  const after = decodeCursor("deliveries", cursor);
  const { items, next } = await page.services.store.read("deliveries", { ...filter, limit: pageSize, after });
  const { cursor: _cursor, ...given } = Object.fromEntries(query);
  const older = encodeCursor("deliveries", next);
  const link = (text: string) =>
    html`<a href="${page.links.toView("deliveries", { ...given, cursor: older ?? undefined })}" rel="next">${text}</a>`;
  const none =
    older === null
      ? "No deliveries found."
      : [`No match in the ${formatCount(scanMax)} rows scanned; `, link("continue →")];
  const content =
    items.length === 0
      ? html`<p>${none}</p>`
      : [deliveryTable(page, items), older !== null && html`<p class="more">${link("Older deliveries →")}</p>`];
  return layout(page, { title: "Deliveries", current: "sources" }, [
    section("deliveries", "Deliveries", [filterForm(page, given), content]),
  ]);
}

function filterForm({ links }: Page, given: Readonly<Record<string, string>>): Html {
  const input = (name: string, label: string, hint?: string) =>
    html`<label>${label} <input name="${name}" value="${given[name]}" maxlength="1024" autocomplete="off"${hint !== undefined && html` placeholder="${hint}"`}></label>\n`;
  const outcomes = ["", ...deliveryOutcomes].map(
    (one) =>
      html`<option value="${one}"${one === (given["outcome"] ?? "") && html` selected`}>${one === "" ? "any" : one.replace("_", " ")}</option>`,
  );
  return html`<form method="get" action="${links.toView("deliveries")}" role="search" aria-label="Deliveries">
${input("source", "Source")}
<label>Outcome <select name="outcome">${outcomes}</select></label>
${input("run", "Provider's id of the run")}
${input("since", "Received since", "7d or 2026-11-20")}
${input("until", "Received before", "24h or 2026-11-27")}
<button>Show</button>${Object.keys(given).length > 0 && html` <a href="${links.toView("deliveries")}">Show all</a>`}
</form>`;
}
