import { expect } from "chai";
import { readFileSync } from "node:fs";
import type { Row } from "../../src/core/store/db/columns.ts";
import { toRows } from "../../src/core/store/db/transaction.ts";
import { panels } from "../legacy/panels.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { startTestServer, type TestServer } from "../support/server/server.ts";
import { rows } from "../support/database/tables.ts";
import { boards, queriesIn, getQuery } from "./boards.ts";
import { expandMacros, parseSeconds } from "./grafana.ts";
import { environment, evening, play } from "./world.ts";

const seeds = ["Pipelines on the default branch", "Before the tests", "Tests without restarts"];

for (const database of databases.filter(({ engine }) => engine === "postgres")) {
  describe("the dashboard over the older collector's tables", function () {
    this.timeout(120_000);
    sandbox(database);
    let server: TestServer;
    let drop: (() => Promise<void>) | undefined;
    const to = Date.now() + 60_000;
    const from = evening - 2 * 86_400_000;

    before("play a day", async () => {
      const created = await database.create("migrated");
      drop = () => created.drop();
      server = await startTestServer({ env: environment, databaseUrl: created.url });
      await play(server, 120, 2, () => Promise.resolve());
    });
    after(async () => {
      await server?.stop();
      await drop?.();
    });

    /** As Grafana sends it. */
    async function ask(sql: string, project: string, interval = "1h"): Promise<readonly Row[]> {
      const text = sql.replaceAll("$__interval", `${parseSeconds(interval)}s`).replaceAll("$project", project);
      return rows(server.store, expandMacros(text, from, to));
    }

    const variable = boards.get("legacy-pipelines.json")?.templating.list.find(({ name }) => name === "project");

    it("offers every project", async () => {
      const found = await ask(variable === undefined ? "" : getQuery(variable), "");

      expect(found.map(({ project }) => project)).to.include.members([
        "older/project",
        "demo/shop/checkout",
        "demo/mobile/app",
      ]);
    });

    for (const project of ["demo/shop/checkout", "older/project"]) {
      for (const { panel, target, what } of queriesIn("rawSql")) {
        it(`has data of ${project}: ${what}`, async () => {
          const found = await ask(target.rawSql ?? "", project, panel.interval);

          expect(found).to.not.be.empty;
          if (target.format === "time_series")
            expect(Number(found[0]?.["time"])).to.be.within(from / 1000 - 3600, to / 1000);
          // Steps inside of a job are known only where they were sent.
          const always = Object.entries(found[0] ?? {}).filter(([name]) => !/^(?:Pull|Up|Tests) p50$/.test(name));
          expect(always.filter(([, value]) => value === null)).to.deep.equal([]);
          expect(always.some(([, value]) => Number(value) > 0)).to.be.true;
        });
      }
    }

    it("is allowed to the user that docs/grafana.md makes", async () => {
      const page = readFileSync(new URL("../../docs/grafana.md", import.meta.url), "utf8");
      const [, sql = ""] = /```sql\n(.*?)```/s.exec(page) ?? [];
      const role = `grafana_${process.pid}`;
      const statements = sql.replaceAll(/\bgrafana\b/g, role);
      const { knex } = server.store.connection;

      const counted = await knex.transaction(async (trx) => {
        await trx.raw(statements);
        await trx.raw(`set local role ${role}`);
        const found = toRows(await trx.raw("select count(*)::int as count from metrics_job"));
        await trx.raw("reset role");
        await trx.raw(`drop owned by ${role}`);
        await trx.raw(`drop role ${role}`);
        return found[0]?.["count"];
      });

      expect(counted).to.be.above(0);
    });

    it("shows the steps that were sent", async () => {
      const tests = queriesIn("rawSql").find(({ panel }) => panel.title === "Tests");

      const [row] = await ask(tests?.target.rawSql ?? "", "older/project");

      expect(row).to.include({ name: "e2e", "Pull p50": 3, "Up p50": 7, "Tests p50": 14 });
    });
  });
}

describe("the dashboard over the older collector's tables", () => {
  it("has the older queries to the letter", () => {
    const texts = queriesIn("rawSql").filter(({ panel }) => seeds.includes(panel.title));

    expect(texts.map(({ target }) => target.rawSql)).to.deep.equal(panels("postgres").map((sql) => sql.trim()));
  });
});
