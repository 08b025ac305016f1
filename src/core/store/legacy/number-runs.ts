import type { Cell } from "../db/rowset.ts";
import { legacyRunColumns, legacyRunRowset } from "../db/legacy-tables.ts";
import type { Transaction } from "../db/transaction.ts";

/** Reads a native id that the old tables can hold: a positive whole number. */
export function readNumber(nativeId: string): number | undefined {
  const number = /^[1-9]\d{0,15}$/.test(nativeId) ? Number(nativeId) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

/**
 * Gives runs their numbers in the old collector's tables; one that has a number keeps it. `runs`: the result of `readNumber`
 * for the native id, by `runs.id`. A native number that another run has already, and a native id that is no number, become a
 * negative number.
 */
export async function numberRuns(trx: Transaction, runs: ReadonlyMap<number, number | undefined>): Promise<void> {
  // In a fixed order, so that replicas cannot deadlock on a number that both want.
  const rows = [...runs].map(([id, number]): [number, number] => [id, number ?? -id]).toSorted(([, a], [, b]) => a - b);
  const numbered = await insertNumbers(trx, rows);
  if (numbered.length === rows.length) return;
  const done = new Set(numbered.map(legacyRunColumns.runId.read));
  await insertNumbers(
    trx,
    rows.filter(([id]) => !done.has(id)).map(([id]) => [id, -id]),
  );
}

function insertNumbers(trx: Transaction, rows: readonly (readonly Cell[])[]) {
  return trx.write(
    legacyRunRowset,
    rows,
    (from, columns) => `
      insert into legacy_runs (${columns}) select ${columns} from ${from} where true
      on conflict do nothing returning run_id`,
  );
}
