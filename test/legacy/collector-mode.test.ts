import { expect } from "chai";
import { collectorModeSql } from "../../src/core/store/legacy/collector-mode.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { databases, now, sandbox } from "../support/database/databases.ts";
import { fill } from "../support/database/fill.ts";
import { recordStatements } from "../support/database/statements.ts";
import { rows } from "../support/database/tables.ts";
import { going, over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { counts, saved, fromWebhook, view } from "./saved.ts";
import type { Entry } from "../../src/core/delivery.ts";

const begun = fromWebhook(pipelineHook("running", [{ ...unit, status: "running" }], going));
const ended = fromWebhook(pipelineHook("success", [unit], over("10:05", 240)));
const next = fromWebhook(pipelineHook("success", [{ ...unit, id: 9 }], { ...over("10:05", 240), id: 701 }));

/** What a statement holds that is for the old collector's tables: their lock, the look for saved runs, numbers, figures. */
const forCollector = /advisory_xact_lock(_shared)?\(7310002\)|saved_id|legacy_(runs|jobs)/;
const isOn = "select tool, number_after, number_to from legacy_tools";

for (const database of databases) {
  describe(`what a batch does for the old collector's tables: ${database.name}`, () => {
    const { store: open, url } = sandbox(database);

    /** The statements of some batches, each of one delivery: how many, and those that are for the old collector. */
    async function recorded(store: TestStore, entries: readonly Entry[]) {
      const all = await recordStatements(store.connection, async () => {
        for (const one of entries) expect(await store.record([one])).to.deep.equal(["accepted"]);
      });
      return { all: all.length, legacy: all.filter((sql) => forCollector.test(sql)) };
    }

    it("is nothing where no pipeline was ever saved", async () => {
      const store = await open();

      const { all, legacy } = await recorded(store, [begun, ended, next]);

      expect(all).to.be.above(12);
      expect(legacy).to.deep.equal([]);
      expect(await rows(store, "select * from legacy_runs")).to.deep.equal([]);
      expect(await rows(store, isOn)).to.deep.equal([]);
    });

    it("is everything once a pipeline was saved, also for other processes", async () => {
      const shared = await url();
      const [store, other] = [await open({ url: shared }), await open({ url: shared })];
      await store.record([saved({ pipeline_id: 9, project: "a" })]);

      const { legacy } = await recorded(other, [begun]);

      expect(legacy.filter((sql) => sql.includes("saved_id"))).to.have.length(1);
      expect(legacy.some((sql) => sql.includes("pg_advisory_xact_lock_shared"))).to.equal(
        database.engine === "postgres",
      );
      expect(await rows(store, "select pipeline_id from legacy_runs order by 1")).to.deep.equal([
        { pipeline_id: 9 },
        { pipeline_id: 700 },
      ]);
    });

    it("is decided by the first pipeline that is saved, not by one that is known or refused", async () => {
      const store = await open();
      await store.record([begun]);

      expect(await store.record([saved()])).to.deep.equal(["accepted"]);

      expect(await rows(store, isOn)).to.deep.equal([{ tool: "pipeline-collector", number_after: 0, number_to: 1 }]);
      expect(await store.record([saved()])).to.deep.equal(["duplicate"]);
      await store.record([saved({ pipeline_id: 5 })]);
      expect(await rows(store, isOn)).to.deep.equal([{ tool: "pipeline-collector", number_after: 0, number_to: 1 }]);
    });

    it("does not depend on whether the first saved pipeline comes in one batch with others, or before or after", async () => {
      const figures = { duration: 240, duration_e2e: 41, pipeline_id: 700 };
      const outcomes: unknown[] = [];
      for (const batches of [
        [[begun], [ended], [saved()]],
        [[begun], [saved()], [ended]],
        [[begun, saved(), ended]],
        [[saved(), begun], [ended]],
        [[saved()], [ended]],
      ]) {
        const store = await open();
        for (const batch of batches) await store.record(batch);
        outcomes.push((await counts(store))["cicd_pipeline_runs_total success"]);
        const [row, ...others] = await view(store, "metrics_pipeline");
        expect(row).to.include(figures);
        expect(others).to.deep.equal([]);
      }
      expect(outcomes).to.deep.equal([1, 1, 1, 1, 1]);
    });

    it("is asked for also where no delivery of a batch is new: replayed ones and parts of one", async () => {
      const store = await open();
      const replayed: Entry = { ...ended, delivery: { ...ended.delivery, replayed: true } };
      await store.record([{ ...begun, part: true }]);
      await store.record([ended]);
      await store.record([replayed]);
      expect(await rows(store, "select * from legacy_runs")).to.deep.equal([]);

      await store.record([saved({ pipeline_id: 9, project: "a" })]);
      await store.record([{ ...next, part: true }]);
      await store.record([{ ...next, delivery: { ...replayed.delivery } }]);

      expect(await rows(store, "select pipeline_id from legacy_runs order by 1")).to.deep.equal([
        { pipeline_id: 9 },
        { pipeline_id: 701 },
      ]);
    });

    it("is everything from the first batch on that finds a pipeline which the version before saved", async () => {
      const store = await open();
      await store.record([saved()]);
      // The version before writes all the same, but does not say so.
      await rows(store, "delete from legacy_tools");

      await store.record([ended]);

      expect((await counts(store))["cicd_pipeline_runs_total success"]).to.equal(1);
      expect(await rows(store, "select tool from legacy_tools")).to.deep.equal([{ tool: "pipeline-collector" }]);
    });

    it("is asked by indexes alone, also where the database knows nothing of its tables yet", async () => {
      const store = await open();
      await fill(store, 3000);
      const explain = database.engine === "sqlite" ? "explain query plan" : "explain";
      for (const statistics of [
        "analyze",
        database.engine === "sqlite" ? "delete from sqlite_stat1" : "delete from pg_statistic",
      ]) {
        await rows(store, statistics);
        const plan = (await rows(store, `${explain} select ${collectorModeSql}`)).map((row) =>
          Object.values(row).join(" "),
        );

        expect(plan.join("\n")).to.match(/runs_source_native_id_unique/);
        expect(plan.join("\n")).to.not.match(/SCAN runs|Seq Scan on runs/);
      }
    });

    it("is everything where a setting says so, and repeated it changes nothing", async () => {
      const store = await open();
      await store.record([begun]);

      expect(await store.maintenance.turnOnCollector(now)).to.be.true;
      const before = await rows(store, "select * from legacy_tools");
      expect(await store.maintenance.turnOnCollector(now + 1)).to.be.false;

      expect(await rows(store, "select * from legacy_tools")).to.deep.equal(before);
      await store.record([next]);
      expect(await rows(store, "select pipeline_id from legacy_runs")).to.deep.equal([{ pipeline_id: 701 }]);
    });
  });
}
