import type { ActiveRow, LedgerSnapshot } from "../../snapshot.ts";
import type { Knex } from "knex";
import { isCrowded, listPipelines, readActive, type ActiveQuery } from "./active-runs.ts";
import type { Connection } from "../db/connect.ts";
import { readSources } from "../db/read-sources.ts";
import { bigint, createDecoder } from "../db/columns.ts";
import { defaultBranchColumns } from "../db/tables.ts";
import { toRows } from "../db/transaction.ts";
import { getSnapshotConfig } from "../db/snapshot-config.ts";
import { transactionWithIdleTimeout } from "../db/stalled-connections.ts";
import { createRollupReader, type RollupReader } from "./rollup-cache.ts";
import type { Millis } from "../../time.ts";

export interface SnapshotOptions {
  readonly readRollups?: RollupReader;
  /** Unfinished runs whose last delivery came before this moment are stale. */
  readonly staleBefore?: Millis | undefined;
  /** Counts unfinished runs in another thread when there are many. */
  readonly countElsewhere?: ((query: ActiveQuery) => Promise<readonly ActiveRow[]>) | undefined;
}

const redSql = "select labels, red_since from default_branches where red_since is not null order by labels";
const decodeRed = createDecoder({ labels: defaultBranchColumns.labels, since: bigint("red_since") });

/**
 * Reads everything `/metrics` shows. The cost grows with the series, not with the runs. All of it is one snapshot, except for
 * unfinished runs that are counted in another thread.
 */
export async function readSnapshot(
  { knex, bulk, engine }: Connection,
  { readRollups = createRollupReader(engine), staleBefore = 0, countElsewhere }: SnapshotOptions = {},
): Promise<LedgerSnapshot> {
  const read = async (trx: Knex.Transaction) => {
    const rollups = await readRollups(trx);
    const query = { pipelines: listPipelines(rollups), staleBefore };
    const isElsewhere = countElsewhere !== undefined && (await isCrowded(trx));
    const active = isElsewhere ? () => countElsewhere(query) : await readActive(trx, bulk, query);
    const sources = await readSources(trx, engine);
    return {
      rollups,
      active,
      redBranches: toRows(await trx.raw(redSql)).map(decodeRed),
      lastDeliveries: sources.map(({ source, lastDeliveryAt: at }) => ({ source, at })),
      deadLetters: sources.map(({ source, deadLetters: count }) => ({ source, count })),
    };
  };
  const { active, ...rest } =
    engine === "sqlite"
      ? await knex.transaction(read)
      : await transactionWithIdleTimeout(knex, read, getSnapshotConfig(engine));
  // After the transaction, which holds the only connection.
  return { ...rest, active: typeof active === "function" ? await active() : active };
}
