/**
 * Runs without a result, in the words of `runs_active_index`. Those that are stale are not marked in their rows: `updated_at`,
 * which every delivery about a run moves, tells them, so that a delivery that comes after all brings the stored state back.
 */
export const isUnfinished = "runs.result is null and runs.state is not null and runs.state <> 'finished'";

/** The state that a run is shown with. `?` is the moment before which its last delivery must have come for it to be stale. */
export const shownState = `case when ${isUnfinished} and runs.updated_at < ? then 'stale' else runs.state end`;
