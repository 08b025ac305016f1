import { expect } from "chai";
import Database from "better-sqlite3";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { importRunCounter } from "../../src/commands/serve/import-run-counter.ts";
import type { Store } from "../../src/core/store/index.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { freshFolder } from "../support/folder.ts";
import { runProgram } from "../support/server/program.ts";
import { testServers } from "../support/server/server.ts";
import { renderLedger } from "../../src/metrics/exposition.ts";
import { parseTotals } from "../support/exposition/totals.ts";

type OldRow = readonly [name: unknown, success: unknown, failure: unknown];

/** A database as the old run counter makes it. */
function oldDatabase(path: string, rows: readonly OldRow[]): string {
  const database = new Database(path);
  database.exec(
    "CREATE TABLE pipelineRuns (name TEXT PRIMARY KEY, success INTEGER NOT NULL, failure INTEGER NOT NULL)",
  );
  const insert = database.prepare("INSERT INTO pipelineRuns VALUES (?, ?, ?)");
  for (const row of rows) insert.run(...row);
  database.close();
  return path;
}

/** The lines of a log, and a log that keeps them. */
function listening() {
  const lines: { level: string; fields: Record<string, unknown>; text: string }[] = [];
  const at = (level: string) => (fields: Record<string, unknown>, text: string) =>
    void lines.push({ level, fields, text });
  return { lines, log: { info: at("info"), warn: at("warn") } as unknown as Parameters<typeof importRunCounter>[2] };
}

for (const database of databases) {
  describe(`import of an old run counter: ${database.name}`, () => {
    const { store: open, url } = sandbox(database);
    const folder = freshFolder();
    const old = (rows: readonly OldRow[]) => oldDatabase(join(folder(), "prpc.db"), rows);
    const take = (store: Store, path: string, log = listening().log) =>
      importRunCounter(store, { legacyDatabasePath: path }, log);

    async function total(store: Store, name: string, status: string): Promise<number> {
      const text = [...renderLedger(await store.snapshot(), "text")].join("");
      return parseTotals(text).total(`${name}_pipeline_run_total`, { status });
    }

    it("takes every count over, and logs it", async () => {
      const store = await open();
      const { lines, log } = listening();
      const path = old([
        ["car_factory", 41, 7],
        ["truck_factory", 0, 3],
      ]);

      await take(store, path, log);

      const shown = [await total(store, "car_factory", "success"), await total(store, "car_factory", "failure")];
      expect(shown).to.deep.equal([41, 7]);
      expect(await total(store, "truck_factory", "success")).to.equal(0);
      expect(await total(store, "truck_factory", "failure")).to.equal(3);
      expect(lines.map(({ level, fields }) => [level, fields["pipelines"], fields["runs"]])).to.deep.equal([
        ["info", 2, 51],
      ]);
    });

    it("adds nothing the second time, moved, grown or neither", async () => {
      const store = await open();
      await take(store, old([["car_factory", 41, 7]]));
      const { lines, log } = listening();

      await take(store, join(folder(), "prpc.db"), log);
      await take(store, oldDatabase(join(folder(), "moved.db"), [["car_factory", 50, 7]]), log);

      expect(await total(store, "car_factory", "success")).to.equal(41);
      expect(lines).to.deep.equal([]);
    });

    it("adds once when several start at the same time", async () => {
      const shared = await url();
      const stores = await Promise.all([open({ url: shared }), open({ url: shared }), open({ url: shared })]);
      const path = old([["car_factory", 41, 7]]);

      const outcomes = await Promise.allSettled(stores.map((store) => take(store, path)));

      expect(outcomes.map(({ status }) => status)).to.include("fulfilled");
      for (const store of stores) expect(await total(store, "car_factory", "failure")).to.equal(7);
    });

    it("adds to what was counted already", async () => {
      const store = await open();
      await take(store, old([["car_factory", 41, 7]]));
      const { knex } = store.connection;
      await knex("total_imports").delete();

      await take(store, join(folder(), "prpc.db"));

      expect(await total(store, "car_factory", "success")).to.equal(82);
    });

    it("leaves names out that never could be scraped, and says which", async () => {
      const store = await open();
      const { lines, log } = listening();

      await take(
        store,
        old([
          ["car-factory", 5, 0],
          ["car\nfactory 1", 5, 0],
          ["car_factory", 1, 0],
        ]),
        log,
      );

      expect(await total(store, "car_factory", "success")).to.equal(1);
      expect(lines.find(({ level }) => level === "warn")?.fields).to.deep.include({ count: 2 });
    });

    it("takes over more than the series budget has room for: what was shown must not vanish", async () => {
      const store = await open({ seriesMax: 10 });
      const names = Array.from({ length: 30 }, (_, i) => `factory_${i}`);

      await take(store, old(names.map((name, i) => [name, i, 1])));

      for (const [i, name] of names.entries()) expect(await total(store, name, "success")).to.equal(i);
    });

    it("does not pretend to know when the totals began", async () => {
      const store = await open();
      await take(store, old([["car_factory", 41, 7]]));

      const text = [...renderLedger(await store.snapshot(), "openmetrics")].join("");

      expect(text).to.contain('car_factory_pipeline_run_created{status="success"} 0\n');
    });

    const broken: readonly (readonly [string, OldRow, RegExp])[] = [
      ["a count that is no number", ["a", "many", 0], /a count of "a" is no whole number/],
      ["a fraction", ["a", 1.5, 0], /a count of "a"/],
      ["a count below 0", ["a", 0, -1], /a count of "a"/],
      ["a count beyond what is exact", ["a", 9_007_199_254_740_993n, 0], /a count of "a"/],
      ["a name that is none", [Buffer.from("a"), 1, 0], /is no text/],
    ];
    for (const [what, row, message] of broken) {
      it(`stops for ${what}, with nothing added`, async () => {
        const store = await open();

        const failure = await take(store, old([["b", 1, 1], row])).catch((error: unknown) => error);

        expect(failure).to.be.an("error").with.property("code", "config");
        expect((failure as Error).message).to.match(message);
        expect((await store.snapshot()).rollups).to.deep.equal([]);
      });
    }

    it("has nothing to do without the file, and with one that has no such table", async () => {
      const store = await open();
      new Database(join(folder(), "other.db")).exec("create table a (b)").close();
      writeFileSync(join(folder(), "empty.db"), "");

      for (const name of ["missing.db", "other.db", "empty.db"]) await take(store, join(folder(), name));

      expect((await store.snapshot()).rollups).to.deep.equal([]);
      await take(store, old([["car_factory", 1, 0]]));
      expect(await total(store, "car_factory", "success"), "a later file still counts").to.equal(1);
    });
  });
}

