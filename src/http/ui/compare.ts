import type { SummaryGroup } from "../../core/store/index.ts";
import { dayMillis } from "../../core/time.ts";
import type { Shown } from "../answers.ts";
import { runFilter, time, timeForms } from "../api/parameters.ts";
import { createParameterParser } from "../api/parse-parameters.ts";
import { resolveSpan } from "../api/span.ts";
import { countFailures, countRuns, summarize, toSuccessRatio } from "../api/summary.ts";
import { describeChange, type Direction } from "./change.ts";
import { findMovers, moversSections, type ComparedSpans } from "./movers.ts";
import { formatCount, formatDuration, formatShare, formatTime } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import { layout, section, table, type Column } from "./layout.ts";
import { renderShown } from "./shown.ts";
import { spanNav, spanParameters, type Query } from "./span.ts";
import type { Page, View, ViewRequest } from "./view.ts";

const parseCompare = createParameterParser({
  ...runFilter,
  ...spanParameters,
  before_since: time(`Begin of the span that it is compared with: ${timeForms}; default: as long as the span`),
  before_until: time(`End of that span: ${timeForms}; default: since`),
});

/** Two spans of time side by side, and what differs most. */
export const compareView: View = { path: "compare", render: renderCompare };

async function renderCompare(page: Page, { query }: ViewRequest): Promise<Html> {
  const { since, until, before_since, before_until, ...filter } = parseCompare(query, page.now);
  const given = Object.fromEntries(query);
  const name = JSON.stringify(given);
  const now = resolveSpan({ since, until }, page.now, 7 * dayMillis);
  const before = resolveSpan(
    { since: before_since, until: before_until ?? now.since },
    page.now,
    now.until - now.since,
  );
  const spans: ComparedSpans = { now, before };
  const options = { ...filter, by: [], sort: "runs", children: false, limit: 1 } as const;
  const [totals, movers] = await Promise.all([
    page.ask(`compare ${name}`, async () => {
      const [after] = (await summarize(page.services, { ...options, ...now })).groups;
      const [earlier] = (await summarize(page.services, { ...options, ...before })).groups;
      return { after, earlier };
    }),
    findMovers(page, spans, filter, name),
  ]);
  return layout(page, { title: "Compare", current: "compare", head: spanNav(page, "compare", given, now) }, [
    totalsSection(page, spans, totals, given),
    moversSections(page, movers, given),
  ]);
}

interface Totals {
  readonly after: SummaryGroup | undefined;
  readonly earlier: SummaryGroup | undefined;
}

interface Figure {
  readonly name: string;
  readonly direction: Direction;
  readonly read: (group: SummaryGroup) => number | null | undefined;
  readonly format: (value: number) => Content;
}

const figures: readonly Figure[] = [
  { name: "Success", direction: "success", read: ({ results }) => toSuccessRatio(results), format: formatShare },
  { name: "Runs", direction: "count", read: ({ results }) => countRuns(results), format: formatCount },
  { name: "Failed", direction: "failures", read: ({ results }) => countFailures(results), format: formatCount },
  { name: "Restarts", direction: "failures", read: ({ restarts }) => restarts, format: formatCount },
  { name: "Duration p50", direction: "duration", read: ({ duration }) => duration?.p50, format: formatDuration },
  { name: "Duration p95", direction: "duration", read: ({ duration }) => duration?.p95, format: formatDuration },
  { name: "Queue p50", direction: "wait", read: ({ queue }) => queue?.p50, format: formatDuration },
  { name: "Queue p90", direction: "wait", read: ({ queue }) => queue?.p90, format: formatDuration },
];

const columns: readonly Column[] = [["Figure"], ["Before", "number"], ["Span", "number"], ["Change"]];

function totalsSection(page: Page, { now, before }: ComparedSpans, totals: Shown<Totals>, given: Query): Html {
  const span = (one: ComparedSpans["now"]) => html`${formatTime(one.since)} to ${formatTime(one.until)}`;
  return section(
    "totals",
    "Two spans side by side",
    [
      spansForm(page, given),
      renderShown(totals, page.now, ({ after, earlier }) => {
        const rows = figures.map(({ name, direction, read, format }) => {
          const [value, past] = [after && read(after), earlier && read(earlier)];
          const show = (one: number | null | undefined) =>
            one === null || one === undefined ? html`<span class="none">–</span>` : format(one);
          return [name, show(past), show(value), describeChange(direction, value, past)];
        });
        return table("Figures of both spans", columns, rows);
      }),
    ],
    html`Before: ${span(before)}. Span: ${span(now)} UTC.`,
  );
}

function spansForm({ links }: Page, given: Query): Html {
  const fields = [
    ["before_since", "Before: from", "21d or 2026-11-01"],
    ["before_until", "until", "14d or 2026-11-08"],
    ["since", "Span: from", "7d or 2026-11-15"],
    ["until", "until", "now"],
    ["project", "Project", ""],
    ["pipeline", "Pipeline", ""],
  ] as const;
  const shown = new Set<string>(fields.map(([name]) => name));
  const kept = Object.entries(given).map(
    ([name, value]) => !shown.has(name) && html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return html`<form method="get" action="${links.toView("compare")}" aria-label="Spans to compare">
${fields.map(([name, label, hint]) => html`<label>${label} <input name="${name}" value="${given[name]}" placeholder="${hint}" autocomplete="off" maxlength="1024"></label>\n`)}${kept}<button>Compare</button></form>`;
}
