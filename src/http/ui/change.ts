import { formatCount, formatDuration } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";

/** What a figure is: whether more of it is worse, and how a difference is written. */
export type Direction = "success" | "count" | "failures" | "duration" | "wait" | "waste";

interface Words {
  readonly more: string;
  readonly less: string;
  /** Whether more is better; undefined: neither is. */
  readonly isMoreBetter: boolean | undefined;
  readonly format: (difference: number) => Content;
}

const words: Readonly<Record<Direction, Words>> = {
  success: { more: "better", less: "worse", isMoreBetter: true, format: (points) => `${formatPoints(points)} points` },
  count: { more: "more", less: "fewer", isMoreBetter: undefined, format: formatCount },
  failures: { more: "more", less: "fewer", isMoreBetter: false, format: formatCount },
  duration: { more: "slower", less: "faster", isMoreBetter: false, format: formatDuration },
  wait: { more: "longer", less: "shorter", isMoreBetter: false, format: formatDuration },
  waste: { more: "more", less: "less", isMoreBetter: false, format: formatDuration },
};

/** Differences below this part of the earlier figure are not shown as a change. */
const leastShare = 0.005;

/** How a figure differs from an earlier one: as a sign, the difference and a word, so that it can be read without colours. */
export function describeChange(
  direction: Direction,
  now: number | null | undefined,
  before: number | null | undefined,
): Html {
  if (now === null || now === undefined) return html`<span class="badge quiet">no runs</span>`;
  if (before === null || before === undefined) return html`<span class="badge quiet">nothing before</span>`;
  const { more, less, isMoreBetter, format } = words[direction];
  const difference = now - before;
  const isSmall = Math.abs(difference) < (direction === "success" ? 0.0005 : Math.abs(before) * leastShare);
  if (difference === 0 || isSmall)
    return html`<span class="badge quiet"><span aria-hidden="true">=</span> as before</span>`;
  const isMore = difference > 0;
  const tone = isMoreBetter === undefined ? "quiet" : isMore === isMoreBetter ? "good" : "bad";
  return html`<span class="badge ${tone}"><span aria-hidden="true">${isMore ? "▲" : "▼"}</span> ${format(Math.abs(difference))} ${isMore ? more : less}</span>`;
}

/** Percentage points of a difference of shares. */
function formatPoints(share: number): string {
  return (share * 100).toFixed(1);
}
