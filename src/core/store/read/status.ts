import type { MetricKey } from "../../stored-metrics.ts";
import { bigint, createDecoder, type Row } from "../db/columns.ts";
import { readSources } from "../db/read-sources.ts";
import { rollupColumns } from "../db/tables.ts";
import { toRows } from "../db/transaction.ts";
import type { Reading } from "./context.ts";
import type { CutProject, LedgerState } from "./types.ts";

const decodeSeries = createDecoder({ metric: rollupColumns.metric, count: bigint("count") });

/** The latest delivery and the dead letters of each source, and the number of stored series. */
export async function readLedgerState({ trx, engine }: Reading): Promise<LedgerState> {
  const sources = await readSources(trx, engine);
  const series = toRows(await trx.raw("select metric, count(*) as count from rollups group by metric order by 1"));
  const cuts = toRows(
    await trx.raw(
      `select labels, count from (
         select id, labels, count + coalesce((select cast(sum(count) as bigint) from rollup_shards where rollup_id = rollups.id), 0) as count
         from rollups where metric = ?
       ) as cut where count > 0 order by count desc, id limit 50`,
      ["projectOverflow" satisfies MetricKey],
    ),
  );
  return { sources, series: series.map(decodeSeries), cuts: cuts.map(toCutProject) };
}

function toCutProject(row: Row): CutProject {
  const [metric = "", provider = "", project = ""] = rollupColumns.labels.read(row);
  return { metric, provider, project, increments: rollupColumns.count.read(row) };
}
