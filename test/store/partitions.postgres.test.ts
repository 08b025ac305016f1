import { expect } from "chai";
import type { Observation } from "../../src/core/model.ts";
import type { Millis } from "../../src/core/time.ts";
import { createPartition, listPartitions, makePartitions } from "../../src/core/store/db/partitions.ts";
import { compareDayTimes, createLocalSteps } from "../../src/core/store/maintenance/fill-day-times.ts";
import { compareTotals } from "../../src/core/store/maintenance/rebuild.ts";
import { hasExpired } from "../../src/core/store/maintenance/retention.ts";
import { deleteExpired } from "../../src/core/store/record/delete-expired.ts";
import { databasesAndPartitions, sandbox } from "../support/database/databases.ts";
import { entry, finishedRun } from "../support/database/retention.ts";
import { recordStatements } from "../support/database/statements.ts";
import { rows } from "../support/database/tables.ts";
import type { TestStore } from "../support/database/test-store.ts";

const day = 86_400_000;
const [first, second, third] = [9901, 9902, 9903].map(createPartition) as [
  ReturnType<typeof createPartition>,
  ReturnType<typeof createPartition>,
  ReturnType<typeof createPartition>,
];
const noCodeEvents = { codeEvents: 0 };
const partitioned = databasesAndPartitions.find(({ name }) => name === "PostgreSQL, in partitions");
if (partitioned === undefined) throw new Error("there is no database with partitions");

