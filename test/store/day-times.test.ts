import { expect } from "chai";
import { findDayBucket, unmeasuredBucket } from "../../src/core/day-bucket.ts";
import { compareDayTimes, createLocalSteps } from "../../src/core/store/maintenance/fill-day-times.ts";
import type { SeriesRange } from "../../src/core/store/read/day-times-gap.ts";
import { retryWhileBusy } from "../../src/core/store/db/retry-while-busy.ts";
import { deleteExpired } from "../../src/core/store/record/delete-expired.ts";
import { databasesAndPartitions, now, sandbox } from "../support/database/databases.ts";
import { rows, toEntries } from "../support/database/tables.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { makeJobs, type MadeJob } from "../support/model/made-jobs.ts";
import { mentioning, ofJob, ofRun } from "../support/model/observations.ts";
import { randomFrom, shuffled } from "../support/random.ts";

const day = 86_400_000;

/** What the day cube holds, over all shards: a text for each row that is not empty, with its counts. */
async function readCube(store: TestStore): Promise<Map<string, string>> {
  const found = await rows(
    store,
    `select t.day, r.labels, t.bucket, sum(t.count) as count, sum(t.sum_millis) as millis
     from day_times t join rollups r on r.id = t.rollup_id group by t.day, r.labels, t.bucket
     having sum(t.count) <> 0 or sum(t.sum_millis) <> 0`,
  );
  return new Map(
    found.map(({ day: on, labels, bucket, count, millis }) => [
      [on, ...(JSON.parse(String(labels)) as string[]).filter((_, i) => i !== 5), bucket].join(),
      `${Number(count)} ${Number(millis)}`,
    ]),
  );
}

/** The same, counted one by one. */
function countCube(jobs: readonly MadeJob[]): Map<string, string> {
  const cube = new Map<string, [number, number]>();
  for (const { finishedAt, project, pipeline, stage, job_name: name, result, duration } of jobs) {
    const millis = duration === null ? 0 : Math.round(duration * 1000);
    const bucket = duration === null ? unmeasuredBucket : findDayBucket(millis);
    const key = [Math.floor(finishedAt / day), "gitlab", project, pipeline, stage, name, result, bucket].join();
    const [count, sum] = cube.get(key) ?? [0, 0];
    cube.set(key, [count + 1, sum + millis]);
  }
  return new Map([...cube].map(([key, figures]) => [key, figures.join(" ")]));
}

