import type { Context } from "koa";
import { encodeCursor } from "../api/cursor.ts";
import type { Parsed } from "../api/parameters.ts";
import { createParameterParser } from "../api/parse-parameters.ts";
import { findRuns, runsParameters } from "../api/runs.ts";
import { readServerStatus, type ServerStatus } from "../api/status.ts";
import { summarize } from "../api/summary.ts";
import type { Services } from "../services.ts";
import { deliveriesSection } from "./deliveries.ts";
import { daysSection, slowestSection } from "./summary.ts";
import { html, type Content, type Html } from "./html.ts";
import { layout } from "./layout.ts";
import { failureResults, failuresSection, runsSection, type RunsFilter } from "./runs.ts";
import { firstSteps, sourcesSection } from "./sources.ts";
import { formatCount, formatDuration, untrusted } from "./format.ts";

const pageParameters = {
  project: runsParameters.project,
  pipeline: runsParameters.pipeline,
  result: runsParameters.result,
  cursor: runsParameters.cursor,
};
const parsePage = createParameterParser(pageParameters);

/** Ignores parameters of others, such as those that trackers append to links. */
function pickOwnParameters(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query].filter(([name, value]) => Object.hasOwn(pageParameters, name) && value !== ""));
}

/** `GET /`: an overview, or with a filter the matching runs. Throws `invalid` for a wrong filter. */
export async function renderPage(ctx: Context, services: Services): Promise<Html> {
  const query = pickOwnParameters(new URLSearchParams(ctx.querystring));
  const parameters = parsePage(query, services.clock());
  return query.size === 0 ? renderOverview(ctx, services) : renderRuns(services, parameters);
}

async function renderRuns(services: Services, parameters: Parsed<typeof pageParameters>): Promise<Html> {
  const { project, pipeline, result } = parameters;
  const filter: RunsFilter = { project, pipeline, result: result?.join() };
  const { items: runs, next } = await findRuns(services, { ...parameters, limit: 50 });
  const view = { filter, runs, next: encodeCursor("runs", next), now: services.clock() };
  return layout("Runs – Pipegauge", html`<p class="facts"><a href="./">← Overview</a></p>`, runsSection(view));
}

async function renderOverview(ctx: Context, services: Services): Promise<Html> {
  const { store, config } = services;
  const now = services.clock();
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
  const base = getBaseUrl(ctx);
  const sources = sourcesSection({ sources: status.sources, base, trust: config, now });
  const head = facts(status);
  if (isFirst) return layout("Pipegauge", head, [firstSteps(base), sources]);
  return layout("Pipegauge", head, [
    sources,
    runsSection({ filter: {}, runs: runs.items, next: encodeCursor("runs", runs.next), now }),
    html`<div class="pair">${failuresSection(failed.items, now)}${slowestSection(pipelines.groups)}</div>`,
    daysSection(days.groups),
    deliveriesSection(deliveries.items, dead.items, now),
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

/** The base URL that the page was opened with; `/` if the Host header is not a valid host. */
function getBaseUrl(ctx: Context): string {
  const host = /^(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i.test(ctx.host) ? ctx.host : "";
  const scheme = ctx.get("x-forwarded-proto") === "https" ? "https" : "http";
  return host === "" ? "/" : `${scheme}://${host}/`;
}
