import { expect } from "chai";
import { writerThread } from "../../src/commands/serve/writer.ts";
import { AppError } from "../../src/core/errors.ts";
import { limitReads } from "../../src/core/store/read/limit-reads.ts";
import { startReader } from "../../src/core/store/read/reader.ts";
import { databases, noLog, now, sandbox } from "../support/database/databases.ts";
import { catchFailure } from "../support/failures.ts";
import { alterDatabase } from "../support/database/lock.ts";
import { ofJob, ofRun } from "../support/model/observations.ts";
import { toEntries } from "../support/database/tables.ts";
import { trackThreads } from "../support/database/threads.ts";
import { until } from "../support/wait.ts";

const [sqlite] = databases;
if (sqlite === undefined) throw new Error("SQLite is always there");
const database = sqlite;

describe("reading in a thread of its own: SQLite", () => {
  const threads = trackThreads();
  const box = sandbox(database);

  it("answers what a reader without a thread answers, and starts with the first question", async () => {
    const url = await box.url();
    const [plain, threaded] = [await box.store({ url }), await box.store({ url, thread: writerThread })];
    const jobs = [ofJob("11", "check", "failure", { clock: 50, started: 10 })];
    await threaded.record(
      toEntries([ofRun("1", "failure", { clock: 60, jobs }), ofRun("2", "executing", { clock: 9 })]),
    );
    expect(threads, "the writer alone").to.have.length(1);

    for (const store of [plain, threaded]) {
      const answers = await Promise.all([
        store.read("runs", { filter: { states: ["finished"] }, limit: 10 }),
        store.read("run", { id: 1 }),
        store.read("run", { id: 99 }),
        store.read("summary", { by: ["day"], since: 1, until: now, filter: {} }),
        store.read("deliveries", { limit: 1 }),
        store.read("state", null),
      ]);
      expect(answers).to.have.length(6);
      if (store === plain) continue;
      expect(answers[0]).to.deep.equal(await plain.read("runs", { filter: { states: ["finished"] }, limit: 10 }));
      expect(answers[1]).to.deep.equal(await plain.read("run", { id: 1 }));
      expect(answers[3]).to.deep.equal(await plain.read("summary", { by: ["day"], since: 1, until: now, filter: {} }));
      expect(answers[5]).to.deep.equal(await plain.read("state", null));
    }
    expect(threads, "the writer, one for lists and one for what is computed over a span").to.have.length(3);
  });

  it("sees what was acknowledged, and changes nothing", async () => {
    const store = await box.store({ thread: writerThread });
    for (const i of [1, 2, 3]) {
      await store.record(toEntries([ofRun(String(i), "success", { clock: 60 })]));
      expect((await store.read("runs", { filter: {}, limit: 10 })).items).to.have.length(i);
    }
  });

  it("lists runs while something is computed over a span", async () => {
    const store = await box.store({ thread: writerThread });
    for (let from = 0; from < 2000; from += 100)
      await store.record(
        toEntries(Array.from({ length: 100 }, (_, i) => ofRun(String(from + i), "success", { clock: 60 }))),
      );
    await Promise.all([store.read("runs", { filter: {}, limit: 1 }), store.read("state", null)]);
    const settled: string[] = [];

    await Promise.all([
      ...Array.from({ length: 20 }, async () => {
        await store.read("summary", { by: ["project", "pipeline"], since: 1, until: now, filter: {} });
        settled.push("summary");
      }),
      store.read("runs", { filter: {}, limit: 1 }).then(() => settled.push("runs")),
    ]);

    expect(settled).to.have.length(21);
    expect(settled.indexOf("runs")).to.be.below(20);
  });

  it("says what failed, goes on, and begins again after its end", async () => {
    const url = await box.url();
    const store = await box.store({ url, thread: writerThread });
    const file = url.slice("sqlite:".length);
    alterDatabase(file, "alter table deliveries rename to away");

    const error = await catchFailure(store.read("deliveries", { limit: 1 }));
    alterDatabase(file, "alter table away rename to deliveries");

    expect(error.message).to.match(/no such table/);
    expect((await store.read("deliveries", { limit: 1 })).items).to.deep.equal([]);
    const [, reader] = threads;
    await reader?.terminate();
    expect((await store.read("deliveries", { limit: 1 })).items).to.deep.equal([]);
    expect(threads).to.have.length(3);
    await store.close();
    await until(() => threads.every(({ threadId }) => threadId === -1), "the end of all threads");
  });

  it("hands on what is meant for people, so that a question that cannot be answered is not taken for a failure of the server", async () => {
    const store = await box.store({ thread: writerThread });
    await store.record(toEntries([ofRun("1", "success", { clock: 60 })]));
    const query = { by: ["hour"], since: 1, until: now, runs: {}, jobs: {}, rowsMax: 0 } as const;

    const error = await catchFailure(store.read("jobSummary", query));

    expect(error).to.be.instanceOf(AppError).with.property("code", "invalid");
    expect(error.message).to.include("more than 0 runs in the span");
  });

  it("ends when nothing was read for a while, and begins again with the next read", async () => {
    const reader = startReader(await box.url(), noLog, 1, 20);
    const reads = [reader.read("state", null), reader.read("state", null)];
    await Promise.all(reads);
    await until(() => threads[0]?.threadId === -1, "the end of the idle thread");

    await reader.read("state", null);

    expect(threads).to.have.length(2);
    await reader.close();
    expect(threads.map(({ threadId }) => threadId)).to.deep.equal([-1, -1]);
  });

  it("does not begin again once it was closed: a thread that nothing closes would keep the process from ending", async () => {
    const url = await box.url();
    const [used, unused] = [startReader(url, noLog, 1), startReader(url, noLog, 1)];
    await used.read("state", null);

    await Promise.all([used.close(), unused.close()]);

    for (const reader of [used, unused])
      expect((await catchFailure(reader.read("state", null))).message).to.equal("the reader thread was closed");
    expect(threads).to.have.length(1);
  });
});

describe("the limit of concurrent reads", () => {
  const options = { concurrency: 2, queueMax: 3, timeoutMillis: 5000 };

  it("lets so many through at a time, each in its turn, and refuses what is too much", async () => {
    const pass = limitReads(options);
    let busy = 0;
    let most = 0;
    const order: number[] = [];
    const work = (i: number) => async () => {
      most = Math.max(most, ++busy);
      order.push(i);
      await new Promise(setImmediate);
      busy--;
      return i;
    };

    const settled = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7].map((i) => pass(work(i))));

    expect(most).to.equal(2);
    expect(order).to.deep.equal([1, 2, 3, 4, 5]);
    expect(settled.map(({ status }) => status)).to.deep.equal([
      ...Array<string>(5).fill("fulfilled"),
      "rejected",
      "rejected",
    ]);
    expect(await pass(async () => "later")).to.equal("later");
  });

  it("is free again after a failure, and after a read that never ends", async () => {
    const pass = limitReads({ ...options, concurrency: 1, timeoutMillis: 20 });

    const failed = await catchFailure(pass(() => Promise.reject(new Error("no"))));
    const late = await catchFailure(pass(() => new Promise(() => undefined)));

    expect(failed.message).to.equal("no");
    expect(late).to.be.instanceOf(AppError).with.property("code", "unavailable");
    expect(await pass(async () => 1)).to.equal(1);
  });
});
