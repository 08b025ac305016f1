import type { RollupRow } from "../core/snapshot.ts";
import { formatDecimal, escapeLabel, formatSeconds } from "./format.ts";

/** OpenMetrics: label names and values of one exemplar together, in code points. A longer one fails the scrape. */
const labelsMax = 128;

/** What follows a sample's value in OpenMetrics: ` # {run_id="…",run_url="…"} value timestamp`, or nothing. */
export function renderExemplar(exemplar: NonNullable<RollupRow["exemplar"]>, value: number): string {
  const labels = renderLabels(exemplar.run, exemplar.url);
  if (labels === undefined || !Number.isFinite(value) || !Number.isFinite(exemplar.at)) return "";
  return ` # {${labels}} ${formatDecimal(value)} ${formatSeconds(exemplar.at)}`;
}

/** The link goes first when there is no room; a run's id is never cut, because half an id finds no run. */
function renderLabels(run: string, url: string | null): string | undefined {
  const room = labelsMax - "run_id".length - countCodePoints(run);
  if (room < 0) return undefined;
  const id = `run_id="${escapeLabel(run)}"`;
  // Dashboards make a link of it: a sender's `javascript:` must not become one.
  if (url === null || !/^https?:\/\//i.test(url)) return id;
  return "run_url".length + countCodePoints(url) > room ? id : `${id},run_url="${escapeLabel(url)}"`;
}

/** Unescaped and after sanitising, which leaves the number of code points as it is. */
function countCodePoints(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
}
