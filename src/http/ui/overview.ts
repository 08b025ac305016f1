import { findRuns } from "../api/runs.ts";
import { readServerStatus, type ServerStatus } from "../api/status.ts";
import { summarize } from "../api/summary.ts";
import { deliveriesSection } from "./deliveries.ts";
import { formatCount, formatDuration, untrusted } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import { layout } from "./layout.ts";
import { failureResults, failuresSection, latestRunsSection } from "./run-table.ts";
import { firstSteps, sourcesSection } from "./sources.ts";
import { daysSection, slowestSection } from "./summary.ts";
import type { Page, View } from "./view.ts";

/** Has no parameters, and ignores those that trackers append to links. */
export const overview: View = { path: "", render: renderOverview };

async function renderOverview(page: Page): Promise<Html> {
  const { services, now, base } = page;
  const { store, config } = services;
  const options = { sort: "runs", children: false, limit: 1000 } as const;
  const [status, runs, failed, pipelines, days, deliveries, dead] = await Promise.all([
    readServerStatus(services),
    findRuns(services, { limit: 20 }),
    findRuns(services, { limit: 8, result: failureResults }),
    summarize(services, { ...options, by: ["project", "pipeline"], sort: "duration", limit: 8 }),
    summarize(services, { ...options, by: ["day"] }),
    store.read("deliveries", { limit: 12 }),
    store.read("deliveries", { limit: 5, outcome: "dead_letter" }),
  ]);
  const isFirst = status.sources.every(({ lastDeliveryAt }) => lastDeliveryAt === null);
  const sources = sourcesSection({ sources: status.sources, base, trust: config, now });
  const frame = { title: "Today", current: "", head: facts(status) } as const;
  if (isFirst) return layout(page, frame, [firstSteps(base), sources]);
  return layout(page, frame, [
    sources,
    latestRunsSection(page, runs.items),
    html`<div class="pair">${failuresSection(page, failed.items)}${slowestSection(page, pipelines.groups)}</div>`,
    daysSection(days.groups),
    deliveriesSection(page, deliveries.items, dead.items),
  ]);
}

function facts({ uptimeSeconds, database, queueLength, seriesMax, series, cuts }: ServerStatus): Html {
  const fullest = Math.max(0, ...series.map(({ used }) => used));
  const engine = database === "sqlite" ? "SQLite" : "PostgreSQL";
  return html`<ul class="facts">
<li>up for <strong>${formatDuration(uptimeSeconds)}</strong></li>
<li><strong>${engine}</strong></li>
<li><strong>${formatCount(queueLength)}</strong> deliveries queued</li>
<li>fullest metric: <strong>${formatCount(fullest)}</strong> of ${formatCount(seriesMax)} series</li>
${listCutProjects(cuts)}</ul>`;
}

/** Projects that are listed. */
const cutsMax = 5;

/** Projects that reached their share of the series, and how many increments were counted as `__other__`. */
function listCutProjects(cuts: ServerStatus["cuts"]): Content {
  const projects = new Map<string, number>();
  for (const { project: name, increments } of cuts) projects.set(name, (projects.get(name) ?? 0) + increments);
  return [...projects]
    .slice(0, cutsMax)
    .map(
      ([name, increments]) =>
        html`<li><strong>${untrusted(name, 60)}</strong> reached its share of the series: ${formatCount(increments)} increments counted as <code>__other__</code></li>\n`,
    );
}
