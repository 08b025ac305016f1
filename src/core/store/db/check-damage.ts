import { AppError } from "../../errors.ts";
import type { Connection } from "./connect.ts";
import { toRows } from "./transaction.ts";

/** A file up to this many bytes is checked whole at a start: that takes about a tenth of a second. */
const checkedWhole = 32 * 1024 * 1024;

/**
 * Throws `schema` for a SQLite file whose pages are inconsistent. In a large file only the table of totals is checked, which
 * every delivery needs; other damage shows when its pages are read. PostgreSQL has checksums of its own, if it is set so.
 */
export async function refuseDamaged({ engine, knex }: Connection): Promise<void> {
  if (engine !== "sqlite") return;
  const [size] = toRows(
    await knex.raw("select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()"),
  );
  const hasTotals = await knex.schema.hasTable("rollups");
  const part = Number(size?.["bytes"]) <= checkedWhole || !hasTotals ? "1" : "'rollups'";
  const [found] = toRows(await knex.raw(`pragma quick_check(${part})`));
  const result = String(found?.["quick_check"]);
  if (result !== "ok") throw new AppError("schema", `the database file is damaged, restore a backup: ${result}`);
}
