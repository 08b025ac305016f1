import type { Millis } from "../../model.ts";
import type { LedgerSnapshot } from "../../snapshot.ts";
import type { Knex } from "knex";
import { readActive } from "./active-runs.ts";
import type { Connection } from "../db/connect.ts";
import { inByteOrder } from "../db/rowset.ts";
import { transactionWithIdleTimeout } from "../db/stalled-connections.ts";
import { totalsReader, type TotalsReader } from "./rollup-cache.ts";
import { rowsOf } from "../db/transaction.ts";

/** Reads everything `/metrics` shows, from one snapshot. Costs what the series cost, however many runs there are. */
export async function readSnapshot(
  { knex, bulk, engine }: Connection,
  readTotals: TotalsReader = totalsReader(engine),
  staleBefore: Millis = 0,
): Promise<LedgerSnapshot> {
  const sorted = (...columns: string[]) => columns.map((column) => inByteOrder(engine, column)).join(", ");
  const read = async (trx: Knex.Transaction): Promise<LedgerSnapshot> => {
    const rollups = await readTotals(trx);
    const active = await readActive(trx, bulk, rollups, { staleBefore });
    // One look into the index a source: the deliveries themselves are many.
    const last = rowsOf(
      await trx.raw(`
          with recursive sources(source) as (
            select min(source) from deliveries
            union all
            select (select min(d.source) from deliveries d where d.source > s.source) from sources s where s.source is not null
          )
          select source, (select max(received_at) from deliveries d where d.source = s.source) as at
          from sources s where source is not null order by ${sorted("source")}`),
    );
    const dead = rowsOf(
      await trx.raw("select source, count(*) as count from deliveries where outcome = 'dead_letter' group by source"),
    );
    return {
      rollups,
      active,
      lastDeliveries: last.map((row) => ({ source: row["source"] as string, at: Number(row["at"]) })),
      deadLetters: last.map(({ source }) => ({
        source: source as string,
        count: Number(dead.find((row) => row["source"] === source)?.["count"] ?? 0),
      })),
    };
  };
  // A SQLite transaction is a snapshot anyway, and Knex warns about options that it ignores there.
  if (engine === "sqlite") return knex.transaction(read);
  return transactionWithIdleTimeout(knex, read, { isolationLevel: "repeatable read", readOnly: true });
}
