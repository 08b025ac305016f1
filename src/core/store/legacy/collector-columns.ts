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
 * Writes what the views with the old collector's columns need of the written runs: a number for each new one, and the
 * figures of those that were saved. A run that is saved may have been recorded before runs got numbers. `stored` are the
 * runs that were stored before, `ids` those that are stored now.
 */
export async function saveCollectorColumns(
  trx: Transaction,
  observations: readonly Observation[],
  stored: ReadonlyMap<string, RunRecord>,
  ids: ReadonlyMap<string, number>,
): Promise<void> {
  const numbers = new Map<number, number | undefined>();
  const saved = new Map<number, SavedFigures>();
  for (const observation of observations) {
    const key = toRunKey(observation);
    const id = ids.get(key);
    if (id === undefined || !isPipelineProvider(observation.provider)) continue;
    const figures = observation.extension?.saved;
    if (figures !== undefined) saved.set(id, figures);
    if (!stored.has(key) || figures !== undefined) numbers.set(id, readNumber(findNativeId(observation)));
  }
  await numberRuns(trx, numbers);
  if (saved.size > 0) await insertFigures(trx, saved);
}

/** The id of a run in the old tables: a pipeline that was only saved is stored under a longer one. */
function findNativeId({ source, run, extension }: Observation): string {
  return source === collectorSource ? (extension?.saved?.pipelineId ?? run) : run;
}

async function insertFigures(trx: Transaction, saved: ReadonlyMap<number, SavedFigures>): Promise<void> {
  const all = [...saved];
  await trx.write(
    collectedRunRowset,
    all.map(([id, figures]) => [
      id,
      figures.savedAt,
      figures.duration,
      figures.durationE2e,
      Number(figures.hasRestarts),
    ]),
    (from) => `
      update legacy_runs set
        saved_at = given.saved_at, duration = given.duration, duration_e2e = given.duration_e2e,
        has_restarts = given.has_restarts
      from ${from} where legacy_runs.run_id = given.run_id`,
  );
  await trx.write(
    legacyJobRowset,
    all.flatMap(([id, { jobs }]) => jobs.map((job, i) => [id, i + 1, job.job, job.name, ...toCells(job)])),
    (from, columns) => `
      insert into legacy_jobs (${columns}) select ${columns} from ${from} where true
      on conflict (run_id, position) do nothing`,
  );
}

/** The cells of a job's steps, in the order of `legacyJobRowset`. */
function toCells({ e2e, up, upWithoutPull, pull }: SavedFigures["jobs"][number]): Cell[] {
  return [e2e, up, upWithoutPull, pull];
}
