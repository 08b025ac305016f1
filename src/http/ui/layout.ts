import { version } from "../../version.ts";
import { html, type Content, type Html } from "./html.ts";
import { stylePath } from "./style.ts";

/** The frame of every page. URLs are relative, so that it works below any path prefix of a proxy. */
export function layout(title: string, head: Content, main: Content): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${stylePath}">
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header>
<div class="bar">
<h1><a href="./"><img src="icon.svg" alt="" width="24" height="24"> Pipegauge</a></h1>
<nav aria-label="Other views"><a href="metrics">Metrics</a> <a href="api/v1/runs">API</a> <a href="openapi.json">OpenAPI</a></nav>
</div>
${head}
</header>
<main id="main">
${main}
</main>
<footer>Pipegauge ${version}. Times in tooltips are UTC.</footer>
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

/** A column: its heading and its style, `number` or `wide` (hidden on narrow screens). */
export type Column = readonly [heading: string, style?: "number" | "wide" | "number wide"];

/** A table. The first cell of a row is its header. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Content[])[]): Html {
  const getStyle = (i: number) => columns[i]?.[1] ?? "";
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map(([heading], i) => html`<th scope="col" class="${getStyle(i)}">${heading}</th>`)}</tr></thead>
<tbody>
${rows.map((cells) => html`<tr>${cells.map((cell, i) => (i === 0 ? html`<th scope="row" class="${getStyle(i)}">${cell}</th>` : renderCell(cell, columns[i])))}</tr>\n`)}</tbody>
</table></div>`;
}

/** On narrow screens cells are stacked, so each carries the heading of its column. */
function renderCell(cell: Content, column: Column | undefined): Html {
  return html`<td class="${column?.[1]}" data-label="${column?.[0]}">${cell}</td>`;
}

/** The page for an error response. */
export function errorPage(status: number, message: string): Html {
  const main = section("error", `${status}`, html`<p>${message}.</p><p><a href="./">Back to the overview</a></p>`);
  return layout(`${status} – Pipegauge`, undefined, main);
}