for (const database of databasesAndPartitions) {
  describe(`the day cube: ${database.name}`, function () {
    this.timeout(60_000);
    const box = sandbox(database);
    const compare = ({ connection }: TestStore) => compareDayTimes(connection, createLocalSteps(connection));

    it("holds each job once, whatever the order, the batches and the repetitions, and is what the jobs prove", async () => {
      for (const seed of [1, 2, 3]) {
        const random = randomFrom(seed);
        const { observations, jobs } = makeJobs(seed, 60);
        const store = await box.store();
        const deliveries = shuffled([...observations, ...observations], random);
        for (let from = 0; from < deliveries.length; ) {
          const size = 1 + Math.floor(random() * 20);
          await store.record(toEntries(deliveries.slice(from, from + size)));
          from += size;
        }

        expect(await readCube(store)).to.deep.equal(countCube(jobs));
        expect(await compare(store)).to.equal(0);
      }
    });

    it("holds each job once when several servers record the same deliveries at the same time, and retention works beside them", async () => {
      const { observations, jobs } = makeJobs(8, 60);
      const url = await box.url();
      const open = () => box.store({ url, shards: 3 });
      const stores = [await open(), await open(), await open()];
      const [first] = stores as [TestStore];

      await Promise.all(
        stores.map(async (store, i) => {
          for (const observation of shuffled(observations, randomFrom(i)))
            await retryWhileBusy(() => store.record(toEntries([observation])));
        }),
      );

      expect(await readCube(first)).to.deep.equal(countCube(jobs));
      await Promise.all(stores.map(({ connection }) => deleteExpired(connection, now + day)));
      expect([(await readCube(first)).size, await compare(first)]).to.deep.equal([0, 0]);
    });

    it("gets jobs that waited for their run's name when they are counted", async () => {
      const store = await box.store();
      const job = ofJob("11", "unit", "success", { clock: 60, started: 0 });
      await store.record(toEntries([mentioning("1", [job])]));
      expect([(await readCube(store)).size, await compare(store)]).to.deep.equal([0, 0]);

      await store.record(toEntries([ofRun("1", "success", { clock: 70 })]));

      expect([...(await readCube(store)).values()]).to.deep.equal(["1 60000"]);
      expect(await compare(store)).to.equal(0);
    });

    it("is corrected exactly where it has too little, too much, or rows that nothing proves", async () => {
      const { observations, jobs } = makeJobs(4, 80);
      const store = await box.store();
      await store.record(toEntries(observations));
      await rows(store, "delete from day_times where rollup_id % 2 = 0");
      await rows(store, "update day_times set count = count + 3, sum_millis = sum_millis + 7 where rollup_id % 3 = 0");
      await rows(store, "insert into day_times select 7, min(id), 16, 0, 5, 9 from rollups");
      const wrong = await compare(store);
      const steps = createLocalSteps(store.connection);
      const inParts = { ...steps, readGap: (range: SeriesRange) => steps.readGap({ ...range, rowsMax: 3 }) };
      expect(await compareDayTimes(store.connection, inParts)).to.equal(wrong);

      const corrected = await store.maintenance.rebuildDayTimes(now);

      expect(wrong).to.be.above(10).and.to.equal(corrected);
      expect(await compare(store)).to.equal(0);
      expect(await readCube(store)).to.deep.equal(countCube(jobs));
      expect(await store.maintenance.rebuildDayTimes(now + 1)).to.equal(0);
      let reads = 0;
      const counted = { ...steps, readGap: (range: SeriesRange) => steps.readGap(range).finally(() => reads++) };
      expect(await compareDayTimes(store.connection, counted)).to.equal(0);
      expect(reads, "the completions were read more than once").to.equal(1);
    });

    it("goes on holding what is stored when retention deletes runs, and loses the days of which nothing is left", async () => {
      const { observations } = makeJobs(5, 120);
      let clock = now;
      const store = await box.store({ clock: () => clock });
      for (const observation of observations) {
        clock = observation.facts.finishedAt ?? now;
        await store.record(toEntries([observation]));
      }
      const before = now - 15 * day;
      // As if another replica had added them.
      if (database.engine === "postgres") await rows(store, "update day_times set shard = 1 where bucket % 2 = 0");

      await deleteExpired(store.connection, before);

      expect(await compare(store)).to.equal(0);
      const [{ first } = {}] = await rows(store, "select min(day) as first from day_times");
      expect(Number(first)).to.be.at.least(Math.floor(before / day) - 1);
      const empty = await rows(store, "select day from day_times where count = 0 and sum_millis = 0");
      expect(empty).to.deep.equal([]);
      await deleteExpired(store.connection, now + 2 * day);
      expect(await rows(store, "select day from day_times")).to.deep.equal([]);
    });

    it("is filled after an upgrade, a day later once more, and never again", async () => {
      const { observations, jobs } = makeJobs(6, 40);
      const store = await box.store();
      const before = observations.slice(0, 20);
      const meanwhile = observations.slice(20);
      // What the version before records: all but the cube.
      const forget = () => rows(store, "delete from day_times");
      await store.record(toEntries(before));
      await forget();
      await rows(store, "delete from day_times_fills");

      const fill = (at: number) => store.maintenance.fillDayTimes(at);
      expect(await fill(now)).to.be.above(0);
      expect(await compare(store)).to.equal(0);
      await store.record(toEntries(meanwhile));
      await forget();
      expect(await fill(now + day / 2)).to.equal(undefined);
      expect(await fill(now + day)).to.be.above(0);
      expect(await fill(now + 9 * day)).to.equal(undefined);
      expect(await readCube(store)).to.deep.equal(countCube(jobs));
    });

    it("needs no filling in a new ledger", async () => {
      const store = await box.store();
      await store.record(toEntries(makeJobs(7, 5).observations));

      expect(await store.maintenance.fillDayTimes(now)).to.equal(undefined);
    });
  });
}
