import type { Millis } from "../../model.ts";
import type { ActiveRow, LedgerSnapshot } from "../../snapshot.ts";
import type { Knex } from "knex";
import { isCrowded, listPipelines, readActive, type ActiveQuery } from "./active-runs.ts";
import type { Connection } from "../db/connect.ts";
import { inByteOrder, type Engine } from "../db/rowset.ts";
import { transactionWithIdleTimeout } from "../db/stalled-connections.ts";
import { totalsReader, type TotalsReader } from "./rollup-cache.ts";
import { rowsOf } from "../db/transaction.ts";

export interface SnapshotOptions {
  readonly readTotals?: TotalsReader;
  /** Unfinished runs whose last delivery came before it are stale. */
  readonly staleBefore?: Millis | undefined;
  /** Counts unfinished runs in another thread, where they are many. */
  readonly countElsewhere?: ((query: ActiveQuery) => Promise<readonly ActiveRow[]>) | undefined;
}

/**
 * Reads everything `/metrics` shows. Costs what the series cost, however many runs there are. All of it is of one moment,
 * but for the unfinished runs where they are counted elsewhere.
 */
export async function readSnapshot(
  { knex, bulk, engine }: Connection,
  { readTotals = totalsReader(engine), staleBefore = 0, countElsewhere }: SnapshotOptions = {},
): Promise<LedgerSnapshot> {
  const read = async (trx: Knex.Transaction) => {
    const rollups = await readTotals(trx);
    const query = { pipelines: listPipelines(rollups), staleBefore };
    const isElsewhere = countElsewhere !== undefined && (await isCrowded(trx));
    const active = isElsewhere ? () => countElsewhere(query) : await readActive(trx, bulk, query);
    return { rollups, active, ...(await readDeliveries(trx, engine)) };
  };
  // A SQLite transaction is a snapshot anyway, and Knex warns about options that it ignores there.
  const { active, ...rest } =
    engine === "sqlite"
      ? await knex.transaction(read)
      : await transactionWithIdleTimeout(knex, read, { isolationLevel: "repeatable read", readOnly: true });
  // After the transaction: it holds the only connection.
  return { ...rest, active: typeof active === "function" ? await active() : active };
}

/** When each source last delivered, and how many of its deliveries were not understood. */
async function readDeliveries(
  trx: Knex,
  engine: Engine,
): Promise<Pick<LedgerSnapshot, "lastDeliveries" | "deadLetters">> {
  // One look into the index a source: the deliveries themselves are many.
  const last = rowsOf(
    await trx.raw(`
          with recursive sources(source) as (
            select min(source) from deliveries
            union all
            select (select min(d.source) from deliveries d where d.source > s.source) from sources s where s.source is not null
          )
          select source, (select max(received_at) from deliveries d where d.source = s.source) as at
          from sources s where source is not null order by ${inByteOrder(engine, "source")}`),
  );
  const dead = rowsOf(
    await trx.raw("select source, count(*) as count from deliveries where outcome = 'dead_letter' group by source"),
  );
  return {
    lastDeliveries: last.map((row) => ({ source: row["source"] as string, at: Number(row["at"]) })),
    deadLetters: last.map(({ source }) => ({
      source: source as string,
      count: Number(dead.find((row) => row["source"] === source)?.["count"] ?? 0),
    })),
  };
}
