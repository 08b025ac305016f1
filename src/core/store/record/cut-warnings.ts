import { storedMetrics } from "../../stored-metrics.ts";
import { findOwner, type SeriesBudget } from "../../series-budget.ts";
import type { DatabaseLog } from "../db/connect.ts";
import type { Cut } from "./cuts.ts";
import { splitLabels } from "../../series.ts";

/** The most projects and metrics that one process warns of. */
const warnedMax = 1000;

const advice =
  "Find the name that changes with every run (a job or pipeline name with a number or a branch in it), retire projects " +
  "that are gone with `pipegauge retire`, or raise PIPEGAUGE_MAX_SERIES or PIPEGAUGE_MAX_SAMPLES";

/** Creates a function that warns once of each project that is cut, and of each metric that is full. Call it after the commit. */
export function createCutWarner(budget: SeriesBudget, log: DatabaseLog): (cuts: readonly Cut[]) => void {
  const warned = new Set<string>();
  return (cuts) => {
    for (const cut of cuts) {
      if (warned.size >= warnedMax) return;
      const { key, message } = describeCut(cut, budget);
      if (warned.has(key)) continue;
      warned.add(key);
      log.warn(message);
    }
  };
}

function describeCut({ series, why }: Cut, { seriesSharePercent }: SeriesBudget): { key: string; message: string } {
  const { name } = storedMetrics[series.metric];
  const owner = why === "share" ? findOwner(series) : undefined;
  if (owner === undefined) {
    const message = `${name} is full: further names are counted as __other__. ${advice}`;
    return { key: series.metric, message };
  }
  const [provider = "", project = ""] = splitLabels(owner);
  const message =
    `project ${project} of ${provider} holds ${seriesSharePercent} % or more of the series that there is room for, as in ${name}: ` +
    `its further pipelines and jobs are counted as __other__ within the project. ${advice}`;
  return { key: owner, message };
}
