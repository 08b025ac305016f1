import type { Knex } from "knex";
import { text } from "./columns.ts";
import { toRows } from "./transaction.ts";

/**
 * SQL for the distinct values of a column, with one index look-up for each value instead of a scan of all rows. With
 * `within`, only rows with one value in that column, which is bound twice; an index must begin with `within` and `column`.
 */
export function buildDistinctSql(table: string, column: string, within?: string): string {
  const first = within === undefined ? "" : `where ${within} = ?`;
  const next = within === undefined ? "" : `t.${within} = ? and`;
  return `
    with recursive found(value) as (
      select min(${column}) from ${table} ${first}
      union all
      select (select min(t.${column}) from ${table} t where ${next} t.${column} > f.value) from found f where f.value is not null
    )
    select value from found where value is not null`;
}

const value = text("value");

/** All sources in a table. */
export async function listSources(knex: Knex, table: "runs" | "deliveries"): Promise<string[]> {
  return toRows(await knex.raw(buildDistinctSql(table, "source"))).map(value.read);
}

/** Projects that have runs, at most `max`. */
export async function listProjects(knex: Knex, max: number): Promise<string[]> {
  return toRows(await knex.raw(`${buildDistinctSql("runs", "project")} limit ${max}`)).map(value.read);
}

/** The pipelines of a project, at most `max`. */
export async function listPipelines(knex: Knex, project: string, max: number): Promise<string[]> {
  const sql = buildDistinctSql("runs", "pipeline", "project");
  return toRows(await knex.raw(`${sql} limit ${max}`, [project, project])).map(value.read);
}
