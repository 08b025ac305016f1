import type { RunnerUse } from "../../answers/runner-use.ts";
import type { WhatIf } from "../../answers/what-if.ts";
import type { AnswerQuery } from "../../core/store/index.ts";
import { dayMillis } from "../../core/time.ts";
import type { Shown } from "../answers.ts";
import { insightFilter, pickFilter } from "../api/insight.ts";
import { text, whole } from "../api/parameters.ts";
import { createParameterParser } from "../api/parse-parameters.ts";
import { target } from "../api/runners.ts";
import { resolveSpan } from "../api/span.ts";
import { findHours, hoursSection } from "./runner-hours.ts";
import { formatCount, formatDuration, formatShare, untrusted } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import { layout, section, table, type Column } from "./layout.ts";
import { renderShown } from "./shown.ts";
import { spanNav, spanParameters, type Query } from "./span.ts";
import type { Page, View, ViewRequest } from "./view.ts";
import { whatIfSection } from "./what-if.ts";

const parseRunners = createParameterParser({
  ...insightFilter,
  ...spanParameters,
  runner_class: text("Runner class, as the insight runners names it"),
  target,
  percentile: whole(
    { minimum: 1, maximum: 100, fallback: 95 },
    "Percentile of the waits that shall be at most the target",
  ),
});

/** How long jobs wait for runners, when, and how many runners would be enough. */
export const runnersView: View = { path: "runners", render: renderRunners };

async function renderRunners(page: Page, { query }: ViewRequest): Promise<Html> {
  const { ask, services } = page;
  const parsed = parseRunners(query, page.now);
  const given = Object.fromEntries(query);
  const name = JSON.stringify(given);
  const span = resolveSpan(parsed, page.now, 7 * dayMillis);
  const asked: AnswerQuery = { ...span, filter: pickFilter(parsed) };
  const question = { targetSeconds: parsed.target, percentile: parsed.percentile };
  const [use, hours] = await Promise.all([
    ask(`runners ${name}`, async () => {
      const { items } = await services.store.read("runners", { ...asked, targetSeconds: parsed.target });
      return items.toSorted((a, b) => b.queueP90 - a.queueP90).slice(0, listedMax);
    }),
    findHours(page, asked, parsed.runner_class, name),
  ]);
  const runnerClass = parsed.runner_class ?? findBusiest(use);
  const whatIf = await askWhatIf(page, use, { ...asked, ...question, runnerClass: runnerClass ?? null }, name);
  return layout(page, { title: "Runners", current: "runners", head: spanNav(page, "runners", given, span) }, [
    classesSection(page, use, given, parsed.target),
    html`<div class="pair">${hoursSection(page, hours, parsed.runner_class)}${whatIfSection(page, whatIf, { ...question, runnerClass, given, classes: use.isReady ? use.value : [] })}</div>`,
  ]);
}

type Use = Shown<readonly RunnerUse[]>;

/** Classes that are listed: those first that wait longest. */
const listedMax = 40;

/** The class of most jobs; undefined: they have none. */
function findBusiest(use: Use): string | undefined {
  if (!use.isReady) return undefined;
  return use.value.toSorted((a, b) => b.jobs - a.jobs)[0]?.runnerClass ?? undefined;
}

async function askWhatIf(
  { ask, services }: Page,
  use: Use,
  query: AnswerQuery & {
    readonly targetSeconds: number;
    readonly percentile: number;
    readonly runnerClass: string | null;
  },
  name: string,
): Promise<Shown<WhatIf>> {
  // Which class is asked about may follow from the first answer.
  if (!use.isReady) return use;
  return ask(`what if ${query.runnerClass ?? ""} ${name}`, async () =>
    services.store.read("whatIf", { ...query, prices: services.config.prices }),
  );
}

function classesSection(page: Page, use: Use, given: Query, targetSeconds: number): Html {
  const columns: readonly Column[] = [
    ["Runner class"],
    ["Jobs", "number"],
    ["Wait p50, p90", "number"],
    [`Within ${targetSeconds} s`, "number"],
    ["Busy", "number"],
    ["Most at work", "number wide"],
    ["Most waiting", "number wide"],
  ];
  return section(
    "classes",
    "Runner classes",
    renderShown(use, page.now, (classes) =>
      classes.length === 0
        ? html`<p>No job started in this span.</p>`
        : table(
            "Runner classes",
            columns,
            classes.map((one) => toRow(page, one, given)),
          ),
    ),
    "Those first whose jobs wait longest. Busy is the share of the most jobs that ever worked at a time.",
  );
}

function toRow({ links }: Page, use: RunnerUse, given: Query): readonly Content[] {
  const { runnerClass, jobs, queueP50, queueP90, withinTargetShare, utilisation, peakRunning, peakWaiting } = use;
  const { since, until, project, pipeline, provider, source } = given;
  const behind = links.toView("jobs", {
    runner_class: runnerClass ?? undefined,
    since,
    until,
    project,
    pipeline,
    provider,
    source,
    sort: "queue",
  });
  const own = links.toView("runners", { ...given, runner_class: runnerClass ?? undefined });
  return [
    runnerClass === null
      ? html`<span class="none">without labels</span>`
      : html`<a href="${own}">${untrusted(runnerClass, 60)}</a>`,
    html`<a href="${behind}">${formatCount(jobs)}</a>`,
    [formatDuration(queueP50), html`<span class="sub">p90 ${formatDuration(queueP90)}</span>`],
    formatShare(withinTargetShare),
    [formatShare(utilisation), shareBar(utilisation)],
    formatCount(peakRunning),
    formatCount(peakWaiting),
  ];
}

/** A share as a bar; the figure stands beside it. */
function shareBar(share: number): Html {
  const fill = share > 0.9 ? "bad" : share > 0.7 ? "busy" : "good";
  return html`<svg class="share" width="100%" height="4" aria-hidden="true"><rect class="fill-back" width="100%" height="4"></rect><rect class="fill-${fill}" width="${(share * 100).toFixed(1)}%" height="4"></rect></svg>`;
}
