import { resolve } from "node:path";

/** What a person calls this database: `SQLite file /srv/ci.db`, `PostgreSQL database ci on db.example.com:5432 as ci`. */
export function describeDatabase(databaseUrl: string): string {
  if (databaseUrl === "sqlite::memory:") return "SQLite in memory: all data is lost at the end";
  if (databaseUrl.startsWith("sqlite:")) return `SQLite file ${resolve(databaseUrl.slice("sqlite:".length))}`;
  const { pathname, hostname, port, username } = new URL(databaseUrl);
  const name = pathname.slice(1) || "of the user's name";
  const user = username === "" ? "" : ` as ${username}`;
  return `PostgreSQL database ${name} on ${hostname === "" ? "a local socket" : `${hostname}:${port || "5432"}`}${user}`;
}
