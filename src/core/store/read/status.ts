import type { RollupKey } from "../../rollup.ts";
import type { Row } from "../db/columns.ts";
import { rowsOf } from "../db/transaction.ts";
import { distinctSql } from "./distinct.ts";
import type { Reading } from "./context.ts";
import type { CutProject, LedgerState } from "./types.ts";

/** When each source was last heard of, its dead letters, and how many series there are. */
export async function ledgerState({ trx }: Reading): Promise<LedgerState> {
  const sources = rowsOf(
    await trx.raw(`
      select found.value as source, (select max(received_at) from deliveries d where d.source = found.value) as at
      from (${distinctSql("deliveries", "source")}) as found`),
  );
  const dead = rowsOf(
    await trx.raw("select source, count(*) as count from deliveries where outcome = 'dead_letter' group by source"),
  );
  const series = rowsOf(await trx.raw("select metric, count(*) as count from rollups group by metric order by 1"));
  const cuts = rowsOf(
    await trx.raw(`select labels, count from rollups where metric = ? and count > 0 order by count desc, id limit 50`, [
      "projectOverflow" satisfies RollupKey,
    ]),
  );
  const deadOf = new Map(dead.map((row) => [row["source"], Number(row["count"])]));
  return {
    sources: sources.map((row) => ({
      source: row["source"] as string,
      lastDeliveryAt: Number(row["at"]),
      deadLetters: deadOf.get(row["source"]) ?? 0,
    })),
    series: series.map((row) => ({ metric: row["metric"] as string, count: Number(row["count"]) })),
    cuts: cuts.map(cutProject),
  };
}

function cutProject(row: Row): CutProject {
  const [metric = "", provider = "", project = ""] = JSON.parse(row["labels"] as string) as string[];
  return { metric, provider, project, increments: Number(row["count"]) };
}
