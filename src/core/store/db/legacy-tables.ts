import { bigint, boolean, integer, nullable, text } from "./columns.ts";
import { rowset, type Rowset } from "./rowset.ts";
import { runColumns } from "./tables.ts";

/** Columns of a run that only the old pipeline collector's views need. */
export const legacyRunColumns = {
  runId: bigint("run_id"),
  pipelineId: bigint("pipeline_id"),
  savedAt: nullable(bigint("saved_at")),
  duration: nullable(integer("duration")),
  durationE2e: nullable(integer("duration_e2e")),
  hasRestarts: nullable(boolean("has_restarts")),
};

/** Steps inside test jobs. */
export const legacyJobColumns = {
  runId: bigint("run_id"),
  position: integer("position"),
  job: nullable(text("job")),
  name: text("name"),
  durationE2e: nullable(integer("duration_e2e")),
  durationUp: nullable(integer("duration_up")),
  durationUpWithoutPull: nullable(integer("duration_up_without_pull")),
  durationPull: nullable(integer("duration_pull")),
};

/** An older tool whose tables are in use here. */
export const legacyToolColumns = {
  tool: text("tool"),
  turnedOnAt: bigint("turned_on_at"),
  numberAfter: bigint("number_after"),
  numberTo: bigint("number_to"),
};

/** A run from a webhook, with the run id that a saved pipeline of it would have. */
export const matchRowset = rowset("saved_matches", [
  runColumns.source,
  runColumns.nativeId,
  runColumns.project,
  text("saved_id"),
]);

export const legacyRunRowset = rowset("legacy_runs", [legacyRunColumns.runId, legacyRunColumns.pipelineId]);

/** The saved figures of a run that has its number already. */
const { pipelineId: _, ...collectedRunColumns } = legacyRunColumns;
export const collectedRunRowset = rowset("collected_runs", Object.values(collectedRunColumns));

export const legacyJobRowset = rowset("legacy_jobs", Object.values(legacyJobColumns));

/** The rowsets of the old pipeline collector's tables. */
export const legacyRowsets: readonly Rowset[] = [matchRowset, legacyRunRowset, collectedRunRowset, legacyJobRowset];
