import { createParameterParser } from "../api/parse-parameters.ts";
import { readServerStatus, type ServerStatus } from "../api/status.ts";
import { deliveriesSection } from "./deliveries.ts";
import { formatCount, formatDuration } from "./format.ts";
import { html, type Html } from "./html.ts";
import { layout } from "./layout.ts";
import { sourcesSection } from "./sources.ts";
import type { Page, View, ViewRequest } from "./view.ts";

/** Every source with what it delivered and what was refused, and the latest deliveries. */
export const sourcesView: View = { path: "sources", render: renderSources };

const parseSources = createParameterParser({});

async function renderSources(page: Page, { query }: ViewRequest): Promise<Html> {
  parseSources(query, page.now);
  const { services, base, now } = page;
  const { store, config } = services;
  const [status, deliveries, dead] = await Promise.all([
    readServerStatus(services),
    store.read("deliveries", { limit: 12 }),
    store.read("deliveries", { limit: 5, outcome: "dead_letter" }),
  ]);
  return layout(page, { title: "Sources", current: "sources", head: facts(status) }, [
    sourcesSection({ sources: status.sources, base, trust: config, now }),
    deliveriesSection(page, deliveries.items, dead.items),
  ]);
}

function facts({ uptimeSeconds, database, queueLength, seriesMax, series }: ServerStatus): Html {
  const fullest = Math.max(0, ...series.map(({ used }) => used));
  const engine = database === "sqlite" ? "SQLite" : "PostgreSQL";
  return html`<ul class="facts">
<li>up for <strong>${formatDuration(uptimeSeconds)}</strong></li>
<li><strong>${engine}</strong></li>
<li><strong>${formatCount(queueLength)}</strong> deliveries queued</li>
<li>fullest metric: <strong>${formatCount(fullest)}</strong> of ${formatCount(seriesMax)} series</li></ul>`;
}
