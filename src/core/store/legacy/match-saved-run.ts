import { collectorProvider, collectorSource, createSavedRunId, placeholderKey } from "../../legacy/saved-pipelines.ts";
import { lowestVersion, type Observation } from "../../model.ts";
import { meetingRowset } from "../db/legacy-tables.ts";
import type { Row } from "../db/columns.ts";
import { buildDistinctSql } from "../db/distinct.ts";
import type { Cell } from "../db/rowset.ts";
import { findStoredId } from "../db/run-homes.ts";
import type { Transaction } from "../db/transaction.ts";

/** Any fixed number that nothing else in the database uses as an advisory lock. */
const meetingLock = 7_310_002;

/** Greater than the order of any attempt from GitLab, so that a placeholder never counts as an attempt that was restarted. */
const lastOfAll = Number.MAX_SAFE_INTEGER;

/**
 * Makes one run of what was saved and what GitLab's webhooks tell of the same project and pipeline id, whichever comes
 * first. Saved later: the saved figures go to the run that is there, and prove nothing of their own. Saved earlier: the
 * saved run becomes GitLab's. Returns the observations as they are to be applied; to be called before runs are locked.
 */
export async function matchSavedRuns(
  trx: Transaction,
  observations: readonly Observation[],
): Promise<readonly Observation[]> {
  const saved = observations.filter(({ extension }) => extension?.saved !== undefined);
  const told = new Map(observations.filter(isFromWebhook).map((said) => [savedIdOf(said), said]));
  if (saved.length === 0 && told.size === 0) return observations;
  // Neither must look for the other while the other is being written. Those that are told do not wait for each other.
  if (trx.bulk.engine === "postgres")
    await trx.query(`select pg_advisory_xact_lock${saved.length > 0 ? "" : "_shared"}(${meetingLock})`);
  await adopt(trx, told, observations);
  if (saved.length === 0) return observations;
  const homes = await findTold(trx, saved);
  for (const [id, { source, run, server }] of told) homes.set(id, { source, run, server });
  return observations.map((said) => {
    const home = said.extension?.saved === undefined ? undefined : homes.get(said.run);
    return home === undefined ? said : keepFigures(said, home);
  });
}

/** A run that GitLab tells of. With its server where that may still give it another name, see `lockByServer`. */
type Home = Pick<Observation, "source" | "run" | "server">;

function isFromWebhook({ provider, extension, facts }: Observation): boolean {
  return provider === collectorProvider && extension?.saved === undefined && facts.project !== undefined;
}

function savedIdOf({ facts, run }: Observation): string {
  return createSavedRunId(facts.project ?? "", run);
}

/** What is left of a saved pipeline once GitLab tells of the run itself. */
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
 * Gives saved runs the identity that GitLab's are stored under; their completions stand in for GitLab's until those come.
 * Another GitLab's run may have the id by itself.
 */
async function adopt(
  trx: Transaction,
  told: ReadonlyMap<string, Observation>,
  batch: readonly Observation[],
): Promise<void> {
  const found = await trx.write(
    meetingRowset,
    [...told].map(([id, { source, run, facts }]) => [source, run, facts.project ?? null, id]),
    (from) => `
      select runs.id, given.saved_id from ${from} cross join runs
      where runs.source = '${collectorSource}' and runs.native_id = given.saved_id order by runs.id`,
  );
  for (const { id, saved_id: savedId } of found) {
    const said = told.get(savedId as string);
    if (said === undefined) continue;
    const { source } = said;
    const run = await findStoredId(trx, said, batch);
    const adopted = await trx.query(
      `update runs set source = ?, native_id = ? where id = ? and source = '${collectorSource}'
         and not exists (select 1 from runs as own where own.source = ? and own.native_id = ?) returning id`,
      [source, run, Number(id), source, run],
    );
    if (adopted.length > 0) {
      await trx.query("update run_completions set attempt_order = ? where run_id = ? and key = ?", [
        lastOfAll,
        Number(id),
        placeholderKey,
      ]);
    }
  }
}

/** The runs that GitLab told of among those that are saved now, by their saved ids; of two sources the first by name. */
async function findTold(trx: Transaction, saved: readonly Observation[]): Promise<Map<string, Home>> {
  const cells = (of: readonly Observation[]) =>
    of.map(({ run, facts, extension }) => ["", extension?.saved?.pipelineId ?? "", facts.project ?? null, run]);
  const rows = await trx.write(
    meetingRowset,
    cells(saved),
    // What was saved does not say its source, so each is looked at: two look-ups in the index of runs a source.
    (from) => `
      select given.saved_id, runs.source, runs.native_id
      from ${from} cross join (${buildDistinctSql("runs", "source")}) as sources cross join runs
      where runs.source = sources.value and runs.native_id = given.native_id and runs.project = given.project
        and runs.provider = '${collectorProvider}' and runs.source <> '${collectorSource}'
      order by runs.source desc`,
  );
  const homes = readToldRuns(rows);
  const others = saved.filter(({ run }) => !homes.has(run));
  for (const [id, home] of readToldRuns(await findForeign(trx, cells(others)))) homes.set(id, home);
  return homes;
}

/** The same among runs whose own id another GitLab's run has. */
function findForeign(trx: Transaction, saved: readonly (readonly Cell[])[]): Promise<Row[]> {
  const [ownId, isForeign] =
    trx.bulk.engine === "sqlite"
      ? ["substr(runs.native_id, instr(runs.native_id, '/') + 1)", "instr(runs.native_id, '/') > 0"]
      : ["split_part(runs.native_id, '/', 2)", "strpos(runs.native_id, '/') > 0"];
  return trx.write(
    meetingRowset,
    saved,
    (from) => `
      select given.saved_id, runs.source, runs.native_id from ${from} cross join runs
      where runs.project = given.project and ${ownId} = given.native_id
        and runs.provider = '${collectorProvider}' and runs.source <> '${collectorSource}' and ${isForeign}
      order by runs.source desc`,
  );
}

function readToldRuns(rows: readonly Row[]): Map<string, Home> {
  return new Map(
    rows.map((row) => [
      row["saved_id"] as string,
      { source: row["source"] as string, run: row["native_id"] as string },
    ]),
  );
}