describe("store: months of a partitioned ledger", function () {
  this.timeout(60_000);
  const place = sandbox(partitioned);

  /** A store whose database and server have a clock of their own: both in the month that was set last. */
  async function openWithClock() {
    const clock = { now: 0 };
    const store = await place.store({ clock: () => clock.now });
    const setTime = async (month: { readonly month: number }, now: Millis) => {
      clock.now = now;
      await store.connection.knex.raw(
        `create or replace function ledger_month() returns bigint language sql stable as 'select ${month.month}::bigint'`,
      );
    };
    const record = (observations: readonly Observation[]) =>
      store.record(observations.map((observation) => entry(observation, clock.now)));
    return { store, setTime, record };
  }

  const count = async (store: TestStore, table: string) =>
    Number((await rows(store, `select count(*) as count from ${table}`))[0]?.["count"]);
  const cubeFaults = ({ connection }: TestStore) => compareDayTimes(connection, createLocalSteps(connection));
  const runs = (name: string, length: number) => Array.from({ length }, (_, i) => finishedRun(`${name}-${i}`));

  it("are dropped whole when they are over, with their runs, and no total or other row changes", async () => {
    const { store, setTime, record } = await openWithClock();
    await setTime(first, first.begin + 5 * day);
    await record(runs("old", 300));
    await setTime(second, second.begin + 5 * day);
    await record(runs("new", 3));
    const before = await store.snapshot();

    expect(await hasExpired(store.connection, first.end + day)).to.equal(true);
    const deleted = await deleteExpired(store.connection, first.end + day);

    expect(deleted).to.deep.equal({ runs: 300, deliveries: 300, ...noCodeEvents });
    expect((await listPartitions(store.connection.knex, "postgres")).map(({ month }) => month)).to.deep.equal([
      9902, 9903,
    ]);
    for (const table of ["runs", "jobs", "run_completions", "job_completions", "deliveries", "delivery_keys"])
      expect(await count(store, table), table).to.equal(3);
    expect((await store.snapshot()).rollups).to.deep.equal(before.rollups);
    expect((await compareTotals(store.connection)).shortfalls).to.deep.equal([]);
    expect(await cubeFaults(store)).to.equal(0);
    const cube = await rows(
      store,
      "select count(*) filter (where shard <> 0) as shards, sum(count) as jobs from day_times",
    );
    expect(cube.map(Object.values)).to.deep.equal([[0, "3"]]);
  });

  it("keep a run about which a delivery came later, until that expires too", async () => {
    const { store, setTime, record } = await openWithClock();
    await setTime(first, first.end - day);
    await record(runs("run", 5));
    await setTime(second, second.begin + 20 * day);
    const [late] = runs("run", 1) as [Observation];
    const again = entry({ ...late, version: { ...late.version, clock: late.version.clock + 1 } }, second.begin);
    await store.record([{ ...again, delivery: { ...again.delivery, key: "again" } }]);

    expect((await deleteExpired(store.connection, first.end + day)).runs).to.equal(4);

    for (const table of ["runs", "jobs", "run_completions", "job_completions"])
      expect(await count(store, table), table).to.equal(1);
    expect(await count(store, "jobs_default")).to.equal(1);
    expect(await cubeFaults(store)).to.equal(0);
    await record([late]);
    expect(await count(store, "job_completions")).to.equal(1);

    expect((await deleteExpired(store.connection, second.end - 1)).runs).to.equal(1);
    expect(await count(store, "jobs")).to.equal(0);
    expect(await cubeFaults(store)).to.equal(0);
  });

  it("stay whole until all of a month is over", async () => {
    const { store, setTime, record } = await openWithClock();
    await setTime(first, first.begin + day);
    await record(runs("old", 5));

    expect(await hasExpired(store.connection, first.end)).to.equal(false);
    expect(await deleteExpired(store.connection, first.end)).to.deep.equal({ runs: 0, deliveries: 0, ...noCodeEvents });

    expect(await count(store, "jobs")).to.equal(5);
  });

  it("know a delivery of another month as a duplicate, and replace a dead letter of another month", async () => {
    const { store, setTime, record } = await openWithClock();
    await setTime(first, first.begin + day);
    const [sent, dead] = runs("run", 2) as [Observation, Observation];
    expect(await record([sent])).to.deep.equal(["accepted"]);
    const letter = entry(dead, first.begin);
    const asDead = {
      delivery: { ...letter.delivery, outcome: "dead_letter", reason: "odd" } as const,
      observations: [],
    };
    expect(await store.record([asDead])).to.deep.equal(["dead_letter"]);
    expect(await store.record([asDead])).to.deep.equal(["duplicate"]);

    await setTime(second, second.begin + day);

    expect(await record([sent, dead])).to.deep.equal(["duplicate", "accepted"]);
    expect(await record([sent, dead])).to.deep.equal(["duplicate", "duplicate"]);
    const stored = await rows(store, "select outcome, reason from deliveries order by id");
    expect(stored).to.deep.equal([
      { outcome: "accepted", reason: null },
      { outcome: "accepted", reason: null },
    ]);
    expect(await count(store, "deliveries_9901")).to.equal(2);
  });

  it("are the only ones that a delivery about a stored run looks into", async () => {
    const { store, setTime, record } = await openWithClock();
    await setTime(second, second.begin + day);
    await record(runs("run", 3));
    const again = runs("run", 3).map((run) => ({ ...run, version: { ...run.version, clock: run.version.clock + 1 } }));

    const entries = again.map((run) => ({ ...entry(run, second.begin + day) }));
    const statements = await recordStatements(store.connection, () =>
      store.record(entries.map((one, i) => ({ ...one, delivery: { ...one.delivery, key: `again ${i}` } }))),
    );

    const joins = statements.filter((sql) => /join (jobs|run_completions) as t/.test(sql));
    expect(joins).to.have.length(2);
    for (const sql of joins) expect(sql).to.match(/t\.run_id >= 9902\d{11} and t\.run_id <= 9902\d{11}/);
  });

  it("count each delivery once while they are dropped, and lose none", async () => {
    const { store, setTime, record } = await openWithClock();
    await setTime(first, first.begin + day);
    await record(runs("old", 500));
    await setTime(third, third.begin + day);
    const total = async () =>
      Number((await rows(store, "select sum(count) as n from rollups where metric = 'runs'"))[0]?.["n"]);

    const dropped = deleteExpired(store.connection, first.end + day);
    const isOver = () =>
      Promise.race([dropped.then(() => true), new Promise<false>((resume) => setImmediate(() => resume(false)))]);
    let sent = 0;
    do expect(await record([finishedRun(`new-${sent++}`)])).to.deep.equal(["accepted"]);
    while (!(await isOver()));

    expect((await dropped).runs).to.equal(500);
    expect(await total()).to.equal(500 + sent);
    expect(await count(store, "runs")).to.equal(sent);
    expect(await cubeFaults(store)).to.equal(0);
  });

  it("are dropped once by several processes, and made once", async () => {
    const { store, setTime, record } = await openWithClock();
    await setTime(first, first.begin + day);
    await record(runs("old", 50));
    await setTime(createPartition(9905), third.end + 40 * day);

    const made = await Promise.all([1, 2, 3].map(() => makePartitions(store.connection.knex)));
    const dropped = await Promise.all([1, 2].map(() => deleteExpired(store.connection, first.end + day)));

    expect(made.flat().toSorted((a, b) => a - b)).to.deep.equal([9905, 9906, 9907]);
    expect(dropped.map((one) => one.runs).toSorted((a, b) => a - b)).to.deep.equal([0, 50]);
    expect(await cubeFaults(store)).to.equal(0);
  });

  it("without a partition go to the default one, and are found and deleted there", async () => {
    const { store, setTime, record } = await openWithClock();
    const missing = createPartition(9904);
    await setTime(missing, missing.begin + day);
    await record(runs("run", 5));
    expect(await count(store, "jobs_default")).to.equal(5);
    await setTime(createPartition(9905), missing.end + day);
    expect(await makePartitions(store.connection.knex)).to.deep.equal([9905, 9906, 9907]);

    expect(await deleteExpired(store.connection, missing.end)).to.deep.equal({
      runs: 5,
      deliveries: 5,
      ...noCodeEvents,
    });
    expect(await count(store, "delivery_keys")).to.equal(0);
  });
});
