import { tallyRowset } from "../db/rowsets.ts";
import type { SeriesTarget } from "./series-cache.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Increment } from "../../increment.ts";
import type { Series } from "../../series.ts";

/** The increments of a locked run besides its completions. */
export interface RunIncrements {
  readonly runId: number;
  readonly increments: readonly Increment[];
}

/** Stores how much each run added to which series, for `rebuild`. Most batches have no such increments. */
export async function saveTallies(
  trx: Transaction,
  all: Iterable<RunIncrements>,
  findTarget: (series: Series) => SeriesTarget,
): Promise<void> {
  const tallies = new Map<string, [number, number, number]>();
  for (const { runId, increments } of all) {
    for (const increment of increments) {
      const { id } = findTarget(increment);
      const tally = tallies.get(`${runId} ${id}`);
      if (tally === undefined) tallies.set(`${runId} ${id}`, [runId, id, increment.count]);
      else tally[2] += increment.count;
    }
  }
  await trx.insert(
    "tallies",
    tallyRowset,
    [...tallies.values()],
    "on conflict (run_id, rollup_id) do update set count = tallies.count + excluded.count",
  );
}
