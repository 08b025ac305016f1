export const jobScope = 'provider=~"$provider", project=~"$project"';
/** Of runs: those that are part of another one are left out, unless the variable says otherwise. */
export const scope = `${jobScope}, pipeline!~"$children"`;
export const pipeline = "provider, project, pipeline";
export const runs = "cicd_pipeline_runs_total";
export const duration = "cicd_pipeline_run_duration_seconds";
export const runQueue = "cicd_pipeline_run_queue_seconds";
export const jobQueue = "cicd_job_queue_seconds";
export const [range, step] = ["$__range", "$__rate_interval"];
