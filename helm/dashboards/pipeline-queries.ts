export const scope = 'provider=~"$provider", project=~"$project", pipeline=~"$pipeline"';
/** Metrics of runs that know the branch. */
export const branch = `${scope}, default_branch=~"$default_branch"`;
export const runs = "cicd_pipeline_runs_total";
export const duration = "cicd_pipeline_run_duration_seconds";
export const queue = "cicd_pipeline_run_queue_seconds";
export const jobs = "cicd_job_runs_total";
export const [range, step] = ["$__range", "$__rate_interval"];
export const everyBranch = "All branches: this metric does not tell them apart.";
