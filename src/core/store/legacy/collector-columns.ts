import { isPipelineProvider } from "../../legacy/saved-pipelines.ts";
import type { Observation } from "../../model.ts";
import type { Cell } from "../db/rowset.ts";
import { collectedRunRowset, legacyJobRowset, legacyRunRowset } from "../db/legacy-tables.ts";
import type { Transaction } from "../db/transaction.ts";
import { toRunKey } from "../db/rows.ts";
import type { SavedFigures } from "../../legacy/extension.ts";
import type { RunRecord } from "../../run-record.ts";

/**
 * What the views with the old collector's columns need of runs that were just written: a number for each new one, and
 * the figures of those that were saved. `known` are the runs that were there before, `ids` those that are there now.
 */
export async function saveCollectorColumns(
  trx: Transaction,
  observations: readonly Observation[],
  known: ReadonlyMap<string, RunRecord>,
  ids: ReadonlyMap<string, number>,
): Promise<void> {
  const fresh = new Map<number, number | undefined>();
  const saved = new Map<number, SavedFigures>();
  for (const said of observations) {
    const key = toRunKey(said);
    const id = ids.get(key);
    if (id === undefined || !isPipelineProvider(said.provider)) continue;
    const figures = said.extension?.saved;
    if (figures !== undefined) saved.set(id, figures);
    if (!known.has(key)) fresh.set(id, numberOf(figures?.pipelineId ?? said.run));
  }
  await numberRuns(trx, fresh);
  if (saved.size > 0) await insertFigures(trx, saved);
}

/** What the old tables can hold as it is: a positive number without anything around it. */
function numberOf(nativeId: string): number | undefined {
  const number = /^[1-9]\d{0,15}$/.test(nativeId) ? Number(nativeId) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

/** A native number that another run has already, and a native id that is no number, become a negative number. */
async function numberRuns(trx: Transaction, fresh: ReadonlyMap<number, number | undefined>): Promise<void> {
  // In a fixed order, so that replicas cannot deadlock on a number that both want.
  const rows = [...fresh]
    .map(([id, number]): [number, number] => [id, number ?? -id])
    .toSorted(([, a], [, b]) => a - b);
  const numbered = await insertNumbers(trx, rows);
  if (numbered.length === rows.length) return;
  const done = new Set(numbered.map((row) => Number(row["run_id"])));
  await insertNumbers(
    trx,
    rows.filter(([id]) => !done.has(id)).map(([id]) => [id, -id]),
  );
}

function insertNumbers(trx: Transaction, rows: readonly (readonly Cell[])[]) {
  return trx.write(
    legacyRunRowset,
    rows,
    (from, columns) => `
      insert into legacy_runs (${columns}) select ${columns} from ${from} where true
      on conflict do nothing returning run_id`,
  );
}

async function insertFigures(trx: Transaction, saved: ReadonlyMap<number, SavedFigures>): Promise<void> {
  const all = [...saved];
  await trx.write(
    collectedRunRowset,
    all.map(([id, said]) => [id, said.savedAt, said.duration, said.durationE2e, Number(said.hasRestarts)]),
    (from) => `
      update legacy_runs set
        saved_at = given.saved_at, duration = given.duration, duration_e2e = given.duration_e2e,
        has_restarts = given.has_restarts
      from ${from} where legacy_runs.run_id = given.run_id`,
  );
  await trx.write(
    legacyJobRowset,
    all.flatMap(([id, { jobs }]) => jobs.map((job, i) => [id, i + 1, job.job, job.name, ...stepsOf(job)])),
    (from, columns) => `
      insert into legacy_jobs (${columns}) select ${columns} from ${from} where true
      on conflict (run_id, position) do nothing`,
  );
}

/** In the order of `legacyJobRowset`. */
function stepsOf({ e2e, up, upWithoutPull, pull }: SavedFigures["jobs"][number]): Cell[] {
  return [e2e, up, upWithoutPull, pull];
}
