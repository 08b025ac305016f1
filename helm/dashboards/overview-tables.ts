import { toPipeline, toProject } from "./links.ts";
import { duration, pipeline, range, runs, scope } from "./overview-queries.ts";
import { better } from "./panels.ts";
import { failed, grown, judged, quantile, rows, succeeded, successRatio } from "./promql.ts";
import { table } from "./table.ts";

const mostFailing = `topk(20, ${grown(runs, `${scope}, ${failed}`, range, pipeline)} > 0)`;
const slowest = `topk(20, ${quantile(0.9, duration, `${scope}, ${succeeded}`, range, pipeline)} > 0)`;
/** The same pipelines in every column, so that a row is whole. */
const among = (expr: string, top: string) => rows(`(${expr}) and on (${pipeline}) ${top}`);
const labelLinks = { pipeline: toPipeline, project: toProject };

/** The pipelines to look at first. */
export const pipelineTables = [
  table({
    title: "Pipelines that fail most",
    description: "The twenty pipelines with the most failures in the time range. Click on a pipeline for its detail.",
    queries: [
      rows(mostFailing),
      among(grown(runs, `${scope}, ${judged}`, range, pipeline), mostFailing),
      among(successRatio(runs, scope, range, pipeline), mostFailing),
    ],
    columns: [
      { name: "Failures", unit: "short" },
      { name: "Runs", unit: "short" },
      { name: "Success ratio", unit: "percentunit", thresholds: better(0.7, 0.9) },
    ],
    labels: ["provider", "project", "pipeline"],
    labelLinks,
    decimals: 0,
    width: 12,
  }),
  table({
    title: "Slowest pipelines",
    description: "The twenty pipelines whose successful runs take longest. Click on a pipeline for its detail.",
    queries: [rows(slowest), among(quantile(0.5, duration, `${scope}, ${succeeded}`, range, pipeline), slowest)],
    columns: [
      { name: "p90", unit: "s" },
      { name: "p50", unit: "s" },
    ],
    labels: ["provider", "project", "pipeline"],
    labelLinks,
    width: 12,
  }),
  table({
    title: "Longest without a success",
    description: "How long ago a run of each pipeline last succeeded and last failed, on any branch, at any time.",
    queries: [rows(`topk(20, ${lastAgo("success")})`), among(lastAgo("failure"), `topk(20, ${lastAgo("success")})`)],
    columns: [
      { name: "Since a success", unit: "s" },
      { name: "Since a failure", unit: "s" },
    ],
    labels: ["provider", "project", "pipeline"],
    labelLinks,
    width: 24,
  }),
];

function lastAgo(result: string): string {
  const last = `cicd_pipeline_last_completion_timestamp_seconds{${scope}, result="${result}"}`;
  return `time() - max by (${pipeline}) (${last})`;
}
