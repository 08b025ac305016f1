import { scaleLinear } from "d3-scale";
import { html, type Content, type Html } from "./html.ts";

/** A colour of the style sheet. */
export type Fill = "good" | "bad" | "quiet" | "busy";

/** One column: its parts lie on each other, the first one lowest. `link` leads to what it counts. */
export interface ChartColumn {
  readonly label: string;
  /** Below the axis, where there is room. */
  readonly tick: string;
  readonly parts: readonly (readonly [fill: Fill, value: number])[];
  readonly link?: string | undefined;
}

/** Pixels. Widths are shares of the chart, so that it fits every screen without its text being scaled. */
const height = 150;
const below = 22;
/** Ticks of the x axis at most, and how many of them a phone shows. */
const ticksMax = 10;

/**
 * Columns of equal width above an axis with round numbers. It is hidden from screen readers and the keyboard: a table beside it has the
 * figures and the links.
 */
export function columnChart(columns: readonly ChartColumn[], formatValue: (value: number) => string): Html {
  const highest = Math.max(1, ...columns.map(({ parts }) => parts.reduce((sum, [, value]) => sum + value, 0)));
  const y = scaleLinear().domain([0, highest]).nice(4).range([height, 0]);
  const lines = y
    .ticks(4)
    .map(
      (value) =>
        html`<g class="line"><line x1="0" x2="100%" y1="${round(y(value))}" y2="${round(y(value))}"></line><text x="-8" y="${round(y(value)) + 4}" text-anchor="end">${formatValue(value)}</text></g>`,
    );
  const step = 100 / Math.max(1, columns.length);
  const every = Math.max(1, Math.ceil(columns.length / ticksMax));
  const ticks = columns.map(({ tick }, i) => {
    const style = i % (every * 2) === 0 ? "tick" : "tick roomy";
    return (
      i % every === 0 &&
      html`<text class="${style}" x="${round((i + 0.5) * step)}%" y="${height + 16}" text-anchor="middle">${tick}</text>`
    );
  });
  const bars = columns.map((column, i) => renderColumn(column, i * step, step, y));
  return html`<svg class="plot" width="100%" height="${height + below}" aria-hidden="true" focusable="false">${lines}${bars}${ticks}</svg>`;
}

function renderColumn(
  { label, parts, link }: ChartColumn,
  x: number,
  step: number,
  y: (value: number) => number,
): Content {
  let sum = 0;
  const place = html`x="${round(x + step * 0.1)}%"`;
  const width = html`width="${round(step * 0.8)}%"`;
  const rectangles = parts.map(([fill, value]) => {
    const [from, to] = [y(sum), y((sum += value))];
    return (
      value > 0 &&
      html`<rect class="fill-${fill}" ${place} ${width} y="${round(to)}" height="${round(from - to)}"></rect>`
    );
  });
  const area = html`<rect class="area" x="${round(x)}%" width="${round(step)}%" y="0" height="${height}"></rect>`;
  const content = html`<title>${label}</title>${area}${rectangles}`;
  return link === undefined ? html`<g>${content}</g>` : html`<a href="${link}" tabindex="-1">${content}</a>`;
}

/** To two digits: more cannot be seen. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
