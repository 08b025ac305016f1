import { expect } from "chai";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { AppError } from "../../src/core/errors.ts";
import type { Row } from "../../src/core/store/db/columns.ts";
import { connect, type Connection } from "../../src/core/store/db/connect.ts";
import { migrate, migrationConfig } from "../../src/core/store/db/migrate.ts";
import { databases, noLog, sandbox } from "../support/database/databases.ts";
import { catchFailure } from "../support/failures.ts";
import { ofRun } from "../support/model/observations.ts";
import { runProgram } from "../support/server/program.ts";
import { readContents, fillTables, readSchema, tableNames } from "../support/database/schema.ts";
import { toEntries } from "../support/database/tables.ts";
import { until } from "../support/wait.ts";

const files = readdirSync(migrationConfig.directory).toSorted();
const stall = new URL("../support/database/stall-migration.ts", import.meta.url).href;

for (const database of databases) {
  describe(`migrations: ${database.name}`, function () {
    this.timeout(60_000);
    const open: Connection[] = [];
    afterEach("disconnect", async () => {
      for (const { knex } of open.splice(0)) await knex.destroy();
    });
    const box = sandbox(database);

    function connected(url: string): Connection {
      const connection = connect(url, noLog);
      open.push(connection);
      return connection;
    }

    const up = ({ knex }: Connection, name: string) => knex.migrate.up({ ...migrationConfig, name });
    const down = ({ knex }: Connection, name: string) => knex.migrate.down({ ...migrationConfig, name });
    const migrateBySubprocess = (
      url: string,
      env: Record<string, string> = {},
      onOutput?: Parameters<typeof runProgram>[2],
    ) => runProgram(["migrate"], { PIPEGAUGE_DATABASE_URL: url, ...env }, onOutput);

    it("go up with data, down without losing what was there before, and up again to the same", async () => {
      const connection = connected(await box.url("empty"));

      expect(files).to.not.be.empty;
      for (const name of files) {
        const [schema, tables] = [await readSchema(connection), await tableNames(connection)];
        const contents = await readContents(connection, tables);
        await up(connection, name);
        const migrated = await readSchema(connection);
        expect(migrated, name).to.not.deep.equal(schema);
        await fillTables(connection);

        await down(connection, name);
        expect(await readSchema(connection), name).to.deep.equal(schema);
        expect(await readContents(connection, tables), name).to.deep.equal(withAddedShards(name, contents));

        await up(connection, name);
        expect(await readSchema(connection), name).to.deep.equal(migrated);
        await fillTables(connection);
      }
      for (const name of files.toReversed()) await down(connection, name);
      expect(await tableNames(connection)).to.deep.equal([]);
    });

    it("make of an old database with data the same as of a new one", async () => {
      const old = connected(await box.url("empty"));
      for (const name of files) {
        await up(old, name);
        await fillTables(old);
      }
      const fresh = connected(await box.url("empty"));

      expect(await migrate(fresh)).to.deep.equal(files);

      expect(await readSchema(old)).to.deep.equal(await readSchema(fresh));
      expect(await migrate(old)).to.deep.equal([]);
    });

    it("are applied once by several processes that start at the same time", async () => {
      const url = await box.url("empty");

      const ended = await Promise.all([1, 2, 3].map(() => migrateBySubprocess(url)));

      for (const { code, stderr } of ended) {
        expect(code, stderr).to.equal(0);
        // Those that found no file say so: on SQLite the first one makes it.
        expect(stderr).to.match(/^(\{"level":"warn",[^\n]*"msg":"new database: [^\n]*\n)?$/);
      }
      const applied = ended.flatMap(({ stdout }) => stdout.split("\n").filter((line) => line.startsWith("applied ")));
      expect(applied).to.deep.equal(files.map((name) => `applied ${name}`));
      expect(await migrate(connected(url))).to.deep.equal([]);
    });

    it("leave nothing, and nothing locked, when the migrator is killed in the middle", async () => {
      const url = await box.url("empty");
      const env = { NODE_OPTIONS: `--import=tsx --import=${stall}` };
      let stalled = "";

      const killed = await migrateBySubprocess(url, env, (text, program) => {
        stalled += text;
        if (stalled.includes("stalled before create table")) program.kill("SIGKILL");
      });

      expect(stalled, killed.stderr).to.match(/stalled before create table [`"]rollups/);
      expect(killed.code).to.not.equal(0);
      const connection = connected(url);
      await until(async () => (await lockHolders(connection)) === 0, "the end of the killed session");
      expect(await tableNames(connection)).to.deep.equal([]);
      expect(await migrate(connection)).to.deep.equal(files);
    });

    it("wait for a migrator that is at work", async () => {
      const url = await box.url("empty");
      const { knex, engine } = connected(url);
      const first = await knex.transaction();
      await first.raw(engine === "sqlite" ? "pragma user_version = 1" : "select pg_advisory_xact_lock(7310000)");
      let waits = 0;

      const second = box.store({ url });
      void second.then(() => waits++);
      // That it waits shows in time alone. It looks at the lock again every 250 ms (`pauseMillis` in db/migrate.ts).
      await new Promise((resume) => setTimeout(resume, 2 * 250));
      expect(waits, "it did not wait").to.equal(0);
      await first.rollback();

      const store = await second;
      expect(await store.record(toEntries([ofRun("1", "success", { clock: 70 })]))).to.deep.equal(["accepted"]);
    });

    it("of a newer version: the database is refused and left as it was", async () => {
      const url = await box.url();
      const connection = connected(url);
      await fillTables(connection);
      await connection
        .knex("knex_migrations")
        .insert({ name: "29990101000000_later.js", batch: 2, migration_time: new Date(0) });
      const all = [...(await tableNames(connection)), "knex_migrations", "knex_migrations_lock"];
      const before = [await readSchema(connection), await readContents(connection, all)];
      await connection.knex.destroy();
      const digest = fileDigest(url);

      const error = await catchFailure(box.store({ url }));

      expect(error).to.be.instanceOf(AppError).with.property("code", "schema");
      expect(error.message).to.match(/newer version of Pipegauge \(29990101000000_later\.js\)/);
      expect(fileDigest(url)).to.equal(digest);
      const again = connected(url);
      expect([await readSchema(again), await readContents(again, all)]).to.deep.equal(before);
    });
  });
}

/** A migration that goes down moves one thing: the shard of 1 of everything, by which each table was filled, into its total. */
function withAddedShards(name: string, contents: Awaited<ReturnType<typeof readContents>>): typeof contents {
  const { rollups } = contents;
  if (rollups === undefined || !name.endsWith("_create_rollup_shards.js")) return contents;
  const isFigure = (column: string) => /^(count|sum_millis|bucket_\d+)$/.test(column);
  const add = (row: Row) =>
    Object.fromEntries(
      Object.entries(row).map(([column, cell]) => [column, isFigure(column) ? Number(cell) + 1 : cell]),
    );
  return { ...contents, rollups: rollups.map(add) };
}

/** Sessions of killed programs that still hold a lock of ours; a file's locks end with the process. */
async function lockHolders({ knex, engine }: Connection): Promise<number> {
  if (engine === "sqlite") return 0;
  const { rows } = await knex.raw<{ rows: { count: number }[] }>(
    `select count(*) as count from pg_locks l join pg_database d on d.oid = l.database
     where d.datname = current_database() and l.pid <> pg_backend_pid() and l.locktype in ('advisory', 'relation')`,
  );
  return Number(rows[0]?.count);
}

/** What is on disk; nothing where the database is no file. */
function fileDigest(url: string): string {
  if (!url.startsWith("sqlite:")) return "";
  const hash = createHash("sha256");
  for (const suffix of ["", "-wal"]) {
    const file = url.slice("sqlite:".length) + suffix;
    hash.update(existsSync(file) ? readFileSync(file) : `no ${suffix}`);
  }
  return hash.digest("hex");
}
