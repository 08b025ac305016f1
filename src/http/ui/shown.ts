import { html, type Content, type Html } from "./html.ts";
import { formatAgo } from "./format.ts";
import type { Missing, Ready, Shown } from "../answers.ts";
import type { Millis } from "../../core/time.ts";

/** A younger answer is shown without its time. */
const youngMillis: Millis = 60_000;

/** Renders an answer; where it is missing, why. An answer that is kept for some time has its time with it. */
export function renderShown<T>(shown: Shown<T>, now: Millis, render: (value: T) => Content): Content {
  if (!shown.isReady) return describeMissing(shown);
  return [
    render(shown.value),
    isAged(shown, now) && html`<p class="more soft">As of ${formatAgo(shown.asOf, now)}.</p>`,
  ];
}

/** Whether the time of an answer says something. */
export function isAged({ isKept, asOf }: Ready, now: Millis): boolean {
  return isKept && now - asOf >= youngMillis;
}

export function describeMissing({ reason, isPending }: Missing): Html {
  return html`<p class="soft">${reason}${isPending ? ": load the page again in a few seconds." : "."}</p>`;
}
