import { cleanId } from "../normalise.ts";

/** Source of the runs that came through `POST /save_metrics` and for which no webhook has arrived. */
export const collectorSource = "pipeline-collector";

/** The provider of runs that senders of the old collector report. */
export const collectorProvider = "gitlab";

/** Key of a placeholder: the completion of a saved pipeline, until GitLab's own webhook arrives. */
export const placeholderKey = "saved";

/** The run id within the collector's source. It includes the project, as two GitLab servers may use the same pipeline id. */
export function createSavedRunId(project: string, pipelineId: string): string {
  return cleanId(`${project}#${pipelineId}`);
}

/** Whether a job came with a saved pipeline, whose jobs have no ids: the negative position in the body is used as the id. */
export function isSavedJob(job: string): boolean {
  return job.startsWith("-");
}

/** The rank of the version of a saved pipeline: less than that of any delivery from GitLab. */
export const savedRank = -1;

/** Providers of the older APIs that only count: their runs are not pipelines and no table of pipelines shows them. */
const counters: ReadonlySet<string> = new Set(["run-counter", "template-counter"]);

/** Whether runs of this provider are pipelines. */
export function isPipelineProvider(provider: string): boolean {
  return !counters.has(provider);
}
