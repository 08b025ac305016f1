import { expect } from "chai";
import { allDatabases, noLog, now, sandbox } from "../support/database/databases.ts";
import { at, mentioning, ofJob, ofRun } from "../support/model/observations.ts";
import { toEntries, entry, rows, tables, totals } from "../support/database/tables.ts";
import type { Entry } from "../../src/core/delivery.ts";
import { openStore } from "../../src/core/store/index.ts";

const green = ofRun("1", "success", {
  clock: 70,
  queued: 0,
  started: 10,
  jobs: [ofJob("11", "check", "success", { clock: 60, queued: 10, started: 20 })],
});

for (const database of allDatabases) {
  describe(`store: ${database.name}`, () => {
    const { store: open, url } = sandbox(database);

    it("keeps what a delivery says of a run", async () => {
      const store = await open();

      expect(await store.record([entry("a", [green])])).to.deep.equal(["accepted"]);

      const { runs, jobs, runCompletions } = await tables(store);
      expect(runs).to.have.length(1);
      expect(runs[0]).to.include({
        source: "main",
        native_id: "1",
        provider: "gitlab",
        project: "shop/cart",
        pipeline: "checkout",
        default_branch: true,
        state: "finished",
        result: "success",
        queued_at: at(0),
        started_at: at(10),
        finished_at: at(70),
        queue_seconds: 10,
        duration_seconds: 60,
        attempt: 1,
        restarts: 0,
        recovered: false,
        version_clock: at(70),
        older: null,
      });
      expect(jobs).to.have.length(1);
      expect(jobs[0]).to.include({ run: "main/1", native_id: "11", name: "check", task_type: "test", retries: null });
      expect(runCompletions).to.deep.equal([
        {
          run: "main/1",
          key: "1/1",
          attempt_order: 0,
          result: "success",
          finished_at: at(70),
          queue_seconds: 10,
          duration_seconds: 60,
          series: `runs ["gitlab","shop/cart","checkout","true","success"]`,
        },
      ]);
    });

    it("adds a completion to its counter and histograms, with the run as their exemplar", async () => {
      const store = await open();

      await store.record([entry("a", [green])]);

      const { rollups } = await store.snapshot();
      const exemplar = { run: "1", url: "https://ci.example.com/runs/1", at: at(70) };
      const counter = rollups.find(({ metric, labels }) => metric === "runs" && labels.at(-1) === "success");
      expect(counter).to.deep.equal({
        metric: "runs",
        labels: ["gitlab", "shop/cart", "checkout", "true", "success"],
        count: 1,
        sum: 0,
        buckets: [],
        createdAt: now,
        exemplar: { ...exemplar, seconds: null },
      });
      const histogram = rollups.find(({ metric }) => metric === "runDuration");
      expect(histogram).to.deep.include({ count: 1, sum: 60, exemplar: { ...exemplar, seconds: 60 } });
      expect(histogram?.buckets).to.deep.equal([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    });

    it("links a histogram to the same one of two jobs that ended together, in any order of delivery", async () => {
      const [quick, slow] = [30, 10].map((started, i) =>
        mentioning("1", [ofJob(String(i), "check", "success", { clock: 60, queued: 0, started })]),
      );

      for (const order of [
        [quick, slow],
        [slow, quick],
      ]) {
        const store = await open();
        await store.record(toEntries([ofRun("1", "pending", { clock: 0 })]));
        for (const observation of order) await store.record(toEntries(observation === undefined ? [] : [observation]));

        const { rollups } = await store.snapshot();
        expect(rollups.find(({ metric }) => metric === "jobDuration")?.exemplar?.seconds).to.equal(50);
      }
    });

    it("starts a pipeline's counters at 0 before its first result", async () => {
      const store = await open();

      await store.record([entry("a", [ofRun("1", "pending", { clock: 0, queued: 0 })])]);

      const { rollups } = await store.snapshot();
      expect(rollups.map(({ metric, count }) => [metric, count])).to.deep.equal([
        ["recovered", 0],
        ["restarts", 0],
        ...Array.from({ length: 6 }, () => ["runs", 0]),
      ]);
    });

    it("takes a delivery once, in one batch and across batches", async () => {
      const store = await open();
      const twice = [entry("a", [green]), entry("a", [green]), entry("b", [])];

      expect(await store.record(twice)).to.deep.equal(["accepted", "duplicate", "accepted"]);
      const once = await tables(store);
      expect(await store.record(twice)).to.deep.equal(["duplicate", "duplicate", "duplicate"]);

      expect(await tables(store)).to.deep.equal(once);
      expect(await rows(store, "select key from deliveries order by key")).to.deep.equal([{ key: "a" }, { key: "b" }]);
    });

    it("counts a completion once, under any key of its delivery", async () => {
      const store = await open();
      await store.record(toEntries([green]));
      const once = await tables(store);

      expect(await store.record(toEntries([green, green, green]))).to.deep.equal(Array(3).fill("accepted"));

      expect(await tables(store)).to.deep.equal(once);
    });

    it("keeps ignored deliveries without a word on runs", async () => {
      const store = await open();

      const outcomes = await store.record([entry("a", [], { outcome: "ignored", reason: "a push" })]);

      expect(outcomes).to.deep.equal(["ignored"]);
      expect(await rows(store, "select outcome, reason, body from deliveries")).to.deep.equal([
        { outcome: "ignored", reason: "a push", body: null },
      ]);
      expect((await store.snapshot()).lastDeliveries).to.deep.equal([{ source: "main", at: now }]);
    });

    it("shows runs that have not finished, and only those", async () => {
      const store = await open();

      await store.record(
        toEntries([
          ...["1", "2"].map((run) => ofRun(run, "executing", { clock: 10 })),
          ofRun("3", "pending", { clock: 0 }),
          green,
          mentioning("4", [ofJob("41", "check", "executing", { clock: 10 })]),
          ofRun("5", "pending", { clock: 0, facts: { project: "a" } }),
        ]),
      );
      await store.record(toEntries([ofRun("3", "skip", { clock: 1 })]));

      const about = { provider: "gitlab", pipeline: "checkout" };
      expect((await store.snapshot()).active).to.deep.equal([
        { ...about, project: "a", state: "pending", count: 1 },
        { ...about, project: "shop/cart", state: "executing", count: 1 },
      ]);
    });

    it("hands out functions and the name of its engine, and neither Knex nor a connection", async () => {
      const store = await openStore({ url: await url(), log: noLog, clock: () => now, seriesMax: 100 });
      const { maintenance, engine, ...others } = store;
      await store.close();

      expect(engine).to.equal(database.engine);
      for (const [name, member] of Object.entries({ ...others, ...maintenance })) {
        expect(member, name).to.be.a("function").and.to.not.have.property("raw");
      }
    });

    it("never lets a counter go down over deliveries in any order", async () => {
      const store = await open();
      const all = ["success", "failure", "cancellation", "skip", "executing"] as const;
      const deliveries: Entry[] = toEntries(
        all.flatMap((status, i) =>
          [2, 1, 3].map((epoch) => ofRun("1", status, { clock: 50 - i, epoch, attempt: epoch, completion: `${i}` })),
        ),
      );

      let before: Record<string, number> = {};
      for (const delivery of deliveries) {
        await store.record([delivery]);
        const after = await totals(store);
        for (const [series, value] of Object.entries(before)) expect(after[series], series).to.be.at.least(value);
        before = after;
      }
      expect(before).to.not.be.empty;
    });
  });
}
