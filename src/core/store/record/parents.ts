import { readHost } from "../../read-host.ts";
import type { Observation } from "../../model.ts";
import type { Row } from "../db/columns.ts";
import { readRunKey, toRunKey } from "../db/rows.ts";
import { runKeyRowset } from "../db/rowsets.ts";
import type { Transaction } from "../db/transaction.ts";
import { nameForeign, readHomes, type ForeignRun, type Homes } from "../db/run-homes.ts";

interface Stored {
  /** Rows of the observed runs. */
  readonly rows: readonly Row[];
  readonly homes: Homes;
}

interface Child {
  readonly server: string;
  readonly parent: string;
}

function readChild({ server, facts }: Observation): Child | undefined {
  return server === undefined || typeof facts.parent !== "string" ? undefined : { server, parent: facts.parent };
}

/**
 * Replaces the parent in observations of children by the id under which it is stored: a child is on its parent's server, and
 * another server's run may have the same id. Only the first delivery about a child queries for it: later ones find it in the
 * child's row.
 */
export async function nameParents(
  trx: Transaction,
  observations: readonly Observation[],
  { rows, homes }: Stored,
): Promise<readonly Observation[]> {
  if (!observations.some((observation) => readChild(observation) !== undefined)) return observations;
  const stored = new Map(rows.map((row) => [readRunKey(row), row["parent"]]));
  const isStored = (observation: Observation, { server, parent }: Child) => {
    const name = stored.get(toRunKey(observation));
    return name === parent || name === nameForeign(server, parent);
  };
  const unknown = observations.flatMap((observation) => {
    const child = readChild(observation);
    if (
      child === undefined ||
      isStored(observation, child) ||
      homes.has(toRunKey({ ...observation, run: child.parent }))
    )
      return [];
    return [[observation.source, child.parent, observation.provider, 0]];
  });
  const found = await trx.write(
    runKeyRowset,
    unknown,
    (from) => `
      select runs.source, runs.native_id, runs.url
      from ${from} join runs on runs.source = given.source and runs.native_id = given.native_id`,
  );
  const all = new Map([...readHomes(found), ...homes]);
  return observations.map((observation) => {
    const child = readChild(observation);
    if (child === undefined) return observation;
    const home = all.get(toRunKey({ ...observation, run: child.parent }));
    if (home === child.server) return observation;
    if (home === undefined && stored.get(toRunKey(observation)) !== nameForeign(child.server, child.parent))
      return observation;
    return { ...observation, facts: { ...observation.facts, parent: nameForeign(child.server, child.parent) } };
  });
}

/**
 * Updates children that were stored before their parent, when the parent is stored under another id now because another
 * server's run has its id. Returns the updated rows of locked runs.
 */
export async function moveChildren(
  trx: Transaction,
  rows: readonly Row[],
  newRuns: readonly ForeignRun[],
): Promise<readonly Row[]> {
  const parents = new Map<number, string>();
  for (const { source, run, server, plainId } of newRuns) {
    const children = await trx.query("select id, url from runs where source = ? and parent = ?", [source, plainId]);
    for (const { id, url } of children) {
      if (readHost(url as string | null) !== server) continue;
      parents.set(Number(id), run);
      await trx.query("update runs set parent = ? where id = ?", [run, Number(id)]);
    }
  }
  if (parents.size === 0) return rows;
  return rows.map((row) => {
    const parent = parents.get(Number(row["id"]));
    return parent === undefined ? row : { ...row, parent };
  });
}
