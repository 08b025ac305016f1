import { cleanId } from "../normalise.ts";

/** Source of the runs that came through `POST /save_metrics` and that no webhook has told of. */
export const collectorSource = "pipeline-collector";

/** Whose runs the old collector's senders tell of. */
export const collectorProvider = "gitlab";

/** Key of a completion that was saved: it stands in for GitLab's own until that comes. */
export const placeholderKey = "saved";

/** What a run is called in the collector's source: pipeline ids of two GitLab servers may be the same. */
export function savedRunId(project: string, pipelineId: string): string {
  return cleanId(`${project}#${pipelineId}`);
}

/** Whether a job came with a saved pipeline, which knows no ids of jobs: its place in the body, negative, is its id. */
export function isSavedJob(job: string): boolean {
  return job.startsWith("-");
}

/** Older APIs that count something, but tell of no pipeline that a table of pipelines could show. */
const counters: ReadonlySet<string> = new Set(["run-counter", "template-counter"]);

/** Whether runs of this provider are pipelines. */
export function isPipelineProvider(provider: string): boolean {
  return !counters.has(provider);
}
