import { toHttpUrl } from "../../adapters/url.ts";
import { html, type Content, type Html } from "./html.ts";
import type { Millis } from "../../core/time.ts";
import type { RunResult, ShownState } from "../../core/states.ts";

/** Splits text into grapheme clusters, which people perceive as characters. */
const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Longer names are cut; the title attribute has the whole name. Characters. */
const shownMax = 80;

/**
 * Text from a sender: isolated with `bdi`, so that right-to-left marks cannot affect the text after it, and cut to a length
 * that fits into a table.
 */
export function untrusted(text: string | null | undefined, max = shownMax): Html {
  if (text === null || text === undefined || text === "") return html`<span class="none">–</span>`;
  if (text.length <= max) return html`<bdi>${text}</bdi>`;
  return html`<bdi title="${text}">${cutText(text, max)}</bdi>`;
}

/** At most `max` characters as people perceive them. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  const characters = Array.from(segmenter.segment(text), ({ segment }) => segment);
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join("")}…`;
}

/** A link to the provider; the bare content if the URL is not safe to open. */
export function externalLink(url: string | null, content: Content): Content {
  const safe = toHttpUrl(url);
  if (safe === undefined || !URL.canParse(safe)) return content;
  return html`<a href="${safe}" rel="noopener noreferrer nofollow">${content}</a>`;
}

const units = [
  [86_400, "d", 3600, "h"],
  [3600, "h", 60, "min"],
  [60, "min", 1, "s"],
] as const;

/** `4.2 s`, `3 min 5 s`, `2 h 10 min`, `1 d 3 h`. */
export function formatDuration(seconds: number | null | undefined): Content {
  if (seconds === null || seconds === undefined) return html`<span class="none">–</span>`;
  if (seconds < 9.95) return `${Math.round(seconds * 10) / 10} s`;
  const whole = Math.round(seconds);
  for (const [size, unit, restSize, restUnit] of units) {
    if (whole < size) continue;
    const rest = Math.floor((whole % size) / restSize);
    return `${Math.floor(whole / size)} ${unit}${rest === 0 ? "" : ` ${rest} ${restUnit}`}`;
  }
  return `${whole} s`;
}

/** How long ago, with the exact time for machines and as a title. */
export function formatAgo(at: Millis | null, now: Millis): Html {
  if (at === null) return html`<span class="none">never</span>`;
  const moment = new Date(at).toISOString();
  return html`<time datetime="${moment}" title="${moment.slice(0, 19).replace("T", " ")} UTC">${describeAge(now - at)}</time>`;
}

/** `2026-11-20 12:00:00`, UTC. */
export function formatTime(at: Millis): Html {
  const moment = new Date(at).toISOString();
  return html`<time datetime="${moment}">${moment.slice(0, 19).replace("T", " ")}</time>`;
}

function describeAge(millis: Millis): string {
  const minutes = Math.floor(millis / 60_000);
  if (minutes < 0) return "just now";
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return `${Math.floor(minutes / 1440)} d ago`;
}

/** `12,345`. */
export function formatCount(number: number): string {
  return number.toLocaleString("en");
}

/** `82.5 %`. */
export function formatShare(ratio: number | null): Content {
  return ratio === null ? html`<span class="none">–</span>` : `${(Math.floor(ratio * 1000) / 10).toFixed(1)} %`;
}

/** A sum in the currency of the configured prices, which has no name. */
export function formatCost(cost: number): string {
  return `cost ${cost.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

export function formatPercent(ratio: number | null): Content {
  return ratio === null ? html`<span class="none">–</span>` : `${Math.floor(ratio * 100)} %`;
}

const signs: Readonly<Record<RunResult | ShownState, readonly [sign: string, tone: string]>> = {
  success: ["✓", "good"],
  failure: ["✗", "bad"],
  error: ["!", "bad"],
  timeout: ["◷", "bad"],
  cancellation: ["–", "quiet"],
  skip: ["»", "quiet"],
  executing: ["▸", "busy"],
  pending: ["…", "busy"],
  blocked: ["‖", "quiet"],
  stale: ["?", "quiet"],
  finished: ["■", "quiet"],
};

/** The result or state as a sign and a word, so that it can be read without colours. */
export function resultBadge(state: ShownState | null, result: RunResult | null): Html {
  const word = result ?? state;
  if (word === null) return html`<span class="badge quiet">jobs only</span>`;
  const [sign, tone] = signs[word];
  return html`<span class="badge ${tone}"><span aria-hidden="true">${sign}</span> ${word}</span>`;
}
