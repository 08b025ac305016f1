import type { StoredRun } from "../../../core/store/index.ts";
import type { Shown } from "../../answers.ts";
import { findRuns } from "../../api/runs.ts";
import { readServerStatus, type ServerStatus } from "../../api/status.ts";
import { html, type Html } from "../html.ts";
import { layout } from "../layout.ts";
import { failureResults, failuresSection } from "../run-table.ts";
import { firstSteps, sourcesSection, type Progress } from "../sources.ts";
import { spanNav } from "../span.ts";
import type { Page, View, ViewRequest } from "../view.ts";
import { brokenSection, findBroken } from "./broken.ts";
import { branchWords, readChoice, type Choice } from "./choice.ts";
import { findFlaky, flakySection } from "./flaky.ts";
import { findPipelines, pipelinesSection } from "./pipelines.ts";
import { sourcesLine } from "./sources-line.ts";
import { findTotals, tilesSection } from "./tiles.ts";
import { findTrend, trendSection } from "./trend.ts";
import { findWorse, worseSection } from "./worse.ts";

/** What people look at every morning: whether something is broken, became worse or costs much, and whether every source delivers. */
export const todayView: View = { path: "", render: renderToday };

const failuresMax = 6;

async function renderToday(page: Page, request: ViewRequest): Promise<Html> {
  const { services, now, base } = page;
  const [status, choice] = await Promise.all([readServerStatus(services), readChoice(page, request)]);
  const frame = { title: "Today", current: "" } as const;
  const progress = await readProgress(page, status);
  if (!progress.hasRun) {
    const sources = sourcesSection({ sources: status.sources, base, trust: services.config, now });
    return layout(page, frame, [firstSteps(base, progress), sources]);
  }
  const [totals, trend, broken, worse, flaky, pipelines, failed] = await Promise.all([
    findTotals(page, choice),
    findTrend(page, choice),
    findBroken(page, choice),
    findWorse(page, choice),
    findFlaky(page, choice),
    findPipelines(page, choice),
    findFailures(page, choice),
  ]);
  const head = [spanNav(page, "", choice.given, choice.span), branchNav(page, choice)];
  return layout(page, { ...frame, head }, [
    sourcesLine(page, status),
    tilesSection(page, choice, totals),
    trendSection(page, choice, trend),
    html`<div class="pair">${brokenSection(page, broken)}${worseSection(page, worse)}</div>`,
    pipelinesSection(page, choice, pipelines),
    html`<div class="pair">${flakySection(page, choice, flaky)}${failuresSection(page, failed)}</div>`,
  ]);
}

function findFailures({ ask, services }: Page, { filter }: Choice): Promise<Shown<readonly StoredRun[]>> {
  return ask(`failed runs ${JSON.stringify(filter)}`, async () => {
    const { items } = await findRuns(services, { ...filter, result: failureResults, limit: failuresMax });
    return items;
  });
}

async function readProgress({ services }: Page, { sources }: ServerStatus): Promise<Progress> {
  const { items } = await findRuns(services, { limit: 1 });
  return {
    hasSecret: sources.some(({ hasSecret }) => hasSecret),
    hasDelivery: sources.some(({ lastDeliveryAt }) => lastDeliveryAt !== null),
    hasRun: items.length > 0,
  };
}

const branchNames: Readonly<Record<(typeof branchWords)[number], string>> = {
  default: "default branches",
  all: "all branches",
};

function branchNav({ links }: Page, { branches, given }: Choice): Html {
  const current = branches ?? "all";
  const options = branchWords.map(
    (word) =>
      html`<a href="${links.toView("", { ...given, branches: word })}"${word === current && html` aria-current="true"`}>${branchNames[word]}</a> `,
  );
  const filters = Object.entries(given).flatMap(([name, value]) =>
    name === "source" || name === "provider" ? [`${name} ${value}`] : [],
  );
  const { source: _source, provider: _provider, ...rest } = given;
  return html`<nav class="spans" aria-label="Branches">${options}${branches === undefined && html`<span class="soft">no default branch is known</span>`}${filters.length > 0 && html`<span>only ${filters.join(", ")}</span> <a href="${links.toView("", rest)}">show all</a>`}</nav>`;
}
