import { expect } from "chai";
import { buildFill } from "../../bench/answer-ledger.ts";
import { dayTimesErrorBound } from "../../src/core/day-bucket.ts";
import { writerThread } from "../../src/commands/serve/writer.ts";
import { createLocalPartialSteps, updatePartialAnswers } from "../../src/core/store/maintenance/partial-answers.ts";
import type { AnswerQuery } from "../../src/core/store/read/types.ts";
import { deleteExpired } from "../../src/core/store/record/delete-expired.ts";
import { dayMillis } from "../../src/core/time.ts";
import { databasesAndPartitions, sandbox } from "../support/database/databases.ts";
import { rows } from "../support/database/tables.ts";
import { trackThreads } from "../support/database/threads.ts";
import type { TestStore } from "../support/database/test-store.ts";

const runs = 700;
const everyMillis = 860_000;
/** Midnight of a day, and a moment of the eighth day after it: the last runs are hours before that. */
const origin = 20_500 * dayMillis;
const now = origin + 7 * dayMillis + 12 * 3_600_000;
/** Whole days: an answer from rows is about the same span as one from days. */
const span = { since: origin + dayMillis, until: origin + 8 * dayMillis };
const prices = [{ runnerClass: "*", from: 0, perMinute: 0.006, rounding: "minute_up" }] as const;

/** Answers from rows where `exactMax` is left out, else from what is stored of hours and days. */
async function readAnswers(store: TestStore, exactMax?: number) {
  const query: AnswerQuery = { ...span, filter: {}, ...(exactMax === undefined ? {} : { exactMax }) };
  return {
    failures: await store.read("failures", query),
    flaky: await store.read("flaky", { ...query, prices }),
    pathJobs: await store.read("pathJobs", query),
    redMain: await store.read("redMain", { ...query, until: now }),
    waste: await store.read("waste", { ...query, by: ["project", "runner_class", "day"], prices }),
    runners: await store.read("runners", { ...query, targetSeconds: 60 }),
  };
}

/** The same figures from rows and from what is stored, whether that is up to date or not. */
async function expectEqual(store: TestStore): Promise<void> {
  const [exact, stored] = [await readAnswers(store), await readAnswers(store, 0)];
  for (const name of ["failures", "waste", "redMain", "pathJobs"] as const) {
    expect(stored[name], name).to.deep.equal(exact[name]);
    expect(stored[name]).to.include({ exact: true, errorBound: null });
    expect(stored[name].items).to.not.deep.equal([]);
  }
  expect(stored.flaky).to.deep.equal({ ...exact.flaky, exact: false, errorBound: 0 });
  expect(stored.runners).to.include({ exact: false, errorBound: dayTimesErrorBound });
  expect(stored.runners).to.include({ runs: exact.runners.runs, jobs: exact.runners.jobs });
  stored.runners.items.forEach((item, i) => {
    const expected = exact.runners.items[i];
    expect(item.meanRunning).to.be.closeTo(expected?.meanRunning ?? 0, 1e-9);
    expect(item.queueP90).to.be.closeTo(expected?.queueP90 ?? 0, (expected?.queueP90 ?? 0) * dayTimesErrorBound);
  });
}

for (const database of databasesAndPartitions) {
  describe(`answers of hours and days: ${database.name}`, function () {
    this.timeout(120_000);
    const box = sandbox(database);
    const threads = trackThreads();
    const update = (store: TestStore, recent = false) =>
      updatePartialAnswers(createLocalPartialSteps(store.connection), now, { runsMin: 0, recent });
    const countRows = async (store: TestStore) =>
      (
        await rows(
          store,
          "select hours, count(distinct hour) as count from partial_answers group by hours order by hours",
        )
      ).map(({ hours, count }) => [Number(hours), Number(count)]);

    async function createFilled(): Promise<TestStore> {
      const store = await box.store();
      for (const sql of buildFill({ runs, origin, everyMillis }, 1, runs + 1)) await rows(store, sql);
      return store;
    }

    it("are those of rows, and are made once", async () => {
      const store = await createFilled();
      await expectEqual(store);
      const made = await update(store);
      expect(made).to.include({ days: 7, isLarge: true });
      expect(await countRows(store)).to.deep.equal([[24, 7]]);
      await expectEqual(store);
      expect(await update(store)).to.include({ hours: 0, days: 0 });
      expect(await update(store, true)).to.include({ hours: 0, days: 0 });
    });

    it("start no thread of a server where there is nothing to make", async () => {
      const url = await box.url();
      const filler = await box.store({ url });
      for (const sql of buildFill({ runs, origin, everyMillis }, 1, runs + 1)) await rows(filler, sql);
      const { maintenance } = await box.store({ url, thread: writerThread });

      expect(await maintenance.updatePartialAnswers(now, { runsMin: runs })).to.deep.equal({
        hours: 0,
        days: 0,
        isLarge: false,
      });
      expect(threads, "the writer alone").to.have.length(1);
      await update(filler);
      expect(await maintenance.updatePartialAnswers(now, { runsMin: runs - 1 })).to.include({ days: 0, isLarge: true });
      // SQLite's calls block, so its threads also find out what is missing.
      expect(threads).to.have.length(database.engine === "postgres" ? 1 : 2);
      await rows(filler, "delete from partial_answers");
      expect(await maintenance.updatePartialAnswers(now, { runsMin: runs - 1 })).to.include({ days: 7 });
      expect(threads).to.have.length(2);
    });

    it("stay right while runs change and are deleted, and are made again", async () => {
      const store = await createFilled();
      await update(store);
      // A run of the third day is restarted on the last one, and its job passes; another one moves within its hour.
      const last = now - 3_600_000;
      await rows(store, `update runs set result = 'success', updated_at = ${last} where id = 300`);
      await rows(store, "update jobs set result = 'success' where run_id = 300");
      await rows(store, "update runs set updated_at = updated_at + 1, ref = 'main' where id = 400");
      await expectEqual(store);
      const deleted = await deleteExpired(store.connection, origin + 2 * dayMillis + 5_000_000);
      expect(deleted.runs).to.be.greaterThan(150);
      await expectEqual(store);
      await update(store);
      await expectEqual(store);
      expect(await update(store)).to.include({ hours: 0, days: 0 });
    });

    it("do without rows of another version, and of hours that have not ended", async () => {
      const store = await createFilled();
      await updatePartialAnswers(createLocalPartialSteps(store.connection), origin + 3 * dayMillis + 5_400_000, {
        runsMin: 0,
      });
      const [[, hours] = [], [, days] = []] = await countRows(store);
      expect([hours, days]).to.deep.equal([1, 3]);
      await expectEqual(store);
      await rows(store, "update partial_answers set version = 0, state = 'of another form'");
      await expectEqual(store);
    });

    it("are not made of few runs, and widen a span to days", async () => {
      const store = await createFilled();
      const steps = createLocalPartialSteps(store.connection);
      expect(await updatePartialAnswers(steps, now)).to.deep.equal({ hours: 0, days: 0, isLarge: false });
      const query = { since: span.since + 1, until: span.until - 1, filter: {}, exactMax: 0 };
      expect(await store.read("failures", query)).to.include(span);
      expect(await store.read("redMain", query)).to.include({ since: query.since, until: query.until });
    });
  });
}
