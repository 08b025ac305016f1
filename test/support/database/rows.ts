import type { TestStore } from "./test-store.ts";

export type TableRow = Readonly<Record<string, unknown>>;

/** Rows of a table, oldest first, that have all these values. */
export async function readRows(
  { store }: { readonly store: TestStore },
  table: string,
  where: Readonly<Record<string, string | number | boolean | null>> = {},
): Promise<TableRow[]> {
  return store.connection.knex<TableRow>(table).where(where).orderByRaw("1");
}
