import type { Connection } from "../../../src/core/store/db/connect.ts";
import type { Row } from "../../../src/core/store/db/columns.ts";
import { toRows } from "../../../src/core/store/db/transaction.ts";

const own = "not like 'knex\\_%' escape '\\'";

const inPublic = `n.nspname = 'public' and c.relname ${own}`;

/** Everything that a migration can make, in the catalog's own words. */
const catalogs = {
  sqlite: {
    objects: `select type, name, tbl_name, sql from sqlite_master where tbl_name ${own} and name not like 'sqlite\\_%' escape '\\' order by type, name`,
  },
  postgres: {
    columns: `
      select c.relname, a.attname, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull,
        pg_get_expr(d.adbin, d.adrelid) as preset, col_description(c.oid, a.attnum) as comment
      from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      where ${inPublic} and c.relkind in ('r', 'v') and a.attnum > 0 and not a.attisdropped order by 1, 2`,
    relations: `
      select c.relname, c.relkind::text as kind, obj_description(c.oid) as comment,
        case when c.relkind = 'v' then pg_get_viewdef(c.oid) when c.relkind = 'i' then pg_get_indexdef(c.oid) end as definition
      from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${inPublic} order by 1`,
    constraints: `
      select c.relname, o.conname, pg_get_constraintdef(o.oid) as definition
      from pg_constraint o join pg_class c on c.oid = o.conrelid join pg_namespace n on n.oid = c.relnamespace
      where ${inPublic} order by 1, 2`,
    triggers: `select tgname, pg_get_triggerdef(oid) as definition from pg_trigger where not tgisinternal order by 1`,
    functions: `select proname, prosrc from pg_proc where pronamespace = 'public'::regnamespace order by 1`,
  },
} as const;

export type Schema = Readonly<Record<string, readonly Row[]>>;

/** The schema of a database without Knex's own tables; equal for two databases that nothing can tell apart. */
export async function readSchema({ knex, engine }: Connection): Promise<Schema> {
  const schema: Record<string, readonly Row[]> = {};
  for (const [name, sql] of Object.entries(catalogs[engine])) {
    schema[name] = toRows(await knex.raw(sql.replaceAll("?", "\\?"))).map(plain);
  }
  return schema;
}

/** SQLite keeps the text of a statement, and a table that was altered is written with other blanks and quotes. */
function plain(row: Row): Row {
  const { sql, ...rest } = row;
  return typeof sql === "string" ? { ...rest, sql: sql.toLowerCase().replaceAll(/[`"\s]+/g, " ") } : row;
}

export async function tableNames({ knex, engine }: Connection): Promise<string[]> {
  const sql =
    engine === "sqlite"
      ? `select name from sqlite_master where type = 'table' and name ${own} and name not like 'sqlite\\_%' escape '\\' order by rowid`
      : `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${inPublic} and c.relkind = 'r' order by c.oid`;
  return toRows(await knex.raw(sql)).map(({ name }) => String(name));
}

/** Puts a row into each table that is empty: 1 for a number, `1` for a text, null where it may be for every other column. */
export async function fillTables(connection: Connection): Promise<void> {
  const { knex } = connection;
  for (const table of await tableNames(connection)) {
    if ((await knex(table).first()) !== undefined) continue;
    const columns = Object.entries(await knex(table).columnInfo());
    const cells = columns.map(([name, { type, nullable }], i) => [
      name,
      nullable && i % 2 === 0 ? null : createValue(type),
    ]);
    await knex(table).insert(Object.fromEntries(cells) as Row);
  }
}

function createValue(type: string): string | number | boolean {
  if (type === "text" || type.startsWith("varchar") || type.startsWith("character")) return "1";
  return type === "boolean" ? true : 1;
}

/** All rows of these tables. */
export async function readContents({ knex }: Connection, tables: readonly string[]): Promise<Record<string, Row[]>> {
  const contents: Record<string, Row[]> = {};
  for (const table of tables) contents[table] = toRows(await knex(table).select());
  return contents;
}
