/**
 * The condition of `runs_active_index`: runs without a result. Stale runs are not marked in their rows: `updated_at`, which
 * every delivery about a run sets, identifies them, so that a late delivery brings the stored state back.
 */
export const isUnfinished = "runs.result is null and runs.state is not null and runs.state <> 'finished'";

/** The shown state of a run. `?`: an unfinished run whose last delivery came before this moment is stale. */
export const shownState = `case when ${isUnfinished} and runs.updated_at < ? then 'stale' else runs.state end`;
