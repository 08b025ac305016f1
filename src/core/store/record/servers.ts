import { hostIn } from "../../host.ts";
import type { Observation } from "../../model.ts";
import { cleanId } from "../../normalise.ts";
import type { Row } from "../db/columns.ts";
import type { RunIdentity } from "../db/rows.ts";
import { lockRuns } from "./runs.ts";
import type { Transaction } from "../db/transaction.ts";
import { readRunKey, runKey } from "../db/rows.ts";

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
  const separated = separate(observations, rows);
  if (separated === observations) return { observations, identities, rows };
  const foreign = new Map([...identify(separated)].filter(([key]) => !identities.has(key)));
  const others = await lockRuns(trx, foreign, now);
  return {
    observations: separated,
    identities: new Map([...identities, ...foreign]),
    rows: [...rows, ...others],
  };
}

function identify(observations: readonly Observation[]): Map<string, RunIdentity> {
  return new Map(observations.map((one) => [runKey(one), one]));
}

function separate(observations: readonly Observation[], rows: readonly Row[]): readonly Observation[] {
  const homes = new Map<string, string>();
  for (const row of rows) {
    const server = hostIn(row["url"] as string | null);
    if (server !== undefined) homes.set(readRunKey(row), server);
  }
  let isForeign = false;
  const separated = observations.map((said) => {
    const { server } = said;
    if (server === undefined) return said;
    const key = runKey(said);
    const home = homes.get(key) ?? server;
    homes.set(key, home);
    if (home === server) return said;
    isForeign = true;
    return rename(said, server);
  });
  return isForeign ? separated : observations;
}

function rename(said: Observation, server: string): Observation {
  const { parent } = said.facts;
  const facts = typeof parent === "string" ? { ...said.facts, parent: cleanId(`${server}/${parent}`) } : said.facts;
  return { ...said, run: cleanId(`${server}/${said.run}`), facts };
}
