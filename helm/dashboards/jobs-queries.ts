import { worse } from "./panels.ts";
import { failed, grown, ratio } from "./promql.ts";

export const scope = 'provider=~"$provider", project=~"$project", pipeline=~"$pipeline"';
export const jobScope = `${scope}, task_type=~"$task_type"`;
export const jobs = "cicd_job_runs_total";
export const retries = "cicd_job_retries_total";
export const duration = "cicd_job_duration_seconds";
export const queue = "cicd_job_queue_seconds";
export const failures = "cicd_job_failures_total";
export const seconds = "cicd_job_seconds_total";
export const runs = "cicd_pipeline_runs_total";
export const recovered = "cicd_pipeline_runs_recovered_total";
export const [range, step] = ["$__range", "$__rate_interval"];
export const job = "provider, project, pipeline, job_name";
export const perPipeline = "provider, project, pipeline";

export const flaky = worse(["orange", 0.1], ["red", 0.3]);

/** Failures that a further attempt turned green, among all failures. */
export function flakeRate(by: string): string {
  return ratio(grown(recovered, scope, range, by), grown(runs, `${scope}, ${failed}`, range, by));
}
