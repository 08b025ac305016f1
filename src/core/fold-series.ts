import { storedMetrics } from "./stored-metrics.ts";
import { joinLabels, type Series, splitLabels } from "./series.ts";

/** What a folded label holds. */
export const foldedValue = "__other__";

/**
 * Labels that hold senders' free text; past the series budget exactly these are folded. Not `name`: the metric of that name
 * would disappear from `/metrics`, so the older APIs refuse a new name when the budget is used up.
 */
export const foldedLabels: ReadonlySet<string> = new Set(["project", "pipeline", "stage", "job_name", "status"]);
const foldedInsideProject: ReadonlySet<string> = new Set([...foldedLabels].filter((name) => name !== "project"));

/** The series that counts for `series` once the budget of its metric is used up. */
export function foldSeries(series: Series): Series {
  return withFolded(series, foldedLabels);
}

/** The series that counts for `series` once its project has used its share: the totals of the project stay exact. */
export function foldSeriesInProject(series: Series): Series {
  return withFolded(series, foldedInsideProject);
}

function withFolded({ metric, labels }: Series, folding: ReadonlySet<string>): Series {
  const names: readonly string[] = storedMetrics[metric].labels;
  const values = splitLabels(labels).map((value, i) => (folding.has(names[i] ?? "") ? foldedValue : value));
  return { metric, labels: joinLabels(...values) };
}
