import type { Context } from "koa";
import { results, type Result } from "../../core/model.ts";
import { cursorOf } from "../api/cursor.ts";
import { lookUpRuns, lookUpState, lookUpSummary, type ServerState } from "../api/looks.ts";
import { parametersReader } from "../api/parameters.ts";
import { runsParameters } from "../api/queries.ts";
import type { Services } from "../services.ts";
import { deliveriesSection } from "./deliveries.ts";
import { daysSection, slowestSection } from "./summary.ts";
import { html, type Content, type Html } from "./html.ts";
import { layout } from "./layout.ts";
import { failureResults, failuresSection, runsSection, type RunsFilter } from "./runs.ts";
import { firstSteps, sourcesSection } from "./sources.ts";
import { formatCount, formatDuration, untrusted } from "./format.ts";

interface PageParameters {
  readonly project?: string;
  readonly pipeline?: string;
  readonly result?: readonly Result[];
  readonly cursor?: string;
}

const { project, pipeline, result, cursor } = runsParameters;
const pageParameters = { project, pipeline, result, cursor };
const readPage = parametersReader<PageParameters>(pageParameters);

/** What others append to addresses says nothing. */
function relevant(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query].filter(([name, value]) => Object.hasOwn(pageParameters, name) && value !== ""));
}

/** `GET /`: everything at a glance, or with a filter the runs that fit it. Throws `invalid` for a filter that is wrong. */
export async function renderPage(ctx: Context, services: Services): Promise<Html> {
  const query = relevant(new URLSearchParams(ctx.querystring));
  const parameters = readPage(query, services.clock());
  return query.size === 0 ? overview(ctx, services) : listing(services, parameters);
}

async function listing(services: Services, parameters: PageParameters): Promise<Html> {
  const { result: wanted, cursor: _, ...words } = parameters;
  const filter: RunsFilter = { ...words, ...(wanted === undefined ? {} : { result: wanted.join(",") }) };
  const { items: runs, next } = await lookUpRuns(services, { ...parameters, limit: 50 });
  const view = { filter, runs, next: cursorOf("runs", next), now: services.clock() };
  return layout("Runs – Pipegauge", html`<p class="facts"><a href="./">← Overview</a></p>`, runsSection(view));
}

async function overview(ctx: Context, services: Services): Promise<Html> {
  const { store, config } = services;
  const now = services.clock();
  const look = { sort: "runs", limit: 1000 } as const;
  const [state, runs, failed, pipelines, days, deliveries, dead] = await Promise.all([
    lookUpState(services),
    lookUpRuns(services, { limit: 20 }),
    lookUpRuns(services, { limit: 8, result: results.filter((word) => failureResults.split(",").includes(word)) }),
    lookUpSummary(services, { ...look, by: ["project", "pipeline"], sort: "duration", limit: 8 }),
    lookUpSummary(services, { ...look, by: ["day"] }),
    store.read("deliveries", { limit: 12 }),
    store.read("deliveries", { limit: 5, outcome: "dead_letter" }),
  ]);
  const isFirst = state.sources.every(({ lastDeliveryAt }) => lastDeliveryAt === null);
  const base = getBaseUrl(ctx);
  const sources = sourcesSection({ sources: state.sources, base, trust: config, now });
  const head = facts(services, state);
  if (isFirst) return layout("Pipegauge", head, [firstSteps(base), sources]);
  return layout("Pipegauge", head, [
    sources,
    runsSection({ filter: {}, runs: runs.items, next: cursorOf("runs", runs.next), now }),
    html`<div class="pair">${failuresSection(failed.items, now)}${slowestSection(pipelines.groups)}</div>`,
    daysSection(days.groups),
    deliveriesSection(deliveries.items, dead.items, now),
  ]);
}

function facts({ store, ledger, config }: Services, { series, cuts }: ServerState): Html {
  const fullest = Math.max(0, ...series.map(({ used }) => used));
  const engine = store.engine === "sqlite" ? "SQLite" : "PostgreSQL";
  return html`<ul class="facts">
<li>up for <strong>${formatDuration(Math.round(process.uptime()))}</strong></li>
<li><strong>${engine}</strong></li>
<li><strong>${formatCount(ledger.size())}</strong> waiting to be stored</li>
<li>fullest metric: <strong>${formatCount(fullest)}</strong> of ${formatCount(config.seriesMax)} series</li>
${cutProjects(cuts)}</ul>`;
}

/** Projects that are named. */
const cutsMax = 5;

/** Who has had its share of the series, and how much was therefore counted without names. */
function cutProjects(cuts: ServerState["cuts"]): Content {
  const projects = new Map<string, number>();
  for (const { project: name, increments } of cuts) projects.set(name, (projects.get(name) ?? 0) + increments);
  return [...projects]
    .slice(0, cutsMax)
    .map(
      ([name, increments]) =>
        html`<li><strong>${untrusted(name, 60)}</strong> has its share of the series: ${formatCount(increments)} increments went to <code>__other__</code></li>\n`,
    );
}

/** Under which address the page was opened; a name that is not one is left out. */
function getBaseUrl(ctx: Context): string {
  const host = /^(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i.test(ctx.host) ? ctx.host : "";
  const scheme = ctx.get("x-forwarded-proto") === "https" ? "https" : "http";
  return host === "" ? "/" : `${scheme}://${host}/`;
}