describe("import of an old run counter: at the start", () => {
  const serve = testServers();
  const folder = freshFolder();

  it("goes on from where the old tool stood, start after start", async () => {
    const env = { PRPC_DB_PATH: oldDatabase(join(folder(), "prpc.db"), [["car_factory", 41, 7]]) };
    const databaseUrl = `sqlite:${join(folder(), "ci.db")}`;
    const body = JSON.stringify({ name: "car_factory", success: false });

    for (let start = 1; start <= 3; start++) {
      const server = await serve({ env, databaseUrl });
      await server.request("/metrics", { method: "POST", body });
      const totals = await server.scrape();
      expect(totals.total("car_factory_pipeline_run_total", { status: "success" })).to.equal(41);
      expect(totals.total("car_factory_pipeline_run_total", { status: "failure" })).to.equal(7 + start);
      await server.stop();
    }
  });

  const broken: readonly (readonly [string, (path: string) => void])[] = [
    ["text", (path) => writeFileSync(path, "these are not the rows you are looking for\n".repeat(100))],
    ["a folder", (path) => mkdirSync(path)],
    [
      "a database with other columns",
      (path) => new Database(path).exec("create table pipelineRuns (name text, wins integer)").close(),
    ],
  ];
  for (const [what, make] of broken) {
    it(`ends the start with one line where the file is ${what}`, async () => {
      const path = join(folder(), "prpc.db");
      make(path);

      const { code, stderr } = await runProgram(["serve"], {
        PRPC_DB_PATH: path,
        PIPEGAUGE_PORT: "0",
        PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder(), "ci.db")}`,
      });

      expect(code).to.equal(2);
      expect(stderr).to.match(/^pipegauge: PRPC_DB_PATH: .*prpc\.db cannot be imported: [^\n]+\n$/);
    });
  }
});
