import type { Observation } from "../../model.ts";
import type { Row } from "../db/columns.ts";
import type { RunIdentity } from "../db/rows.ts";
import { lockRuns } from "./runs.ts";
import type { Transaction } from "../db/transaction.ts";
import { runKey } from "../db/rows.ts";
import { moveChildren, nameParents } from "./parents.ts";
import { nameForeign, readHomes, type ForeignRun, type Homes } from "../db/run-homes.ts";

/** Runs that are locked, and the observations by the ids under which they are stored. */
export interface Locked {
  readonly observations: readonly Observation[];
  readonly identities: ReadonlyMap<string, RunIdentity>;
  readonly rows: readonly Row[];
}

/**
 * Locks the observed runs. Where two CI servers post to one source and give out the same id, the run that came first has
 * it, and that of the other server is called `host/id`: neither changes a number of the other.
 */
export async function lockByServer(
  trx: Transaction,
  observations: readonly Observation[],
  now: number,
): Promise<Locked> {
  const identities = identify(observations);
  const rows = await lockRuns(trx, identities, now);
  const homes = readHomes(rows);
  const { separated, foreign } = separate(observations, homes);
  if (foreign.size === 0) {
    return { observations: await nameParents(trx, observations, { rows, homes }), identities, rows };
  }
  const others = await lockRuns(trx, new Map([...foreign].filter(([key]) => !identities.has(key))), now);
  // A saved pipeline that has become a run just now has a row, and no address yet.
  const told = readHomes([...rows, ...others]);
  const fresh = [...foreign].flatMap(([key, run]) => (told.has(key) ? [] : [run]));
  const all = await moveChildren(trx, [...rows, ...others], fresh);
  return {
    observations: await nameParents(trx, separated, { rows: all, homes }),
    identities: new Map([...identities, ...foreign]),
    rows: all,
  };
}

function identify(observations: readonly Observation[]): Map<string, RunIdentity> {
  return new Map(observations.map((one) => [runKey(one), one]));
}

/** Adds to `homes` the servers that take an id with these observations. */
function separate(
  observations: readonly Observation[],
  homes: Homes,
): { readonly separated: readonly Observation[]; readonly foreign: ReadonlyMap<string, ForeignRun> } {
  const foreign = new Map<string, ForeignRun>();
  const separated = observations.map((said) => {
    const { source, provider, server } = said;
    if (server === undefined) return said;
    const key = runKey(said);
    const home = homes.get(key) ?? server;
    homes.set(key, home);
    if (home === server) return said;
    const run = nameForeign(server, said.run);
    foreign.set(runKey({ source, run }), { source, provider, run, server, plainId: said.run });
    return { ...said, run };
  });
  return { separated, foreign };
}
