import type { Database } from "better-sqlite3";
import type { Connection } from "../../../src/core/store/db/connect.ts";

/** Every statement that `work` has the database run on this connection, in order, through Knex or past it. */
export async function recordStatements({ engine, knex }: Connection, work: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = [];
  const note = (sql: string) => {
    if (/^\s*(\/\*.*?\*\/ )?(select|insert|update|delete|with)/i.test(sql)) statements.push(sql);
  };
  if (engine === "postgres") {
    const addQuery = ({ sql }: { sql: string }) => note(sql);
    knex.on("query", addQuery);
    await work();
    knex.off("query", addQuery);
    return statements;
  }
  const pool = knex.client as {
    acquireConnection(): Promise<Database>;
    releaseConnection(of: Database): Promise<void>;
  };
  const connected = await pool.acquireConnection();
  await pool.releaseConnection(connected);
  const prepare = connected.prepare.bind(connected);
  connected.prepare = (sql: string) => {
    note(sql);
    return prepare(sql);
  };
  await work();
  connected.prepare = prepare;
  return statements;
}
