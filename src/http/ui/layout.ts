import { version } from "../../version.ts";
import { html, type Content, type Html } from "./html.ts";
import { refreshPath } from "./refresh.ts";
import { iconPath, stylePath } from "./style.ts";
import type { Page } from "./view.ts";

/** What the navigation leads to: the path of a view and its name. */
const listedViews = [
  ["", "Today"],
  ["runs", "Runs"],
  ["pipelines", "Pipelines"],
  ["jobs", "Jobs"],
  ["runners", "Runners"],
  ["waste", "Waste"],
  ["compare", "Compare"],
  ["sources", "Sources"],
] as const;

interface Frame {
  readonly title: string;
  /** The listed view that the shown one belongs to. */
  readonly current?: (typeof listedViews)[number][0];
  /** A feed of the same, relative to `/ui/`. */
  readonly feed?: string;
  /** Below the name of the page. */
  readonly head?: Content;
  /** Nothing is there to be shown again. */
  readonly isError?: boolean;
}

/** The frame of every view. */
export function layout(
  { links, reader, isLive, toSelf }: Pick<Page, "links" | "reader" | "isLive" | "toSelf">,
  { title, current, feed, head, isError }: Frame,
  main: Content,
): Html {
  const icon = links.toView(iconPath);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title} – Pipegauge</title>
<link rel="icon" href="${icon}" type="image/svg+xml">
${
  feed !== undefined &&
  html`<link rel="alternate" type="application/atom+xml" title="Failures" href="${links.toView(feed)}">
`
}<link rel="stylesheet" href="${links.toView(stylePath)}">
${
  isLive &&
  html`<script src="${links.toView(refreshPath)}" defer></script>
`
}</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header>
<div class="bar">
<h1><a href="${links.toView("")}"><img src="${icon}" alt="" width="24" height="24"> Pipegauge</a></h1>
<nav aria-label="Views">${listedViews.map(([path, name]) => html`<a href="${links.toView(path)}"${path === current && html` aria-current="page"`}>${name}</a> `)}</nav>
</div>
${head}
</header>
<main id="main">
${main}
</main>
<footer>Pipegauge ${version}. Times in tooltips are UTC. <a href="${links.toServer("metrics")}">Metrics</a> ·
<a href="${links.toServer("api/v1/runs")}">API</a> · <a href="${links.toServer("openapi.json")}">OpenAPI</a>
${
  isError !== true &&
  html`· <a href="${toSelf(isLive)}">Refresh</a> · <a href="${toSelf(!isLive)}">${isLive ? "Do not refresh by itself" : "Refresh by itself"}</a>`
}
${isLive && html`<button type="button" id="pause" aria-pressed="false" hidden>Pause</button>`}
${reader === "session" && html`<form method="post" action="${links.toView("logout")}"><button>Sign out</button></form>`}</footer>
</body>
</html>
`;
}

/** A section with a heading. `id` is also the anchor for links. */
export function section(id: string, heading: Content, content: Content, note?: Content): Html {
  return html`<section aria-labelledby="${id}">
<h2 id="${id}">${heading}</h2>
${note === undefined ? "" : html`<p class="note">${note}</p>`}
${content}
</section>
`;
}

type ColumnStyle = "" | "number" | "wide" | "number wide";

/** A column: its heading, its style (`number`, or `wide`: hidden on narrow screens), and the heading as text where it is markup. */
export type Column = readonly [heading: Content, style?: ColumnStyle | undefined, label?: string];

/**
 * A table. The first cell of a row is its header. What scrolls can have the focus, and is a group: a region is a landmark, which
 * would have the name of its section.
 */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Content[])[]): Html {
  const getStyle = (i: number) => columns[i]?.[1] ?? "";
  return html`<div class="scroll" role="group" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map(([heading], i) => html`<th scope="col" class="${getStyle(i)}">${heading}</th>`)}</tr></thead>
<tbody>
${rows.map((cells) => html`<tr>${cells.map((cell, i) => (i === 0 ? html`<th scope="row" class="${getStyle(i)}">${cell}</th>` : renderCell(cell, columns[i])))}</tr>\n`)}</tbody>
</table></div>`;
}

/** On narrow screens cells are stacked, so each carries the heading of its column. */
function renderCell(cell: Content, column: Column | undefined): Html {
  return html`<td class="${column?.[1]}" data-label="${readLabel(column)}">${cell}</td>`;
}

function readLabel([heading, , label]: Column | readonly [] = []): string | undefined {
  return label ?? (typeof heading === "string" ? heading : undefined);
}

/** The page for an error response. */
export function errorPage(page: Page, status: number, message: string): Html {
  const back = html`<p><a href="${page.links.toView("")}">Back to the first view</a></p>`;
  return layout(
    page,
    { title: `${status}`, isError: true },
    section("error", `${status}`, [html`<p>${message}.</p>`, back]),
  );
}
