import { computeCriticalPath, type CriticalPath, type PathStep } from "../../answers/critical-path.ts";
import { pathJobsDefinition, type PathJobShare } from "../../answers/path-jobs.ts";
import { toPathRun } from "../../answers/path-run.ts";
import type { StoredRunDetail } from "../../core/store/index.ts";
import { defineEndpoint } from "./endpoint.ts";
import * as f from "./fields.ts";
import { defineInsight } from "./insight.ts";
import { findStoredRun } from "./run-detail.ts";

/** A run, and its path: `undefined` while it has not finished, and where no job ran. */
interface RunPath {
  readonly stored: StoredRunDetail;
  readonly found: CriticalPath | undefined;
}

const step = f.defineView<PathStep>([
  ["job_id", ({ job }) => job.id, { ...f.text, description: "native_id of the job" }],
  ["name", ({ job }) => job.name, f.nullableText],
  ["started_at", ({ job }) => f.toIsoTime(job.startedAt), f.time],
  ["finished_at", ({ job }) => f.toIsoTime(job.finishedAt), f.time],
  [
    "exclusive_seconds",
    ({ exclusiveMillis }) => exclusiveMillis / 1000,
    { ...f.seconds, description: "Seconds in which no other job of the run worked" },
  ],
]);

const parts = f.defineView<CriticalPath["parts"]>([
  ["work", ({ work }) => work / 1000, { ...f.seconds, description: "Jobs of the path worked" }],
  ["queue", ({ queue }) => queue / 1000, { ...f.seconds, description: "The next job waited for a runner" }],
  ["gate", ({ gate }) => gate / 1000, { ...f.seconds, description: "The next job waited for a person, or a set time" }],
  [
    "gap",
    ({ gap }) => gap / 1000,
    { ...f.seconds, description: "The CI system itself: before the first job, between two, after the last one" },
  ],
]);

const runPath = f.defineView<RunPath>([
  ["run_id", ({ stored }) => stored.run.id, f.positive],
  [
    "exact",
    ({ stored }) => stored.graph !== null,
    {
      ...f.boolean,
      description: "True if the provider reports which job waits for which; false: the path follows from the times",
    },
  ],
  [
    "wall_seconds",
    ({ found }) => (found === undefined ? null : found.wallMillis / 1000),
    { ...f.nullableSeconds, description: "From queued to finished; null: it has not finished, or no job ran" },
  ],
  [
    "parts",
    ({ found }) => (found === undefined ? null : parts.render(found.parts)),
    { ...parts.schema, type: ["object", "null"], description: "They sum to wall_seconds" },
  ],
  [
    "path",
    ({ found }) => (found?.path ?? []).map(step.render),
    { ...f.createArraySchema("PathStep"), description: "The jobs that decided when the run ended, in their order" },
  ],
]);

export const getRunPath = defineEndpoint({
  id: "getCriticalPath",
  path: "/api/v1/runs/{id}/critical-path",
  summary: "The jobs that decided when a run ended, and where its time went",
  pathParameters: { id: { type: "integer", minimum: 1 } },
  parameters: {},
  schema: "RunPath",
  async respond(services, _, { id = "" }) {
    const stored = await findStoredRun(services, id);
    const { run, jobs, graph } = stored;
    const { finishedAt, queuedAt } = run;
    const found =
      finishedAt === null ? undefined : computeCriticalPath(toPathRun({ queuedAt, finishedAt, graph, jobs }));
    return runPath.render({ stored, found });
  },
});

const pathJob = f.defineView<PathJobShare>([
  ["provider", ({ provider }) => provider, f.text],
  ["source", ({ source }) => source, f.text],
  ["project", ({ project }) => project, f.nullableText],
  ["pipeline", ({ pipeline }) => pipeline, f.nullableText],
  ["job_name", ({ jobName }) => jobName, f.text],
  ["runs", ({ runs }) => runs, { ...f.positive, description: "Runs in which it ran" }],
  [
    "on_path_share",
    ({ onPathShare }) => onPathShare,
    { ...f.share, description: "Share of those runs with it on their critical path" },
  ],
  [
    "exclusive_seconds",
    ({ exclusiveSeconds }) => exclusiveSeconds,
    { ...f.seconds, description: "Seconds on a path in which no other job of the run worked, of all runs together" },
  ],
  [
    "saved_if_20_percent",
    ({ savedIf20Percent }) => savedIf20Percent,
    { ...f.seconds, description: "Seconds that all runs together had been shorter with this job 20 % faster" },
  ],
  ["run_id", ({ runId }) => runId, { ...f.positive, description: "The run in which it worked alone for longest" }],
]);

export const criticalPathInsight = defineInsight({
  name: "critical-path",
  id: "listPathJobs",
  summary: "Jobs that decide when runs end, those that would save most time first",
  definition: pathJobsDefinition,
  parameters: {},
  item: pathJob,
  schema: "PathJob",
  find: ({ store }, query) => store.read("pathJobs", query),
});

export const criticalPathSchemas = { PathStep: step.schema, RunPath: runPath.schema };
