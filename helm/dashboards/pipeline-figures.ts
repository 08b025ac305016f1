import { better, stat } from "./panels.ts";
import { branch, duration, everyBranch, queue, range, runs, scope } from "./pipeline-queries.ts";
import { failed, grown, now, quantile, succeeded, successRatio } from "./promql.ts";

function since(result: string): string {
  const last = `cicd_pipeline_last_completion_timestamp_seconds{${scope}, result="${result}"}`;
  return `time() - max(${last})`;
}

/** The pipeline in figures. */
export const figures = [
  stat({
    title: "Success ratio",
    description: "Share of runs that succeeded among those that succeeded or failed in the time range.",
    unit: "percentunit",
    queries: [now(successRatio(runs, branch, range))],
    thresholds: better(0.7, 0.9),
    width: 4,
  }),
  stat({
    title: "Runs",
    description: "Runs that reached a result in the time range, and those among them that failed.",
    unit: "short",
    queries: [now(grown(runs, branch, range), "all"), now(grown(runs, `${branch}, ${failed}`, range), "failed")],
    width: 4,
    decimals: 0,
  }),
  stat({
    title: "Duration",
    description: "Time that successful runs worked.",
    unit: "s",
    queries: [0.5, 0.9].map((q) => now(quantile(q, duration, `${branch}, ${succeeded}`, range), `p${q * 100}`)),
    width: 4,
  }),
  stat({
    title: "Queue time",
    description: `Time that runs waited for their start. ${everyBranch}`,
    unit: "s",
    queries: [0.5, 0.9].map((q) => now(quantile(q, queue, scope, range), `p${q * 100}`)),
    width: 4,
  }),
  stat({
    title: "Restarts",
    description: `Further attempts of runs that had a result, and failures that they turned green. ${everyBranch}`,
    unit: "short",
    queries: [
      now(grown("cicd_pipeline_run_restarts_total", scope, range), "restarts"),
      now(grown("cicd_pipeline_runs_recovered_total", scope, range), "recovered"),
    ],
    width: 4,
    decimals: 0,
  }),
  stat({
    title: "Since the latest",
    description: `Time since a run last succeeded and last failed, within the time range or before. ${everyBranch}`,
    unit: "s",
    queries: [now(since("success"), "success"), now(since("failure"), "failure")],
    width: 4,
    decimals: 0,
  }),
];
