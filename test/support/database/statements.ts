import type { Database } from "better-sqlite3";
import { Client } from "pg";
import type { Connection } from "../../../src/core/store/db/connect.ts";

interface Asked {
  readonly text: string;
}

/** Every statement that `work` has the database run on this connection, in order, through Knex or past it. */
export async function recordStatements({ engine, knex }: Connection, work: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = [];
  const note = (sql: string) => {
    if (/^\s*(\/\*.*?\*\/ )?(select|insert|update|delete|with)/i.test(sql)) statements.push(sql);
  };
  if (engine === "postgres") {
    const original = Object.getOwnPropertyDescriptor(Client.prototype, "query");
    if (original === undefined) throw new Error("the driver has no method `query`");
    const query = new Proxy(original.value as () => unknown, {
      apply(target, client, given: [string | Asked | { readonly statements: readonly Asked[] }]) {
        // Knex gives the driver an object with the text, we give it several or the text itself.
        const [asked] = given;
        if (typeof asked === "string") note(asked);
        else for (const { text } of "statements" in asked ? asked.statements : [asked]) note(text);
        return Reflect.apply(target, client, given) as unknown;
      },
    });
    Object.defineProperty(Client.prototype, "query", { ...original, value: query });
    await work();
    Object.defineProperty(Client.prototype, "query", original);
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
