import { time, timeForms, type Parameter } from "../api/parameters.ts";
import type { Millis } from "../../core/time.ts";
import { formatTime } from "./format.ts";
import { html, type Html } from "./html.ts";
import type { Page } from "./view.ts";

/** The spans that a view offers, as the parameter `since` writes them. */
const offered = ["24h", "7d", "30d", "90d"] as const;
const defaultSpan: (typeof offered)[number] = "7d";

interface SpanParameters {
  readonly since: Parameter<Millis | undefined>;
  readonly until: Parameter<Millis | undefined>;
}

/** The parameters of a view about a span of time. */
export const spanParameters: SpanParameters = {
  since: time(`Finished at or after this time: ${timeForms}; default: ${defaultSpan}`),
  until: time(`Finished before this time: ${timeForms}; default: now`),
};

export type Query = Readonly<Record<string, string>>;

/**
 * The span of a view as parameters of its links to runs. The list shows runs that were first seen in it, the figures count those that
 * finished in it: they differ at its edges.
 */
export function linkSpan({ since, until }: Query): { readonly since: string; readonly until: string | undefined } {
  return { since: since ?? defaultSpan, until };
}

/** Links to the same view with another span, and the span that is shown. */
export function spanNav(
  page: Page,
  path: string,
  query: Query,
  span: { readonly since: Millis; readonly until: Millis },
): Html {
  const { until: _until, cursor: _cursor, ...rest } = query;
  const current = query["until"] === undefined ? (query["since"] ?? defaultSpan) : undefined;
  const links = offered.map(
    (since) =>
      html`<a href="${page.links.toView(path, { ...rest, since })}"${since === current && html` aria-current="true"`}>${since}</a> `,
  );
  return html`<nav class="spans" aria-label="Span of time">${links}<span class="soft">${formatTime(span.since)} to ${formatTime(span.until)} UTC</span></nav>`;
}

/** The heading of a column that sorts the table; plain text for the one that it is sorted by. */
export function sortLink(page: Page, path: string, query: Query, sort: string, heading: string, current: string): Html {
  if (sort === current) return html`${heading} <span aria-hidden="true">↓</span>`;
  return html`<a href="${page.links.toView(path, { ...query, sort })}">${heading}</a>`;
}
