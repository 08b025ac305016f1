import Database from "better-sqlite3";

/** Holds SQLite's write lock by a connection of its own, as a backup or a person with a shell would. */
export function lockDatabase(file: string): { release(): void } {
  const database = new Database(file);
  database.exec("begin immediate");
  return {
    release() {
      if (database.open) database.exec("rollback");
      database.close();
    },
  };
}

/** Runs statements on a connection of its own. */
export function alterDatabase(file: string, sql: string): void {
  const database = new Database(file);
  database.exec(sql);
  database.close();
}
