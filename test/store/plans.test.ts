import { expect } from "chai";
import type { Connection } from "../../src/core/store/db/connect.ts";
import { findSeries } from "../../src/core/store/record/find-series.ts";
import { deleteExpired } from "../../src/core/store/record/delete-expired.ts";
import { readStoredDeliveries } from "../../src/core/store/maintenance/stored-deliveries.ts";
import { databases, now, sandbox } from "../support/database/databases.ts";
import { recordStatements } from "../support/database/statements.ts";
import { mentioning, ofJob, ofRun } from "../support/model/observations.ts";
import { toEntries, entry, rows } from "../support/database/tables.ts";

const [sqlite] = databases;
if (sqlite === undefined) throw new Error("SQLite is always there");
const database = sqlite;

const ledgerTables = "runs|jobs|deliveries|run_completions|job_completions|rollups|legacy_runs|legacy_jobs";

/** A run with a job and a completion; `moved` says more of the same one later. */
const run = (i: number) => [
  ofRun(String(i), "failure", {
    clock: 60,
    epoch: 1,
    jobs: [ofJob(`${i}1`, "check", "failure", { clock: 50, started: 20 })],
  }),
  ofRun(String(i), "failure", { clock: 60, epoch: 1, queued: 0, started: 10 }),
];

/** What SQLite reads how: `SCAN` from the beginning to the end, `SEARCH` by an index. */
async function explain({ knex }: Connection, sql: string): Promise<string[]> {
  // A plan is made before anybody looks at the values.
  const bindings = [...sql.matchAll(/\?/g)].map(() => null);
  const plan = await knex.raw<{ detail: string }[]>(`explain query plan ${sql}`, bindings as never);
  return plan.map(({ detail }) => detail);
}

/** Every SQL text that `work` has the driver run. */
async function listQueries(connection: Connection, work: () => Promise<unknown>): Promise<string[]> {
  return [...new Set(await recordStatements(connection, work))];
}

/** The name by which a plan calls a table, and the table. */
function aliasesIn(sql: string): Map<string, string> {
  const found = sql.matchAll(
    new RegExp(
      `\\b(${ledgerTables})\\b(?:\\s+(?:as\\s+)?(?!on\\b|set\\b|where\\b|join\\b|order\\b|group\\b|using\\b)(\\w+))?`,
      "g",
    ),
  );
  return new Map(
    [...found].flatMap(([, table = "", alias]) => [
      [table, table],
      [alias ?? table, table],
    ]),
  );
}

/** Whole tables that a statement reads row by row; an index of only the rows in question is not a whole table. */
function scansIn(sql: string, plan: readonly string[], partial: ReadonlySet<string>): string[] {
  const aliases = aliasesIn(sql);
  return plan.flatMap((detail) => {
    const [, name = "", index = ""] = /^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?/.exec(detail) ?? [];
    const table = aliases.get(name);
    return table === undefined || partial.has(index) ? [] : [table];
  });
}

describe("store, query plans: SQLite", () => {
  const box = sandbox(database);

  /** A store that holds a few hundred runs, and knows it. */
  async function filled() {
    const store = await box.store();
    await store.record(toEntries(Array.from({ length: 300 }, (_, i) => run(i)).flat()));
    await rows(store, "analyze");
    const indexes = await rows(store, "select name from sqlite_master where type = 'index' and sql like '% where %'");
    return { store, partial: new Set(indexes.map(({ name }) => String(name))) };
  }

  it("no statement that records a delivery reads a whole table", async () => {
    for (const analyzed of [true, false]) {
      const { store, partial } = await filled();
      if (!analyzed) await rows(store, "delete from sqlite_stat1");
      const fresh = await box.store({ url: `sqlite:${store.connection.knex.client.config.connection.filename}` });
      const about = (id: string, job: string) =>
        mentioning(id, [ofJob(job, "check", "success", { clock: 60 })], { retriesByName: true });
      const jobs = [about("1", "11"), about("1", "12"), about("3000", "1"), about("4000", "1")];
      const elsewhere = { url: "https://ci.example.net/runs", parent: "1" };
      // Of another server: a child, and then its parent, whose id is taken.
      const strange = ["5000", "1"].map((id) => ({
        ...ofRun(id, "success", { clock: 70, facts: elsewhere }),
        server: "ci.example.net",
      }));
      const observations = [...run(1), ...jobs, ...run(1000), ...run(2000), ...run(3000), ...strange];

      const queries = await listQueries(fresh.connection, async () => {
        for (const one of toEntries(observations)) await fresh.record([one]);
        await fresh.release(now + 1);
        await fresh.record([entry("dead", [], { outcome: "dead_letter", content: { headers: "{}", body: "{}" } })]);
      });

      expect(queries.length).to.be.above(10);
      for (const query of queries) {
        const plan = await explain(fresh.connection, query);
        expect(scansIn(query, plan, partial), `${query}\n${plan.join("\n")}`).to.deep.equal([]);
      }
    }
  });

  it("a scrape looks at all series, whose number is bounded, and at no other table as a whole", async () => {
    const { store, partial } = await filled();

    const queries = await listQueries(store.connection, () => store.snapshot());

    const scanned: string[] = [];
    for (const query of queries) scanned.push(...scansIn(query, await explain(store.connection, query), partial));
    expect(queries).to.have.length.above(4);
    expect([...new Set(scanned)]).to.deep.equal(["rollups"]);
  });

  it("what is asked for on the side, and what retention deletes, is found by an index too", async () => {
    const { store, partial } = await filled();

    const queries = await listQueries(store.connection, async () => {
      await findSeries(store.connection, "runs", "gitlab");
      for await (const page of readStoredDeliveries(store.connection.knex, { dead: true }))
        expect(page).to.have.length(0);
      await store.maintenance.hasExpired(now + 1);
      await deleteExpired(store.connection, now + 1);
    });

    expect(queries.filter((query) => /^\s*delete/.test(query))).to.have.length(6);

    for (const query of queries) {
      const plan = await explain(store.connection, query);
      expect(scansIn(query, plan, partial), `${query}\n${plan.join("\n")}`).to.deep.equal([]);
    }
  });

  it("a statement that does read a whole table would be found out", async () => {
    const { store, partial } = await filled();

    for (const [sql, table] of [
      ["select * from runs r where sha = 'x'", "runs"],
      ["update rollups set count = 1 where created_at = 0", "rollups"],
      ["select t.* from run_completions as t where t.result = 'x'", "run_completions"],
    ] as const) {
      expect(scansIn(sql, await explain(store.connection, sql), partial)).to.deep.equal([table]);
    }
  });
});
