import { collectorProvider, collectorSource, createSavedRunId, placeholderKey } from "../../legacy/saved-pipelines.ts";
import { lowestVersion, type Observation } from "../../model.ts";
import { matchRowset } from "../db/legacy-tables.ts";
import type { Row } from "../db/columns.ts";
import { buildDistinctSql } from "../db/distinct.ts";
import type { Cell } from "../db/rowset.ts";
import { findStoredId } from "../db/run-homes.ts";
import type { Transaction } from "../db/transaction.ts";

/** Any fixed number that nothing else in the database uses as an advisory lock. */
const matchLock = 7_310_002;

/** Greater than the order of any attempt from GitLab, so that a placeholder never counts as an attempt that was restarted. */
const greatestOrder = Number.MAX_SAFE_INTEGER;

/**
 * Matches saved pipelines with runs from GitLab's webhooks of the same project and pipeline id, so that both are one run,
 * whichever comes first. Saved later: the saved figures are added to the stored run and count nothing. Saved earlier: the
 * saved run becomes GitLab's run. Returns the observations to apply; call it before runs are locked.
 */
export async function matchSavedRuns(
  trx: Transaction,
  observations: readonly Observation[],
): Promise<readonly Observation[]> {
  const saved = observations.filter(({ extension }) => extension?.saved !== undefined);
  const fromWebhooks = new Map(
    observations.filter(isFromWebhook).map((observation) => [toSavedId(observation), observation]),
  );
  if (saved.length === 0 && fromWebhooks.size === 0) return observations;
  // A save and a webhook's delivery exclude each other, so that each sees the other's run. Deliveries do not wait for each other.
  if (trx.bulk.engine === "postgres")
    await trx.query(`select pg_advisory_xact_lock${saved.length > 0 ? "" : "_shared"}(${matchLock})`);
  await renameSavedRuns(trx, fromWebhooks, observations);
  if (saved.length === 0) return observations;
  const homes = await findReported(trx, saved);
  for (const [id, { source, run, server }] of fromWebhooks) homes.set(id, { source, run, server });
  return observations.map((observation) => {
    const home = observation.extension?.saved === undefined ? undefined : homes.get(observation.run);
    return home === undefined ? observation : keepFigures(observation, home);
  });
}

/** The run of a webhook's delivery. With its server, which may still change the id under which it is stored, see `lockByServer`. */
type Home = Pick<Observation, "source" | "run" | "server">;

function isFromWebhook({ provider, extension, facts }: Observation): boolean {
  return provider === collectorProvider && extension?.saved === undefined && facts.project !== undefined;
}

function toSavedId({ facts, run }: Observation): string {
  return createSavedRunId(facts.project ?? "", run);
}

/** The observation of a saved pipeline whose run GitLab has reported: only its figures remain. */
function keepFigures({ provider, extension }: Observation, { source, run, server }: Home): Observation {
  const saved = extension?.saved;
  const jobs = saved?.jobs.map((job) => ({ ...job, job: null })) ?? [];
  return {
    provider,
    source,
    run,
    server,
    version: lowestVersion,
    facts: {},
    retriesByName: true,
    extension: saved === undefined ? undefined : { saved: { ...saved, jobs } },
  };
}

/**
 * Changes the id of saved runs to that of GitLab's run; their completions stay as placeholders until GitLab's arrive. The run
 * of another GitLab server may have the plain id.
 */
async function renameSavedRuns(
  trx: Transaction,
  fromWebhooks: ReadonlyMap<string, Observation>,
  batch: readonly Observation[],
): Promise<void> {
  const found = await trx.write(
    matchRowset,
    [...fromWebhooks].map(([id, { source, run, facts }]) => [source, run, facts.project ?? null, id]),
    (from) => `
      select runs.id, given.saved_id from ${from} cross join runs
      where runs.source = '${collectorSource}' and runs.native_id = given.saved_id order by runs.id`,
  );
  for (const { id, saved_id: savedId } of found) {
    const observation = fromWebhooks.get(savedId as string);
    if (observation === undefined) continue;
    const { source } = observation;
    const run = await findStoredId(trx, observation, batch);
    const renamed = await trx.query(
      `update runs set source = ?, native_id = ? where id = ? and source = '${collectorSource}'
         and not exists (select 1 from runs as own where own.source = ? and own.native_id = ?) returning id`,
      [source, run, Number(id), source, run],
    );
    if (renamed.length > 0) {
      await trx.query("update run_completions set attempt_order = ? where run_id = ? and key = ?", [
        greatestOrder,
        Number(id),
        placeholderKey,
      ]);
    }
  }
}

/** Finds stored runs from webhooks for pipelines that are saved now, by saved id; of two sources the first by name. */
async function findReported(trx: Transaction, saved: readonly Observation[]): Promise<Map<string, Home>> {
  const cells = (of: readonly Observation[]) =>
    of.map(({ run, facts, extension }) => ["", extension?.saved?.pipelineId ?? "", facts.project ?? null, run]);
  const rows = await trx.write(
    matchRowset,
    cells(saved),
    // A saved pipeline has no source, so every source is searched, with two look-ups in the index of runs for each.
    (from) => `
      select given.saved_id, runs.source, runs.native_id
      from ${from} cross join (${buildDistinctSql("runs", "source")}) as sources cross join runs
      where runs.source = sources.value and runs.native_id = given.native_id and runs.project = given.project
        and runs.provider = '${collectorProvider}' and runs.source <> '${collectorSource}'
      order by runs.source desc`,
  );
  const homes = readMatches(rows);
  const others = saved.filter(({ run }) => !homes.has(run));
  for (const [id, home] of readMatches(await findForeign(trx, cells(others)))) homes.set(id, home);
  return homes;
}

/** The same among runs whose own id another GitLab's run has. */
function findForeign(trx: Transaction, saved: readonly (readonly Cell[])[]): Promise<Row[]> {
  const [ownId, isForeign] =
    trx.bulk.engine === "sqlite"
      ? ["substr(runs.native_id, instr(runs.native_id, '/') + 1)", "instr(runs.native_id, '/') > 0"]
      : ["split_part(runs.native_id, '/', 2)", "strpos(runs.native_id, '/') > 0"];
  return trx.write(
    matchRowset,
    saved,
    (from) => `
      select given.saved_id, runs.source, runs.native_id from ${from} cross join runs
      where runs.project = given.project and ${ownId} = given.native_id
        and runs.provider = '${collectorProvider}' and runs.source <> '${collectorSource}' and ${isForeign}
      order by runs.source desc`,
  );
}

function readMatches(rows: readonly Row[]): Map<string, Home> {
  return new Map(
    rows.map((row) => [
      row["saved_id"] as string,
      { source: row["source"] as string, run: row["native_id"] as string },
    ]),
  );
}
