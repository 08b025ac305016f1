import { collectorSource, isPipelineProvider } from "../../legacy/saved-pipelines.ts";
import type { Observation } from "../../model.ts";
import type { Cell } from "../db/rowset.ts";
import { collectedRunRowset, legacyJobRowset } from "../db/legacy-tables.ts";
import type { Transaction } from "../db/transaction.ts";
import { toRunKey } from "../db/rows.ts";
import type { SavedFigures } from "../../legacy/extension.ts";
import type { RunRecord } from "../../run-record.ts";
import { numberRuns, readNumber } from "./number-runs.ts";

/**
 * What the views with the old collector's columns need of runs that were just written: a number for each new one, and
 * the figures of those that were saved. A run that is saved may have been recorded before runs got numbers.
 * `known` are the runs that were there before, `ids` those that are there now.
 */
export async function saveCollectorColumns(
  trx: Transaction,
  observations: readonly Observation[],
  known: ReadonlyMap<string, RunRecord>,
  ids: ReadonlyMap<string, number>,
): Promise<void> {
  const numbers = new Map<number, number | undefined>();
  const saved = new Map<number, SavedFigures>();
  for (const said of observations) {
    const key = toRunKey(said);
    const id = ids.get(key);
    if (id === undefined || !isPipelineProvider(said.provider)) continue;
    const figures = said.extension?.saved;
    if (figures !== undefined) saved.set(id, figures);
    if (!known.has(key) || figures !== undefined) numbers.set(id, readNumber(nameRun(said)));
  }
  await numberRuns(trx, numbers);
  if (saved.size > 0) await insertFigures(trx, saved);
}

/** The id by which the old tables know a run: a pipeline that was only saved is stored under a longer one. */
function nameRun({ source, run, extension }: Observation): string {
  return source === collectorSource ? (extension?.saved?.pipelineId ?? run) : run;
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
