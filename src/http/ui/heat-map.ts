import { scaleQuantize } from "d3-scale";
import { html, type Html } from "./html.ts";

/** One hour of one weekday. */
export interface HeatCell {
  /** 0 is Monday. */
  readonly weekday: number;
  readonly hour: number;
  readonly value: number;
  readonly label: string;
}

export const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

const rowHeight = 20;
const hours = 24;
/** Steps of colour; the style sheet has as many. */
const steps = [1, 2, 3, 4, 5] as const;

/** Hours by weekdays: the stronger the colour of a field, the greater its value. Hidden from screen readers: a table beside it has the greatest values. */
export function heatMap(cells: readonly HeatCell[]): Html {
  const highest = Math.max(0, ...cells.map(({ value }) => value));
  const step = scaleQuantize().domain([0, highest]).range(steps);
  const width = 100 / hours;
  const fields = cells.map(
    ({ weekday, hour, value, label }) =>
      html`<rect class="heat-${highest === 0 ? 1 : step(value)}" x="${(hour * width).toFixed(2)}%" y="${weekday * rowHeight + 1}" width="${(width - 0.3).toFixed(2)}%" height="${rowHeight - 2}" rx="2"><title>${label}</title></rect>`,
  );
  const names = weekdays.map(
    (name, i) => html`<text x="-8" y="${i * rowHeight + 14}" text-anchor="end">${name}</text>`,
  );
  const ticks = [0, 6, 12, 18].map(
    (hour) =>
      html`<text x="${(hour * width).toFixed(2)}%" y="${weekdays.length * rowHeight + 14}">${String(hour).padStart(2, "0")}:00</text>`,
  );
  return html`<svg class="plot" width="100%" height="${weekdays.length * rowHeight + 20}" aria-hidden="true" focusable="false">${fields}${names}${ticks}</svg>`;
}
