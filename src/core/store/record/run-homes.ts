import { readHost } from "../../read-host.ts";
import { cleanId } from "../../normalise.ts";
import type { Row } from "../db/columns.ts";
import { readRunKey, type RunIdentity } from "../db/rows.ts";

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
