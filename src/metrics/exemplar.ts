import type { RollupRow } from "../core/snapshot.ts";
import { decimal, escapedLabel, seconds } from "./format.ts";

/** OpenMetrics: label names and values of one exemplar together, in code points. A longer one fails the scrape. */
const labelsMax = 128;

/** What follows a sample's value in OpenMetrics: ` # {run_id="…",run_url="…"} value timestamp`, or nothing. */
export function exemplarText(exemplar: NonNullable<RollupRow["exemplar"]>, value: number): string {
  const labels = exemplarLabels(exemplar.run, exemplar.url);
  if (labels === undefined || !Number.isFinite(value) || !Number.isFinite(exemplar.at)) return "";
  return ` # {${labels}} ${decimal(value)} ${seconds(exemplar.at)}`;
}

/** The link goes first when there is no room; a run's id is never cut, because half an id finds no run. */
function exemplarLabels(run: string, url: string | null): string | undefined {
  const room = labelsMax - "run_id".length - codePoints(run);
  if (room < 0) return undefined;
  const id = `run_id="${escapedLabel(run)}"`;
  // Dashboards make a link of it: a sender's `javascript:` must not become one.
  if (url === null || !/^https?:\/\//i.test(url)) return id;
  return "run_url".length + codePoints(url) > room ? id : `${id},run_url="${escapedLabel(url)}"`;
}

/** Unescaped and after sanitising, which leaves the number of code points as it is. */
function codePoints(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
}
