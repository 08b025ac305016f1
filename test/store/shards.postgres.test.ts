import { expect } from "chai";
import { Client } from "pg";
import { firstShardLock } from "../../src/core/store/db/shards.ts";
import { compareTotals } from "../../src/core/store/maintenance/rebuild.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { toEntries, rows, totals } from "../support/database/tables.ts";
import { ofRun } from "../support/model/observations.ts";
import { nothingWrong, sums } from "./damage.ts";

const postgres = databases.find(({ engine }) => engine === "postgres");
if (postgres === undefined) throw new Error("there is no suite for PostgreSQL");
const required = postgres;

const replicas = 3;
/** Transactions that a replica has under way at a time, as the writer's thread has them. */
const lanes = 2;
const deliveriesOfLane = 25;

/** Makes a commit take 5 ms, as on a cloud volume; meanwhile the transaction has all of its locks. */
const slowCommit = `
  create function slowly() returns trigger language plpgsql as $$ begin perform pg_sleep(0.005); return null; end $$;
  create constraint trigger slowly after insert on deliveries deferrable initially deferred
    for each row execute function slowly()`;

/** Sessions that wait for a row of totals, or for the transaction that has it; not for a file that another one makes longer. */
const waiting = `
  select count(*) as count from pg_stat_activity where datname = current_database()
    and wait_event_type = 'Lock' and wait_event in ('tuple', 'transactionid') and query ~ 'rollup'`;

describe("store, shards: PostgreSQL", function () {
  this.timeout(60_000);
  const clients: Client[] = [];

  afterEach("disconnect", async () => {
    for (const client of clients.splice(0)) await client.end();
  });
  const box = sandbox(required);

  async function connected(url: string): Promise<Client> {
    const client = new Client({ connectionString: url });
    await client.connect();
    clients.push(client);
    return client;
  }

  /** Holds shard 0, so that what is recorded goes to others. */
  async function holdFirstShard(url: string): Promise<void> {
    await (await connected(url)).query(`begin; select pg_advisory_xact_lock(${firstShardLock})`);
  }

  const green = (run: string) => toEntries([ofRun(run, "success", { clock: 70, queued: 0, started: 10 })]);
  const countShards = async (store: TestStore) => (await rows(store, "select * from rollup_shards")).length;

  /** Three replicas under load of one pipeline; how often somebody was seen waiting for totals, and how often one looked. */
  async function sampleWaits(shards: number) {
    const url = await box.url();
    const stores = await Promise.all(Array.from({ length: replicas }, () => box.store({ url, shards })));
    const [first] = stores as [TestStore];
    await first.record(green("first"));
    await rows(first, slowCommit);
    const observer = await connected(url);
    const end = new AbortController();
    const load = stores.flatMap((store, replica) =>
      Array.from({ length: lanes }, async (_, lane) => {
        for (let i = 0; i < deliveriesOfLane; i++) await store.record(green(`${replica}-${lane}-${i}`));
      }),
    );
    const all = Promise.all(load).finally(() => end.abort());
    let [samples, waits] = [0, 0];
    while (!end.signal.aborted) {
      samples++;
      waits += Number((await observer.query<{ count: string }>(waiting)).rows[0]?.count);
    }
    await all;
    return { first, samples, waits };
  }

  for (const [shards, wait] of [
    [1, true],
    [replicas * lanes, false],
  ] as const) {
    it(`${replicas} replicas ${wait ? "wait" : "do not wait"} for each other's commits with ${shards} ${shards === 1 ? "shard" : "shards"}`, async () => {
      const { first, samples, waits } = await sampleWaits(shards);

      expect(samples).to.be.above(20);
      if (wait) expect(waits).to.be.above(samples / 4);
      else expect(waits).to.equal(0);
      const count = replicas * lanes * deliveriesOfLane + 1;
      const counted = Object.entries(await totals(first)).filter(([name]) =>
        name.startsWith("cicd_pipeline_runs_total"),
      );
      expect(counted.reduce((sum, [, value]) => sum + value, 0)).to.equal(count);
      expect(sums(await compareTotals(first.connection))).to.deep.equal(nothingWrong);
      const used = await rows(first, "select distinct shard from rollup_shards");
      expect(used).to.have.length(shards - 1);
    });
  }

  it("a quiet server needs no other shard than 0", async () => {
    const store = await box.store({ shards: 4 });

    for (const run of ["1", "2", "3"]) await store.record(green(run));

    expect(await countShards(store)).to.equal(0);
  });

  it("more or fewer shards later lose nothing", async () => {
    const url = await box.url();
    await holdFirstShard(url);
    const counts = [];
    for (const [i, shards] of [4, 1, 2, 1].entries()) {
      const store = await box.store({ url, shards });
      await store.record(green(String(i)));
      const { rollups } = await store.snapshot();
      counts.push(rollups.find(({ metric, labels }) => metric === "runs" && labels.includes("success"))?.count);
      expect(sums(await compareTotals(store.connection))).to.deep.equal(nothingWrong);
    }

    expect(counts).to.deep.equal([1, 2, 3, 4]);
  });

  it("show in the next scrape what was added since the one before", async () => {
    const url = await box.url();
    await holdFirstShard(url);
    const store = await box.store({ url, shards: 2 });
    const figures = [];
    for (const run of ["1", "2", "3"]) {
      await store.record(green(run));
      const { rollups } = await store.snapshot();
      const find = (metric: string) => rollups.find((row) => row.metric === metric && row.count > 0);
      figures.push([find("runs")?.count, find("runDuration")?.sum, find("runs")?.exemplar?.run]);
    }

    expect(await countShards(store)).to.be.above(0);
    expect(figures).to.deep.equal([
      [1, 60, "1"],
      [2, 120, "2"],
      [3, 180, "3"],
    ]);
  });

  it("are not used while a server of the version before may run, which reads shard 0 alone", async () => {
    const url = await box.url();
    const migratedAt = Date.now();
    const migration = await connected(url);
    await migration.query(
      "update knex_migrations set batch = 2, migration_time = $1 where name like '%_create_rollup_shards.js'",
      [new Date(migratedAt)],
    );
    await holdFirstShard(url);
    let clock = migratedAt + 9 * 60_000;
    const store = await box.store({ url, shards: 4, clock: () => clock });
    await store.record(green("1"));
    expect(await countShards(store)).to.equal(0);

    clock = migratedAt + 11 * 60_000;
    await store.record(green("2"));

    expect(await countShards(store)).to.be.above(0);
  });
});
