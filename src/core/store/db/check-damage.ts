import { AppError } from "../../errors.ts";
import type { Connection } from "./connect.ts";
import { toRows } from "./transaction.ts";

/** Bytes of a file that are looked at whole at a start: that takes about a tenth of a second. */
const checkedWhole = 32 * 1024 * 1024;

/**
 * Throws `schema` for a SQLite file whose pages do not fit together. Of a large one only the totals are looked at, which no
 * delivery can do without; other damage shows when it is met. PostgreSQL checks its pages itself, where it is told to.
 */
export async function refuseDamaged({ engine, knex }: Connection): Promise<void> {
  if (engine !== "sqlite") return;
  const [size] = toRows(
    await knex.raw("select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()"),
  );
  const hasTotals = await knex.schema.hasTable("rollups");
  const part = Number(size?.["bytes"]) <= checkedWhole || !hasTotals ? "1" : "'rollups'";
  const [found] = toRows(await knex.raw(`pragma quick_check(${part})`));
  const words = String(found?.["quick_check"]);
  if (words !== "ok") throw new AppError("schema", `the database file is damaged, restore a backup: ${words}`);
}
