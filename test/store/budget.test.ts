import { expect } from "chai";
import { randomInt } from "node:crypto";
import { normalise } from "../../src/core/normalise.ts";
import { storedMetrics, type MetricKey } from "../../src/core/stored-metrics.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { databasesAndShards, noLog, now, sandbox } from "../support/database/databases.ts";
import { ofJob, ofRun } from "../support/model/observations.ts";
import { toEntries, rows, totals } from "../support/database/tables.ts";

const seriesMax = 12;
/** What it says of full metrics is shares.test.ts' business. */
const quiet = { ...noLog, warn: () => undefined };

/** A green run of a pipeline that was never seen before, with one job; it waited 10 s and worked 60 s, the job 5 and 30. */
function strange(i: number) {
  const job = ofJob(`${i}1`, `job ${i}`, "success", { clock: 65, queued: 30, started: 35 });
  const facts = { project: `project ${i}`, pipeline: `pipeline ${i % 7}` };
  return ofRun(String(i), "success", { clock: 70, queued: 0, started: 10, jobs: [job], facts });
}

const many = (from: number, count: number) => Array.from({ length: count }, (_, i) => strange(from + i));

async function stored(store: TestStore): Promise<Map<string, number>> {
  const counts = await rows(store, "select metric, count(*) as count from rollups group by metric");
  return new Map(counts.map((row) => [String(row["metric"]), Number(row["count"])]));
}

/** Sum of everything a metric ever counted, and of the seconds it observed. */
async function sum(store: TestStore, metric: MetricKey): Promise<{ count: number; seconds: number }> {
  const all = (await store.snapshot()).rollups.filter((row) => row.metric === metric);
  const add = (of: (row: (typeof all)[number]) => number) => all.reduce((total, row) => total + of(row), 0);
  return { count: add(({ count }) => count), seconds: add(({ sum: seconds }) => seconds) };
}

async function overflow(store: TestStore, metric: MetricKey): Promise<number | undefined> {
  return (await totals(store))[`${storedMetrics.overflow.name}{metric="${storedMetrics[metric].name}"}`];
}

const listProjects = async (store: TestStore, metric: MetricKey) =>
  (await store.snapshot()).rollups.filter((row) => row.metric === metric).map(({ labels }) => labels[1] ?? "");

