import type { Database } from "better-sqlite3";
import { expect } from "chai";
import { listPipelines, readActive } from "../../src/core/store/scrape/active-runs.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { databasesAndShards, now, sandbox } from "../support/database/databases.ts";
import { ofRun } from "../support/model/observations.ts";
import { toEntries, rows } from "../support/database/tables.ts";

/** As deliveries of `running` leave them, one a project, two states. */
async function insertActive(store: TestStore, count: number): Promise<void> {
  const values = Array.from(
    { length: count },
    (_, i) =>
      `('main', 'flood ${i}', 'gitlab', 'flood/${i}', 'ci', '${i % 2 === 0 ? "pending" : "executing"}', ${now}, ${now})`,
  );
  for (let from = 0; from < count; from += 500) {
    await rows(
      store,
      `insert into runs (source, native_id, provider, project, pipeline, state, first_seen_at, updated_at)
       values ${values.slice(from, from + 500).join(", ")}`,
    );
  }
}

const going = (run: string, project: string) =>
  ofRun(run, "executing", { clock: 5, facts: { project, pipeline: "ci" } });

for (const database of databasesAndShards) {
  describe(`store, runs that have not finished: ${database.name}`, () => {
    const box = sandbox(database);

    async function filled(flood: number): Promise<TestStore> {
      const store = await box.store();
      await store.record(
        toEntries([
          going("1", "shop/cart"),
          going("2", "shop/cart"),
          going("3", "shop/é\"'\\"),
          ofRun("4", "success", { clock: 70 }),
        ]),
      );
      await insertActive(store, flood);
      return store;
    }

    it("are counted by pipeline and state where they are few", async () => {
      const store = await filled(4);

      const { active } = await store.snapshot();

      expect(active).to.have.length(6);
      expect(active).to.deep.include({
        provider: "gitlab",
        project: "shop/cart",
        pipeline: "ci",
        state: "executing",
        count: 2,
      });
    });

    it("are read as many times as there are series where they are many, and none is left out", async () => {
      const store = await filled(5000);

      const { active } = await store.snapshot();

      const other = { provider: "gitlab", project: "__other__", pipeline: "__other__" };
      expect(active).to.have.deep.members([
        { provider: "gitlab", project: "shop/cart", pipeline: "ci", state: "executing", count: 2 },
        { provider: "gitlab", project: "shop/é\"'\\", pipeline: "ci", state: "executing", count: 1 },
        { ...other, state: "pending", count: 2500 },
        { ...other, state: "executing", count: 2500 },
      ]);
    });

    if (database.engine === "sqlite")
      it("are looked up in an index, in its order, and only pipelines with series one by one", async () => {
        const store = await filled(100);
        const { knex } = store.connection;
        const pool = knex.client as {
          acquireConnection(): Promise<Database>;
          releaseConnection(of: Database): Promise<void>;
        };
        const driver = await pool.acquireConnection();
        await pool.releaseConnection(driver);
        const prepare = driver.prepare.bind(driver);
        const plans = new Map<string, string[]>();
        driver.prepare = (sql: string) => {
          if (/from runs|cross join runs/.test(sql) && !sql.startsWith("explain")) {
            const plan = prepare<unknown[], { detail: string }>(`explain query plan ${sql}`).all(
              ...sql
                .split("?")
                .slice(1)
                .map(() => 0),
            );
            plans.set(
              sql,
              plan.map(({ detail }) => detail),
            );
          }
          return prepare(sql);
        };

        const { rollups } = await store.snapshot();
        plans.clear();

        const active = await knex.transaction((trx) =>
          readActive(trx, store.connection.bulk, { pipelines: listPipelines(rollups), staleBefore: 0, spare: 0 }),
        );
        expect(active).to.have.length(4);

        const steps = [...plans.values()].map((details) => details.filter((detail) => / runs\b/.test(detail)).join());
        expect(steps).to.deep.equal([
          "SCAN runs USING INDEX runs_active_index",
          "SEARCH runs USING INDEX runs_active_index (provider=? AND project=? AND pipeline=? AND state>?)",
          "SEARCH runs USING INTEGER PRIMARY KEY (rowid=?),SCAN runs USING INDEX runs_active_index",
        ]);
        const [limited = []] = plans.values();
        expect(
          limited.filter((detail) => /TEMP B-TREE FOR GROUP BY/.test(detail)),
          "it ends at its limit",
        ).to.deep.equal([]);
      });
  });
}
