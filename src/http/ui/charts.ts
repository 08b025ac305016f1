import type { StoredRun } from "../../core/store/index.ts";
import type { RunResult } from "../../core/states.ts";
import { cutText } from "./format.ts";
import { html, type Html } from "./html.ts";
import type { Page } from "./view.ts";

/** Runs of a strip. */
export const stripMax = 30;

const heights: Readonly<Record<RunResult, readonly [fill: string, height: number]>> = {
  success: ["good", 6],
  failure: ["bad", 10],
  error: ["bad", 10],
  timeout: ["bad", 10],
  cancellation: ["quiet", 6],
  skip: ["quiet", 3],
};

/** What a strip needs of a run. */
export type StripRun = Pick<StoredRun, "id" | "number" | "nativeId" | "result">;

export function pickStripRun({ id, number, nativeId, result }: StoredRun): StripRun {
  return { id, number, nativeId, result };
}

/**
 * The results of the last runs, the oldest first, each with a link to its run; failures are taller, so that it can be read without
 * colours.
 */
export function resultStrip({ links }: Pick<Page, "links">, runs: readonly StripRun[]): Html {
  const shown = runs.slice(0, stripMax).toReversed();
  const bars = shown.map(({ id, number, nativeId, result }, i) => {
    const [fill, height] = result === null ? (["busy", 3] as const) : heights[result];
    const name = `${cutText(number ?? nativeId, 24)}: ${result ?? "not finished"}`;
    return html`<a href="${links.toView(`runs/${id}`)}" tabindex="-1" aria-label="${name}"><title>${name}</title><rect class="fill-${fill}" x="${i * 4}" y="${10 - height}" width="3" height="${height}"></rect></a>`;
  });
  const failed = shown.filter(({ result }) => result !== null && heights[result][0] === "bad").length;
  const label = `${failed} of the last ${shown.length} failed`;
  return html`<svg class="strip" viewBox="0 0 ${stripMax * 4} 10" role="group" aria-label="${label}">${bars}</svg>`;
}
