import { readHost } from "../../read-host.ts";
import type { Observation } from "../../model.ts";
import { cleanId } from "../../normalise.ts";
import type { Row } from "./columns.ts";
import { readRunKey, toRunKey, type RunIdentity } from "./rows.ts";
import type { Transaction } from "./transaction.ts";

/** The host of the CI server whose run has an id, by the key of the run. */
export type Homes = Map<string, string>;

export function readHomes(rows: readonly Row[]): Homes {
  const homes: Homes = new Map();
  for (const row of rows) {
    const server = readHost(row["url"] as string | null);
    if (server !== undefined) homes.set(readRunKey(row), server);
  }
  return homes;
}

/** A run that is stored under another id, because another server's run has its own. */
export interface ForeignRun extends RunIdentity {
  readonly server: string;
  /** Its id on its own server. */
  readonly plainId: string;
}

/** The id of a run whose own id another server's run has. */
export function nameForeign(server: string, run: string): string {
  return cleanId(`${server}/${run}`);
}

/**
 * The id under which a run is stored, or will be once `batch` is. Call it before runs are locked; `lockByServer` decides alike.
 */
export async function findStoredId(
  trx: Transaction,
  observation: Observation,
  batch: readonly Observation[],
): Promise<string> {
  const { source, run, server } = observation;
  if (server === undefined) return run;
  const [row] = await trx.query("select source, native_id, url from runs where source = ? and native_id = ?", [
    source,
    run,
  ]);
  const key = toRunKey(observation);
  const home =
    readHomes(row === undefined ? [] : [row]).get(key) ??
    batch.find((other) => other.server !== undefined && toRunKey(other) === key)?.server;
  return home === undefined || home === server ? run : nameForeign(server, run);
}
