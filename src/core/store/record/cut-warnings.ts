import { storedMetrics } from "../../stored-metrics.ts";
import { findOwner, type SeriesBudget } from "../../series-budget.ts";
import type { DatabaseLog } from "../db/connect.ts";
import type { Cut } from "./cuts.ts";
import { splitLabels } from "../../series.ts";

/** Projects and metrics that are told of in the life of a process. */
const toldMax = 1000;

const cure =
  "Find the name that changes with every run (a job or pipeline name with a number or a branch in it), retire projects " +
  "that are gone with `pipegauge retire`, or raise PIPEGAUGE_MAX_SERIES or PIPEGAUGE_MAX_SAMPLES";

/** Tells of each project that is cut, and of each metric that is full, once. To be called after the commit. */
export function warnOfCuts(budget: SeriesBudget, log: DatabaseLog): (cuts: readonly Cut[]) => void {
  const told = new Set<string>();
  return (cuts) => {
    for (const cut of cuts) {
      if (told.size >= toldMax) return;
      const { key, message } = inWords(cut, budget);
      if (told.has(key)) continue;
      told.add(key);
      log.warn(message);
    }
  };
}

function inWords({ series, why }: Cut, { seriesSharePercent }: SeriesBudget): { key: string; message: string } {
  const { name } = storedMetrics[series.metric];
  const owner = why === "share" ? findOwner(series) : undefined;
  if (owner === undefined) {
    const message = `${name} is full: further names are counted as __other__. ${cure}`;
    return { key: series.metric, message };
  }
  const [provider = "", project = ""] = splitLabels(owner);
  const message =
    `project ${project} of ${provider} holds ${seriesSharePercent} % or more of the series that there is room for, as in ${name}: ` +
    `its further pipelines and jobs are counted as __other__ within the project. ${cure}`;
  return { key: owner, message };
}
