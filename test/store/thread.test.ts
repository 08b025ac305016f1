import { expect } from "chai";
import { existsSync } from "node:fs";
import type { Worker } from "node:worker_threads";
import { writerThread } from "../../src/commands/serve/writer.ts";
import { defaultTaskRules } from "../../src/core/task-type.ts";
import { unlimitedBudget } from "../../src/core/series-budget.ts";
import { unsharded } from "../../src/core/store/db/sharding.ts";
import { startWriter } from "../../src/core/store/record/writer.ts";
import { databases, noLog, now, sandbox } from "../support/database/databases.ts";
import { acceptRollups, catchFailure, refuseRollups } from "../support/failures.ts";
import { lockDatabase } from "../support/database/lock.ts";
import { ofRun } from "../support/model/observations.ts";
import { scenarios } from "../support/model/scenarios.ts";
import { toEntries, tables } from "../support/database/tables.ts";
import { until } from "../support/wait.ts";

const [sqlite] = databases;
if (sqlite === undefined) throw new Error("SQLite is always there");
const database = sqlite;

const green = ofRun("1", "success", { clock: 70, queued: 0, started: 10 });
const options = { budget: { ...unlimitedBudget, seriesMax: 100 }, taskRules: defaultTaskRules, sharding: unsharded };

describe("store, a writer in a thread of its own: SQLite", () => {
  const threads: Worker[] = [];
  const messages: unknown[] = [];
  const remember = (worker: Worker) => {
    threads.push(worker);
    worker.on("message", (message) => messages.push(message));
  };
  const running = () => threads.filter(({ threadId }) => threadId > 0).length;

  beforeEach(() => {
    threads.length = 0;
    messages.length = 0;
    process.on("worker", remember);
  });
  afterEach(() => process.off("worker", remember));
  const box = sandbox(database);

  it("writes what a writer without a thread writes, and answers the same", async () => {
    const plain = await box.store();
    const threaded = await box.store({ thread: writerThread });

    for (const { deliveries } of scenarios) {
      const batch = toEntries([...deliveries, ...deliveries]);
      expect(await threaded.record(batch)).to.deep.equal(await plain.record(batch));
      expect(await threaded.record(batch)).to.deep.equal(await plain.record(batch));
    }

    expect(await tables(threaded)).to.deep.equal(await tables(plain));
    const withoutTime = async (store: typeof plain) =>
      (await store.snapshot()).rollups.map((row) => ({ ...row, createdAt: now }));
    expect(await withoutTime(threaded)).to.deep.equal(await withoutTime(plain));
    expect(running(), "it used a thread").to.equal(1);
  });

  it("is open only when the thread has loaded all that it needs", async () => {
    await box.store({ thread: writerThread });

    expect(messages).to.deep.equal(["ready"]);
  });

  it("answers batches that are under way together, each with its own outcomes", async () => {
    const store = await box.store({ thread: writerThread });
    const [a, b, c] = [toEntries([green]), toEntries([green, green]), toEntries([])];

    const outcomes = await Promise.all([store.record(a), store.record(b), store.record(a), store.record(c)]);

    expect(outcomes).to.deep.equal([["accepted"], ["accepted", "accepted"], ["duplicate"], []]);
  });

  it("says what failed, with its code, and goes on", async () => {
    const url = await box.url();
    const store = await box.store({ url, thread: writerThread });
    await store.record(toEntries([green]));

    const lock = lockDatabase(url.slice("sqlite:".length));
    const busy = await catchFailure(store.record(toEntries([green])));
    lock.release();
    await store.connection.knex.raw(refuseRollups.sqlite);
    const refused = await catchFailure(store.record(toEntries([ofRun("2", "failure", { clock: 70 })])));
    await store.connection.knex.raw(acceptRollups.sqlite);

    expect([busy.code, store.isTransient(busy)]).to.deep.equal(["SQLITE_BUSY", true]);
    expect([refused.code, store.isTransient(refused)]).to.deep.equal(["SQLITE_CONSTRAINT_TRIGGER", false]);
    expect(refused.message).to.include("not today");
    expect(await store.record(toEntries([green]))).to.deep.equal(["accepted"]);
  });

  it("does not keep the event loop waiting while it waits for a lock", async () => {
    const url = await box.url();
    const store = await box.store({ url, thread: writerThread });
    await store.record(toEntries([green]));
    const lock = lockDatabase(url.slice("sqlite:".length));

    /** Turns of the event loop until the answer is there. */
    const countTurns = async () => {
      const state = { turns: 0, answered: false };
      const failing = catchFailure(store.record(toEntries([green]))).finally(() => (state.answered = true));
      for (; !state.answered; state.turns++) await new Promise(setImmediate);
      await failing;
      return state.turns;
    };
    // On a busy machine this process may stand still for as long as the thread waits, but not every time.
    await until(async () => (await countTurns()) > 20, "twenty turns of the event loop meanwhile");
    lock.release();
  });

  it("ends with the store: what was under way is answered, nothing more is taken, no file stays open", async () => {
    const url = await box.url();
    const store = await box.store({ url, thread: writerThread });
    await store.record(toEntries([green]));
    expect(running()).to.equal(1);

    const last = store.record(toEntries([green]));
    await store.close();

    expect(await last).to.deep.equal(["accepted"]);
    expect(running()).to.equal(0);
    expect(existsSync(`${url.slice("sqlite:".length)}-wal`), "the last connection took the log away").to.equal(false);
    expect((await catchFailure(store.record(toEntries([green])))).message).to.match(/writer .*(ended|closed)/);
    await store.close();
  });

  it("is not started for a database in memory, or without being asked for", async () => {
    const inMemory = await box.store({ url: "sqlite::memory:", thread: writerThread });
    const plain = await box.store();

    await inMemory.record(toEntries([green]));
    await plain.record(toEntries([green]));

    expect(threads).to.have.length(0);
  });

  it("rejects what waits, with the reason, when the thread cannot start", async () => {
    const writer = startWriter(writerThread, { url: "nonsense:", ...options }, noLog);

    const errors = await Promise.all([1, 2].map(() => catchFailure(writer.record(toEntries([green])))));

    for (const { message } of [...errors, await catchFailure(writer.ready)])
      expect(message).to.match(/the writer thread ended: .*nonsense/);
    await writer.close();
    expect(running()).to.equal(0);
  });

  it("rejects what waits and everything later when the thread dies, and reports it once", async () => {
    const ends: Error[] = [];
    const store = await box.store({ thread: writerThread, onFailure: (reason) => ends.push(reason) });
    await store.record(toEntries([green]));

    // So many that the thread cannot have written all before it ends.
    const waiting = Array.from({ length: 200 }, () => store.record(toEntries([green])));
    const settled = Promise.allSettled(waiting);
    await threads[0]?.terminate();

    const rejected = (await settled).filter((answer) => answer.status === "rejected");
    expect(rejected).to.not.be.empty;
    for (const { reason } of rejected) expect(String(reason)).to.match(/the writer thread ended/);
    expect(ends.map(({ message }) => message)).to.deep.equal(["the writer thread ended: exit code 1"]);
    expect((await catchFailure(store.record(toEntries([green])))).message).to.match(/the writer thread ended/);
    expect((await store.snapshot()).rollups, "the rest of the store goes on").to.not.be.empty;
    await store.close();
    expect(ends).to.have.length(1);
  });

  it("says nothing of an end that was asked for", async () => {
    const ends: Error[] = [];
    const store = await box.store({ thread: writerThread, onFailure: (reason) => ends.push(reason) });
    await store.record(toEntries([green]));

    await store.close();

    expect(ends).to.deep.equal([]);
  });

  it("has committed what it answered and nothing by half when it dies under load: a resend completes it", async () => {
    const url = await box.url();
    const store = await box.store({ url, thread: writerThread });
    // So many that the thread cannot have written all before it is ended.
    const batches = Array.from({ length: 400 }, (_, batch) =>
      toEntries(Array.from({ length: 5 }, (_, i) => ofRun(`${batch}-${i}`, "success", { clock: 70 }))),
    );

    const answers = batches.map((batch) => store.record(batch));
    const settled = Promise.allSettled(answers);
    await answers[10];
    await threads[0]?.terminate();
    const answered = (await settled).map(({ status }) => status === "fulfilled");
    const next = await box.store({ url });
    const resent = await Promise.all(batches.map((batch) => next.record(batch)));

    expect(answered.slice(0, 11)).to.not.include(false);
    expect(answered, "it died in the middle").to.include(false);
    for (const [i, outcomes] of resent.entries()) {
      // All five or none; and what was answered is there.
      expect(new Set(outcomes).size).to.equal(1);
      if (answered[i] === true) expect(outcomes[0]).to.equal("duplicate");
    }
    const counted = (await next.snapshot()).rollups.filter(({ metric }) => metric === "runs");
    expect(counted.reduce((sum, { count }) => sum + count, 0)).to.equal(2000);
  });
});
