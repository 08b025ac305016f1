import { readHost } from "../../read-host.ts";
import type { Observation } from "../../model.ts";
import { cleanId } from "../../normalise.ts";
import type { Row } from "./columns.ts";
import { readRunKey, runKey, type RunIdentity } from "./rows.ts";
import type { Transaction } from "./transaction.ts";

/** The CI server that has an id, by the key of the run. */
export type Homes = Map<string, string>;

export function readHomes(rows: readonly Row[]): Homes {
  const homes: Homes = new Map();
  for (const row of rows) {
    const server = readHost(row["url"] as string | null);
    if (server !== undefined) homes.set(readRunKey(row), server);
  }
  return homes;
}

/** A run that is not called by its own id, because another server's run has it. */
export interface ForeignRun extends RunIdentity {
  readonly server: string;
  /** What its own server calls it. */
  readonly plainId: string;
}

/** What a run is called whose id another server's run has. */
export function nameForeign(server: string, run: string): string {
  return cleanId(`${server}/${run}`);
}

/**
 * What a run is or will be called once `batch` is stored. To be called before runs are locked; `lockByServer` decides alike.
 */
export async function findStoredId(
  trx: Transaction,
  said: Observation,
  batch: readonly Observation[],
): Promise<string> {
  const { source, run, server } = said;
  if (server === undefined) return run;
  const [row] = await trx.query("select source, native_id, url from runs where source = ? and native_id = ?", [
    source,
    run,
  ]);
  const key = runKey(said);
  const home =
    readHomes(row === undefined ? [] : [row]).get(key) ??
    batch.find((other) => other.server !== undefined && runKey(other) === key)?.server;
  return home === undefined || home === server ? run : nameForeign(server, run);
}
