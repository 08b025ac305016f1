import type { StoredRun } from "../../core/store/index.ts";
import type { ReceivedOutcome } from "../../metrics/definitions.ts";
import { createParameterParser } from "../api/parse-parameters.ts";
import { findRuns } from "../api/runs.ts";
import { readServerStatus, type ServerStatus, type SourceStatus } from "../api/status.ts";
import { deliveriesSection } from "./deliveries.ts";
import { formatCount, formatDuration, untrusted } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import { layout, section, table } from "./layout.ts";
import { sourcesSection } from "./sources.ts";
import type { Page, View, ViewRequest } from "./view.ts";

const parseNothing = createParameterParser({});

/** Deliveries and dead letters that are listed. */
const [deliveriesMax, deadMax] = [12, 5];
/** The latest runs from which the lag of each source is computed. */
const lagRuns = 200;

/** Every source: whether its deliveries arrive, how late, what became of them, and which were refused and why. */
export const sourcesView: View = { path: "sources", render: renderSources };

async function renderSources(page: Page, { query }: ViewRequest): Promise<Html> {
  parseNothing(query, page.now);
  const { services, base, now } = page;
  const { store, config } = services;
  const [status, runs, deliveries, dead] = await Promise.all([
    readServerStatus(services),
    findRuns(services, { limit: lagRuns }),
    store.read("deliveries", { limit: deliveriesMax }),
    store.read("deliveries", { limit: deadMax, outcome: "dead_letter" }),
  ]);
  return layout(page, { title: "Sources", current: "sources", head: facts(status) }, [
    sourcesSection({ sources: status.sources, base, trust: config, now }),
    await receivedSection(page, status.sources, runs.items),
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

/** What this process received from each source, and how late. */
async function receivedSection(
  { services, links }: Page,
  sources: readonly SourceStatus[],
  runs: readonly StoredRun[],
): Promise<Html> {
  const rows = await Promise.all(
    sources.map(async ({ name }): Promise<readonly Content[]> => {
      const counts = await services.metrics.readDeliveryCounts(name);
      return [
        html`<a href="${links.toView("deliveries", { source: name })}">${untrusted(name)}</a>`,
        describeCounts(counts),
        describeLag(computeLag(runs, name)),
      ];
    }),
  );
  const note = html`Since this process started. Lag: the median time from the end of a run to the last delivery about it, among the latest ${lagRuns}
runs of all sources.`;
  return section("received", "Received", table("Received", [["Source"], ["Outcomes"], ["Lag", "number"]], rows), note);
}

/** The median time from the end of a run to its last delivery; `undefined`: none of the latest runs is of this source. */
function computeLag(runs: readonly StoredRun[], source: string): number | undefined {
  const lags = runs.flatMap((run) =>
    run.source === source && run.finishedAt !== null && run.updatedAt !== null ? [run.updatedAt - run.finishedAt] : [],
  );
  const median = lags.toSorted((a, b) => a - b)[Math.floor(lags.length / 2)];
  return median === undefined ? undefined : median / 1000;
}

/** A negative lag comes from clocks that differ. */
function describeLag(seconds: number | undefined): Content {
  if (seconds === undefined || seconds >= 0) return formatDuration(seconds);
  return ["none; the sender's clock is ", formatDuration(-seconds), " ahead"];
}

const outcomeNames: Readonly<Record<ReceivedOutcome, string>> = {
  accepted: "accepted",
  duplicate: "duplicate",
  ignored: "ignored",
  dead_letter: "dead letter",
  unauthorized: "unauthorized",
  too_large: "too large",
  unsupported: "unsupported form",
  unavailable: "not stored",
};

function describeCounts(counts: Readonly<Record<ReceivedOutcome, number>>): Content {
  const given = Object.entries(outcomeNames).filter(([outcome]) => counts[outcome as ReceivedOutcome] > 0);
  const words = given.map(([outcome, name]) => `${name} ${formatCount(counts[outcome as ReceivedOutcome])}`);
  return words.length === 0 ? html`<span class="soft">nothing</span>` : words.join(", ");
}
