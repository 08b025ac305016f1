import { storedMetrics } from "./stored-metrics.ts";
import { joinLabels, type Series, splitLabels } from "./series.ts";

/** What a folded label holds. */
export const foldedValue = "__other__";

/**
 * Labels that hold senders' free text; past the series budget exactly these are folded. Not `name`: a metric of that name
 * would vanish, so the older APIs refuse a new name for which there is no room.
 */
export const foldedLabels: ReadonlySet<string> = new Set(["project", "pipeline", "stage", "job_name", "status"]);
const foldedInsideProject: ReadonlySet<string> = new Set([...foldedLabels].filter((name) => name !== "project"));

/** `series` as it is after its metric ran out of room. */
export function foldSeries(series: Series): Series {
  return withFolded(series, foldedLabels);
}

/** `series` as it is after its project ran out of room: the totals of the project stay exact. */
export function foldSeriesInProject(series: Series): Series {
  return withFolded(series, foldedInsideProject);
}

function withFolded({ metric, labels }: Series, folding: ReadonlySet<string>): Series {
  const names: readonly string[] = storedMetrics[metric].labels;
  const values = splitLabels(labels).map((value, i) => (folding.has(names[i] ?? "") ? foldedValue : value));
  return { metric, labels: joinLabels(...values) };
}
