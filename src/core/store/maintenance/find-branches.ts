import type { Knex } from "knex";
import { isDecided } from "../../job-end.ts";
import type { RunResult } from "../../states.ts";
import type { MetricKey } from "../../stored-metrics.ts";
import type { Millis } from "../../time.ts";
import { bigint, createDecoder, json, text } from "../db/columns.ts";
import { defaultBranchColumns } from "../db/tables.ts";
import { toRows } from "../db/transaction.ts";
import { isFolded } from "./recompute.ts";
import { joinLabels } from "../../series.ts";

/** A pipeline with runs on its default branch, and what its series count of them. */
export interface CountedBranch {
  /** Provider, project and pipeline. */
  readonly labels: readonly string[];
  /** The series that count attempts that passed or failed. */
  readonly seriesIds: readonly number[];
  /** Those attempts. */
  readonly runs: number;
  /** Those attempts, and the durations that are known of them: more when a time arrives late. */
  readonly events: number;
}

const decodeSeries = createDecoder({
  id: bigint("id"),
  metric: text<MetricKey>("metric"),
  labels: json<readonly string[]>("labels"),
  count: bigint("count"),
});
const decodeCounted = createDecoder({
  labels: text("labels"),
  events: defaultBranchColumns.events,
  markedAt: defaultBranchColumns.markedAt,
});

/** Pipelines of which something is to be counted: runs have changed, or recoveries were marked before `markedBefore`. */
export async function findBranches(knex: Knex, markedBefore: Millis, all: boolean): Promise<CountedBranch[]> {
  const counted = new Map(
    toRows(await knex.raw("select labels, events, marked_at from default_branches"))
      .map(decodeCounted)
      .map((row) => [row.labels, row]),
  );
  const branches = await readBranches(knex);
  return branches.filter(({ labels, events }) => {
    const { events: last = 0, markedAt = null } = counted.get(JSON.stringify(labels)) ?? {};
    return all || events !== last || (markedAt !== null && markedAt <= markedBefore);
  });
}

/** Series of pipelines for which there was no room count several of them, so nothing follows from their order. */
async function readBranches(knex: Knex): Promise<CountedBranch[]> {
  const rows = toRows(
    await knex.raw(
      `select id, metric, labels, count + coalesce((select sum(count) from rollup_shards where rollup_id = rollups.id), 0) as count
       from rollups where metric in ('runs', 'runDuration') and labels like '%,"true","%'`,
    ),
  );
  const branches = new Map<string, { labels: string[]; seriesIds: number[]; runs: number; events: number }>();
  for (const { id, metric, labels, count } of rows.map(decodeSeries)) {
    const [provider = "", project = "", pipeline = "", isDefault, result] = labels;
    if (isDefault !== "true" || !isDecided(result as RunResult)) continue;
    if (isFolded({ metric, labels: joinLabels(...labels) })) continue;
    const key = JSON.stringify([provider, project, pipeline]);
    const branch = branches.get(key) ?? { labels: [provider, project, pipeline], seriesIds: [], runs: 0, events: 0 };
    branches.set(key, branch);
    branch.events += count;
    if (metric !== "runs") continue;
    branch.seriesIds.push(id);
    branch.runs += count;
  }
  return [...branches.values()].filter(({ seriesIds }) => seriesIds.length > 0);
}
