import { scaleLinear, scaleUtc } from "d3-scale";
import type { StoredRun } from "../../core/store/index.ts";
import { round } from "./axis-chart.ts";
import { cutText, formatDuration } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import type { Page } from "./view.ts";
import type { RunResult } from "../../core/states.ts";

/** What a dot needs of a run. */
export type DotRun = Pick<StoredRun, "id" | "number" | "nativeId" | "result" | "finishedAt" | "durationSeconds">;

const height = 160;
const ticksMax = 6;

const shapes: Readonly<Record<RunResult, "good" | "bad" | "quiet">> = {
  success: "good",
  failure: "bad",
  error: "bad",
  timeout: "bad",
  cancellation: "quiet",
  skip: "quiet",
};

/** How long runs took, each as a dot with a link to it: a failure is a square on its corner. The table of runs has the figures. */
export function durationDots({ links }: Pick<Page, "links">, runs: readonly DotRun[]): Html {
  const shown = runs.flatMap((run) =>
    run.finishedAt === null || run.durationSeconds === null || run.result === null
      ? []
      : [{ ...run, at: run.finishedAt, seconds: run.durationSeconds, result: run.result }],
  );
  const times = shown.map(({ at }) => at);
  const x = scaleUtc()
    .domain([Math.min(...times), Math.max(...times) + 1])
    .range([1, 99]);
  const longest = Math.max(1, ...shown.map(({ seconds }) => seconds));
  const unit = longest > 7200 ? 3600 : longest > 120 ? 60 : 1;
  const y = scaleLinear()
    .domain([0, longest / unit])
    .nice(4)
    .range([height, 0]);
  const lines = y
    .ticks(4)
    .map(
      (value) =>
        html`<g class="line"><line x1="0" x2="100%" y1="${round(y(value))}" y2="${round(y(value))}"></line><text x="-8" y="${round(y(value)) + 4}" text-anchor="end">${formatDuration(value * unit)}</text></g>`,
    );
  const ticks = x.ticks(ticksMax).map(
    (at, i) =>
      html`<text class="${i % 2 === 0 ? "tick" : "tick roomy"}" x="${round(x(at))}%" y="${height + 16}" text-anchor="middle">${at
        .toISOString()
        .slice(5, 16)
        .replace("T", " ")
        .replace(/ 00:00$/, "")}</text>`,
  );
  const dots = shown.map(({ id, number, nativeId, result, at, seconds }) => {
    const name = html`${cutText(number ?? nativeId, 24)}: ${result}, ${formatDuration(seconds)}`;
    return html`<a href="${links.toView(`runs/${id}`)}" tabindex="-1"><title>${name}</title>${drawDot(shapes[result], round(x(at)), round(y(seconds / unit)))}</a>`;
  });
  return html`<svg class="plot dots" width="100%" height="${height + 22}" aria-hidden="true" focusable="false">${lines}${ticks}${dots}</svg>`;
}

/** A dot, or for a failure a square on its corner: it differs without colours. */
function drawDot(fill: "good" | "bad" | "quiet", x: number, y: number): Content {
  if (fill !== "bad") return html`<circle class="fill-${fill}" cx="${x}%" cy="${y}" r="3.5"></circle>`;
  return html`<svg x="${x}%" y="${y}" overflow="visible"><path class="fill-bad" d="M0 -5.5L5.5 0L0 5.5L-5.5 0Z"></path></svg>`;
}
