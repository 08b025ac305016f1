import { causes, type Cause } from "../../answers/job-causes.ts";
import type { Waste } from "../../answers/waste-groups.ts";
import { html, type Html } from "./html.ts";

/** Groups that are listed. All others are one, so that the rows sum to the total. */
const listedMax = 40;

export interface WasteGroup extends Omit<Waste, "names"> {
  /** undefined: all groups that are not listed. */
  readonly names: Waste["names"] | undefined;
}

/** The listed groups, and the sum of the others. */
export function cutGroups(items: readonly Waste[]): readonly WasteGroup[] {
  const rest = items.slice(listedMax);
  return rest.length === 0 ? items : [...items.slice(0, listedMax), sumGroups(rest)];
}

/** All of them as one. */
export function sumGroups(items: readonly Waste[]): WasteGroup {
  const sum = (read: (item: Waste) => number | null) => items.reduce((all, item) => all + (read(item) ?? 0), 0);
  const isPriced = items.some(({ cost }) => cost !== null);
  return {
    names: undefined,
    jobs: sum(({ jobs }) => jobs),
    seconds: Object.fromEntries(causes.map((cause) => [cause, sum(({ seconds }) => seconds[cause])])) as Record<
      Cause,
      number
    >,
    totalSeconds: sum(({ totalSeconds }) => totalSeconds),
    cost: isPriced ? sum(({ cost }) => cost) : null,
    wastedCost: isPriced ? sum(({ wastedCost }) => wastedCost) : null,
    unpricedSeconds: sum(({ unpricedSeconds }) => unpricedSeconds),
    runIds: [],
  };
}

/** What each cause is called, and its colour in bars. */
export const causeWords: Readonly<Record<Cause, readonly [words: string, fill: string]>> = {
  flake: ["failed, then passed", "bad"],
  retry_green: ["ran again though it had passed", "busy"],
  superseded: ["superseded by a newer run", "cause-3"],
  cancelled: ["cancelled", "quiet"],
  infra: ["errors of the CI system", "cause-5"],
  useful: ["useful", "good"],
};

/** The causes of a group as parts of a bar; cells beside it have the figures. */
export function causeBar({ seconds, totalSeconds }: Pick<Waste, "seconds" | "totalSeconds">): Html {
  let x = 0;
  const parts = causes.map((cause) => {
    const width = totalSeconds === 0 ? 0 : (seconds[cause] / totalSeconds) * 100;
    const part = html`<rect class="fill-${causeWords[cause][1]}" x="${x.toFixed(2)}%" width="${width.toFixed(2)}%" height="100%"><title>${causeWords[cause][0]}</title></rect>`;
    x += width;
    return width > 0 && part;
  });
  return html`<svg class="causes" width="100%" height="12" aria-hidden="true" focusable="false">${parts}</svg>`;
}
