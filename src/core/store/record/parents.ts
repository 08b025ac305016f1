import { readHost } from "../../read-host.ts";
import type { Observation } from "../../model.ts";
import type { Row } from "../db/columns.ts";
import { readRunKey, runKey } from "../db/rows.ts";
import { runKeyRowset } from "../db/rowsets.ts";
import type { Transaction } from "../db/transaction.ts";
import { nameForeign, readHomes, type ForeignRun, type Homes } from "../db/run-homes.ts";

interface Known {
  /** Those of the observed runs. */
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
 * Observations of children with what their parents are called here: a child is of its parent's server, whose ids another
 * server's runs may have. Only the first delivery about a child asks for that: later ones find it in the child's row.
 */
export async function nameParents(
  trx: Transaction,
  observations: readonly Observation[],
  { rows, homes }: Known,
): Promise<readonly Observation[]> {
  if (!observations.some((said) => readChild(said) !== undefined)) return observations;
  const stored = new Map(rows.map((row) => [readRunKey(row), row["parent"]]));
  const isStored = (said: Observation, { server, parent }: Child) => {
    const name = stored.get(runKey(said));
    return name === parent || name === nameForeign(server, parent);
  };
  const unknown = observations.flatMap((said) => {
    const child = readChild(said);
    if (child === undefined || isStored(said, child) || homes.has(runKey({ ...said, run: child.parent }))) return [];
    return [[said.source, child.parent, said.provider, 0]];
  });
  const found = await trx.write(
    runKeyRowset,
    unknown,
    (from) => `
      select runs.source, runs.native_id, runs.url
      from ${from} join runs on runs.source = given.source and runs.native_id = given.native_id`,
  );
  const all = new Map([...readHomes(found), ...homes]);
  return observations.map((said) => {
    const child = readChild(said);
    if (child === undefined) return said;
    const home = all.get(runKey({ ...said, run: child.parent }));
    if (home === child.server) return said;
    if (home === undefined && stored.get(runKey(said)) !== nameForeign(child.server, child.parent)) return said;
    return { ...said, facts: { ...said.facts, parent: nameForeign(child.server, child.parent) } };
  });
}

/**
 * Gives the children that were told of before their parent the name that it gets now, because another server's run has its
 * id. Returns the rows of locked runs as they are then.
 */
export async function moveChildren(
  trx: Transaction,
  rows: readonly Row[],
  fresh: readonly ForeignRun[],
): Promise<readonly Row[]> {
  const parents = new Map<number, string>();
  for (const { source, run, server, plainId } of fresh) {
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