for (const database of databasesAndShards) {
  describe(`store, series budget: ${database.name}`, () => {
    const box = sandbox(database);

    it("folds what does not fit, says how often, and loses no event", async () => {
      const store = await box.store({ seriesMax, log: quiet });

      await store.record(toEntries(many(0, 50)));

      expect(await sum(store, "runs")).to.deep.equal({ count: 50, seconds: 0 });
      expect(await sum(store, "runDuration")).to.deep.equal({ count: 50, seconds: 3000 });
      expect(await sum(store, "jobQueue")).to.deep.equal({ count: 50, seconds: 250 });
      expect(await overflow(store, "runs")).to.equal(50 - seriesMax);
      expect(await overflow(store, "runQueue")).to.equal(50 - seriesMax);
      expect(await totals(store)).to.include({
        'cicd_pipeline_runs_total{provider="gitlab",project="__other__",pipeline="__other__",default_branch="true",result="success"}':
          50 - seriesMax,
      });
      const queued = await listProjects(store, "runQueue");
      expect(queued.filter((project) => project !== "__other__")).to.have.length(seriesMax);
    });

    it("stores no more series for anything that arrives after that, in one batch or one by one", async () => {
      const store = await box.store({ seriesMax, log: quiet });
      await store.record(toEntries(many(0, 50)));
      const full = await stored(store);

      await store.record(toEntries(many(50, 200)));
      for (const one of toEntries(many(250, 20))) await store.record([one]);

      expect(await stored(store)).to.deep.equal(full);
      for (const [metric, count] of full) expect(count, metric).to.be.at.most(seriesMax + 12);
      expect(await sum(store, "runs")).to.deep.equal({ count: 270, seconds: 0 });
      expect(await overflow(store, "runs")).to.equal(270 - seriesMax);
    });

    it("goes on counting into the series that fitted, also after a restart", async () => {
      const url = await box.url();
      const first = await box.store({ url, seriesMax, log: quiet });
      await first.record(toEntries(many(0, 30)));
      const second = await box.store({ url, seriesMax, log: quiet });
      const before = await totals(second);

      for (const [i, store] of [first, second].entries()) {
        const again = ofRun(`again ${i}`, "success", { clock: 70, facts: strange(0).facts });
        await store.record(toEntries([again, strange(100 + i)]));
      }

      const storedSeries =
        'cicd_pipeline_runs_total{provider="gitlab",project="project 0",pipeline="pipeline 0",default_branch="true",result="success"}';
      expect((await totals(second))[storedSeries]).to.equal((before[storedSeries] ?? 0) + 2);
      expect(await overflow(second, "runs")).to.equal(30 - seriesMax + 2);
    });

    it("gives room that was added later to new series, and takes none away", async () => {
      const url = await box.url();
      await (await box.store({ url, seriesMax, log: quiet })).record(toEntries(many(0, 30)));
      const roomier = await box.store({ url, seriesMax: 1000 });

      await roomier.record(toEntries([strange(500)]));

      expect(await listProjects(roomier, "runs"))
        .to.include("project 500")
        .and.include("__other__");
      expect(await overflow(roomier, "runs")).to.equal(30 - seriesMax);
    });

    it("keeps series apart for any labels, and finds each again", async () => {
      const url = await box.url();
      const long = "x".repeat(10_000);
      const odd = [
        "",
        '"',
        "\\",
        '\\"',
        "'",
        "a,b",
        "[",
        "\u2028",
        "日本",
        "É",
        "E\u0301",
        "\u{1F600}",
        "%s",
        "?",
        "$1",
        ":a",
        "{}",
      ];
      const names = [
        "__proto__",
        "constructor",
        "toString",
        "__other__ ",
        "null",
        "NULL",
        " ",
        "a ",
        "A",
        "a",
        "\\N",
        `${long}1`,
        `${long}2`,
      ];
      const all = [...odd, ...names].map((project, i) =>
        normalise(ofRun(String(i), "success", { clock: 70, facts: { project, pipeline: project } }), now),
      );

      for (const run of ["first", "second"]) {
        const store = await box.store({ url });
        await store.record(
          toEntries(all.map((observation) => ({ ...observation, run: `${run} ${observation.run}`, completion: run }))),
        );
      }

      const { rollups } = await (await box.store({ url })).snapshot();
      const green = rollups.filter(({ metric, labels }) => metric === "runs" && labels.at(-1) === "success");
      expect(green.map(({ count }) => count)).to.deep.equal(all.map(() => 2));
      expect(green.map(({ labels }) => labels[1])).to.include.members([...odd, ...names.slice(0, -2)]);
      for (const { labels } of green) for (const value of labels) expect(value.length).to.be.at.most(128);
      expect(({} as Record<string, unknown>)["count"]).to.equal(undefined);
    });

    it("takes names as long as a sender cares to make them, also where nothing in them repeats", async () => {
      const store = await box.store();
      const noise = () => String.fromCodePoint(...Array.from({ length: 10_000 }, () => randomInt(0x4e00, 0x9fff)));
      const observations = Array.from({ length: 5 }, (_, i) => {
        const job = ofJob(noise(), noise(), "success", { clock: 60, facts: { stage: noise() } });
        const facts = { project: noise(), pipeline: noise(), ref: noise() };
        return ofRun(`${i}${noise()}`, "success", { clock: 70, completion: noise(), jobs: [job], facts });
      });

      const outcomes = await store.record(toEntries(observations.map((one) => normalise(one, now))));

      expect(outcomes).to.deep.equal(observations.map(() => "accepted"));
      expect(await sum(store, "jobs")).to.deep.equal({ count: 5, seconds: 0 });
    });
  });
}
