import type { ServerStatus, SourceStatus } from "../../api/status.ts";
import { dayMillis } from "../../../core/time.ts";
import { formatAgo, formatCount, untrusted } from "../format.ts";
import { html, type Content, type Html } from "../html.ts";
import type { Page } from "../view.ts";

/** Without a delivery for so long, a source that delivered before may be broken. */
const silentMillis = dayMillis;

/** One line about all sources; a line more for each one with which something is wrong. */
export function sourcesLine(page: Page, { sources, cuts, queueLength }: ServerStatus): Html {
  const delivering = sources.filter(({ lastDeliveryAt }) => lastDeliveryAt !== null);
  const last = Math.max(0, ...delivering.map(({ lastDeliveryAt }) => lastDeliveryAt ?? 0));
  const problems = [
    ...sources.flatMap((source) => listProblems(source, page.now).map((text) => [untrusted(source.name), ": ", text])),
    ...listCuts(cuts),
  ];
  const state =
    problems.length === 0
      ? html`<span class="badge good"><span aria-hidden="true">✓</span> delivering</span>`
      : html`<span class="badge bad"><span aria-hidden="true">!</span> ${problems.length === 1 ? "1 problem" : `${problems.length} problems`}</span>`;
  const queued = queueLength > 0 && ` · ${formatCount(queueLength)} deliveries queued`;
  return html`<section class="line" aria-labelledby="state"><h2 id="state" class="hidden">State of the sources</h2><p>${state} <a href="${page.links.toView("sources")}">${delivering.length === 1 ? "1 source" : `${delivering.length} sources`}</a>, last delivery ${formatAgo(last, page.now)}${queued}</p>
${problems.length > 0 && html`<ul>${problems.map((problem) => html`<li>${problem}</li>`)}</ul>`}</section>
`;
}

function listProblems({ lastDeliveryAt, refused, deadLetters }: SourceStatus, now: number): readonly Content[] {
  const count = refused.reduce((sum, one) => sum + one.count, 0);
  const [latest] = refused.toSorted((a, b) => b.lastAt - a.lastAt);
  const isSilent = lastDeliveryAt !== null && now - lastDeliveryAt > silentMillis;
  return [
    ...(isSilent ? [html`silent, last delivery ${formatAgo(lastDeliveryAt, now)}`] : []),
    ...(latest === undefined
      ? []
      : [html`${formatCount(count)} refused, the last one ${formatAgo(latest.lastAt, now)}: ${latest.reason}`]),
    ...(deadLetters > 0 ? [html`${formatCount(deadLetters)} dead letter${deadLetters > 1 && "s"}`] : []),
  ];
}

/** Projects that are listed. */
const cutsMax = 5;

/** Projects that reached their share of the series, and how many increments were counted as `__other__`. */
function listCuts(cuts: ServerStatus["cuts"]): readonly Content[] {
  const projects = new Map<string, number>();
  for (const { project: name, increments } of cuts) projects.set(name, (projects.get(name) ?? 0) + increments);
  return [...projects]
    .slice(0, cutsMax)
    .map(
      ([name, increments]) =>
        html`<strong>${untrusted(name, 60)}</strong> reached its share of the series: ${formatCount(increments)} increments counted as <code>__other__</code>`,
    );
}
