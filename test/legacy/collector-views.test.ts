import { expect } from "chai";
import { createCollectorViews } from "../../src/commands/serve/collector-views.ts";
import { createLog } from "../../src/log.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { lockDatabase } from "../support/database/lock.ts";
import { rows } from "../support/database/tables.ts";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { testServers } from "../support/server/server.ts";
import { fromWebhook } from "./saved.ts";

const hook = (id: number) => pipelineHook("success", [{ ...unit, id: id * 10 }], { ...over("10:05", 240), id });
const shown = "select pipeline_id from metrics_pipeline order by 1";
const going = new AbortController().signal;

for (const database of databases) {
  describe(`the setting that fills the old collector's views: ${database.name}`, () => {
    const serve = testServers();
    const box = sandbox(database);

    it("shows the runs of webhooks alone, and goes on to where it is not set any more", async () => {
      const databaseUrl = await box.url();
      const without = await serve({ databaseUrl });
      await without.deliver("gitlab", hook(1));
      expect(await rows(without.store, shown)).to.deep.equal([]);
      await without.stop();

      const server = await serve({ databaseUrl, env: { PIPEGAUGE_COLLECTOR_VIEWS: "true" } });
      await server.deliver("gitlab", hook(2));
      expect(await rows(server.store, shown)).to.deep.equal([{ pipeline_id: 2 }]);
      expect(server.output()).to.include("the old pipeline collector's views show every run from now on");
      await server.stop();

      const again = await serve({ databaseUrl });
      await again.deliver("gitlab", hook(3));
      expect(await rows(again.store, shown)).to.deep.equal([{ pipeline_id: 2 }, { pipeline_id: 3 }]);
      expect(again.output()).to.not.include("views");
    });

    it("adds the runs of before while the server runs, and stops with it", async () => {
      const store = await box.store();
      await store.record([fromWebhook(hook(1)), fromWebhook(hook(2))]);
      const lines: string[] = [];
      const views = createCollectorViews(store, createLog("info", { write: (line) => void lines.push(line) }), true);

      await views.addEarlierRuns(AbortSignal.abort());
      expect(await rows(store, shown)).to.deep.equal([]);
      await views.addEarlierRuns(going);
      await views.addEarlierRuns(going);

      expect(await rows(store, shown)).to.deep.equal([{ pipeline_id: 1 }, { pipeline_id: 2 }]);
      expect(lines.filter((line) => line.includes('"runs":2'))).to.have.length(1);
      expect(lines).to.have.length(2);
    });
  });
}

for (const database of databases.filter(({ engine }) => engine === "sqlite")) {
  describe("the setting that fills the old collector's views, while another process writes: SQLite", () => {
    const box = sandbox(database);

    it("does not end the start: it is tried again, and the runs of the time between are added", async () => {
      const url = await box.url();
      const store = await box.store({ url });
      const lines: string[] = [];
      const views = createCollectorViews(store, createLog("info", { write: (line) => void lines.push(line) }), true);
      const lock = lockDatabase(url.slice("sqlite:".length));
      await views.turnOn();
      lock.release();
      expect(lines.join()).to.include("the old pipeline collector's views could not be turned on");
      await store.record([fromWebhook(hook(1))]);

      await views.addEarlierRuns(going);

      expect(await rows(store, shown)).to.deep.equal([{ pipeline_id: 1 }]);
    });
  });
}
