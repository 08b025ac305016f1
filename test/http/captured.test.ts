import { expect } from "chai";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { replayStored } from "../../src/commands/replay/replay.ts";
import { loadConfig } from "../../src/config/index.ts";
import { codeEventTables } from "../../src/core/store/db/code-event-tables.ts";
import { createLog } from "../../src/log.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { readRows } from "../support/database/rows.ts";
import { freshFolder } from "../support/folder.ts";
import { testServers, type TestServer } from "../support/server/server.ts";
import { readHttpFile } from "../support/payloads/http-file.ts";

const testdata = join(import.meta.dirname, "../../src/adapters/gitlab/testdata");
const fixtures = readdirSync(testdata).filter((name) =>
  /^(pipeline|job|deployment|merge-request|push)-.*\.http$/.test(name),
);

const tables = ["runs", "jobs", ...Object.values(codeEventTables).map(({ table }) => table)];

type Json = Readonly<Record<string, unknown>>;

for (const database of databases) {
  describe(`what GitLab says besides states and times: ${database.name}`, () => {
    const start = testServers();
    const box = sandbox(database);
    const folder = freshFolder();

    async function deliver(server: TestServer, names: readonly string[]): Promise<void> {
      for (const name of names) {
        const { body } = readHttpFile(join(testdata, name)).request;
        const { status } = await server.deliver("gitlab", body);
        expect(status, name).to.be.oneOf([200, 202]);
      }
    }

    /** Every row, without when it was written. */
    async function readAll(server: TestServer): Promise<Record<string, readonly unknown[]>> {
      const all: Record<string, readonly unknown[]> = {};
      for (const table of tables) {
        const rows = await readRows(server, table);
        all[table] = rows
          .map(({ id: _, run_id: _run, first_seen_at: _first, updated_at: _updated, ...row }) => JSON.stringify(row))
          .toSorted();
      }
      return all;
    }

    it("is in the answer about a run, with the wait at a gate apart from the queue", async () => {
      const server = await start({ databaseUrl: await box.url() });
      await deliver(server, ["pipeline-with-gates-environments-and-a-bot.http"]);

      const { json } = await server.request("/api/v1/runs/1");

      expect(json).to.include({ started_by: "bot", parent_job: "5500", change: null, restarted_by: null });
      expect(json).to.include({ committed_at: "2026-11-20T10:10:41.000Z", title: "Round totals before tax" });
      const jobs = new Map((json["jobs"] as readonly Json[]).map((job) => [job["name"], job]));
      expect(jobs.get("production")).to.deep.include({
        runner: "#9",
        runner_class: "instance_type",
        environment: "production/eu",
        gate: "manual",
        gate_seconds: 1798,
        queue_seconds: 9,
        detail: { started_by: "bot", environment_tier: "production" },
      });
      expect(jobs.get("production us")).to.include({ gate: "approval", gate_seconds: null });
      expect(jobs.get("compile")).to.include({ gate: null, gate_seconds: null, environment: null, detail: null });
    });

    it("comes to the same rows in another order, doubled, and when the kept bodies are replayed", async () => {
      const file = join(folder(), "pipegauge.yaml");
      writeFileSync(file, "sources: [{ name: gitlab, provider: gitlab, keepBodies: true }]\n");
      const databaseUrl = await box.url();
      const one = await start({ databaseUrl, env: { PIPEGAUGE_CONFIG: file } });
      const other = await start({ databaseUrl: await box.url() });
      await deliver(one, fixtures);
      await deliver(other, [...fixtures.toReversed(), ...fixtures]);

      const rows = await readAll(one);
      for (const table of tables) expect(rows[table], table).to.not.be.empty;
      expect(await readAll(other)).to.deep.equal(rows);

      for (const table of Object.values(codeEventTables)) await one.store.connection.knex(table.table).delete();
      const settings = loadConfig({ env: { PIPEGAUGE_DATABASE_URL: databaseUrl }, argv: [] });
      const { outcomes } = await replayStored(settings, createLog("silent"), {});
      settings.close();

      expect(outcomes.get("accepted")).to.be.above(30);
      expect(await readAll(one)).to.deep.equal(rows);
    });
  });
}
