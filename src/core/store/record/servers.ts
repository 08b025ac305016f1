import type { Observation } from "../../model.ts";
import type { RunIdentity } from "../db/rows.ts";
import { lockRuns, type LockedRuns } from "./runs.ts";
import type { Transaction } from "../db/transaction.ts";
import { toRunKey } from "../db/rows.ts";
import { moveChildren, nameParents } from "./parents.ts";
import { nameForeign, readHomes, type ForeignRun, type Homes } from "../db/run-homes.ts";

/** Locked runs, and the observations with the ids under which they are stored. */
export interface Locked {
  readonly observations: readonly Observation[];
  readonly identities: ReadonlyMap<string, RunIdentity>;
  readonly runs: LockedRuns;
}

/**
 * Locks the observed runs. When two CI servers post to one source and use the same id, the run that came first keeps it, and
 * that of the other server is stored as `host/id`, so that neither changes the other.
 */
export async function lockByServer(
  trx: Transaction,
  observations: readonly Observation[],
  partitioned: boolean,
): Promise<Locked> {
  const identities = identify(observations);
  const runs = await lockRuns(trx, identities, partitioned);
  const { rows } = runs;
  const homes = readHomes(rows);
  const { separated, foreign } = separate(observations, homes);
  if (foreign.size === 0) {
    return { observations: await nameParents(trx, observations, { rows, homes }), identities, runs };
  }
  const { rows: others, newIds } = await lockRuns(
    trx,
    new Map([...foreign].filter(([key]) => !identities.has(key))),
    partitioned,
  );
  // A saved pipeline that became a run in this transaction has a row without an address.
  const allHomes = readHomes([...rows, ...others]);
  const newcomers = [...foreign].flatMap(([key, run]) => (allHomes.has(key) ? [] : [run]));
  const all = await moveChildren(trx, [...rows, ...others], newcomers);
  return {
    observations: await nameParents(trx, separated, { rows: all, homes }),
    identities: new Map([...identities, ...foreign]),
    runs: { rows: all, newIds: new Map([...runs.newIds, ...newIds]) },
  };
}

function identify(observations: readonly Observation[]): Map<string, RunIdentity> {
  return new Map(observations.map((one) => [toRunKey(one), one]));
}

/** Separates runs whose id another server's run has. Adds to `homes` the servers of ids that are new. */
function separate(
  observations: readonly Observation[],
  homes: Homes,
): { readonly separated: readonly Observation[]; readonly foreign: ReadonlyMap<string, ForeignRun> } {
  const foreign = new Map<string, ForeignRun>();
  const separated = observations.map((observation) => {
    const { source, provider, server } = observation;
    if (server === undefined) return observation;
    const key = toRunKey(observation);
    const home = homes.get(key) ?? server;
    homes.set(key, home);
    if (home === server) return observation;
    const run = nameForeign(server, observation.run);
    foreign.set(toRunKey({ source, run }), { source, provider, run, server, plainId: observation.run });
    return { ...observation, run };
  });
  return { separated, foreign };
}
