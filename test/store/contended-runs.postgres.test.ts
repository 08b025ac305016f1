import { expect } from "chai";
import { Client } from "pg";
import { databases, sandbox } from "../support/database/databases.ts";
import { rows, toEntries } from "../support/database/tables.ts";
import { ofRun } from "../support/model/observations.ts";
import { until } from "../support/wait.ts";

const postgres = databases.find(({ engine }) => engine === "postgres");
if (postgres === undefined) throw new Error("there is no suite for PostgreSQL");
const required = postgres;

/** More than a transaction is tried again for any other cause (`retriesMax` in record/recorder.ts). */
const count = 13;
const runs = Array.from({ length: count }, (_, i) => String(10 + i));

describe("store, a batch whose new runs others store one by one: PostgreSQL", function () {
  this.timeout(60_000);
  const clients: Client[] = [];
  afterEach("disconnect", async () => {
    for (const client of clients.splice(0)) await client.end();
  });
  const box = sandbox(required);

  it("is recorded, however often it has to be tried again", async () => {
    const url = await box.url();
    const store = await box.store({ url });
    const connect = async () => {
      const client = new Client({ connectionString: url });
      await client.connect();
      clients.push(client);
      return client;
    };
    const watcher = await connect();
    const waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
    const areWaiting = (sessions: number) =>
      until(async () => (await watcher.query(waiting)).rowCount === sessions, `${sessions} sessions that wait`);
    const storeRun = async (client: Client, run: string) =>
      client.query(`begin; insert into runs (source, native_id, provider, first_seen_at, updated_at, version_epoch, version_clock,
        version_rank) values ('main', '${run}', 'gitlab', 0, 0, 0, 0, 0)`);

    // Runs are stored in the order of their ids. The last one is another's, and while the batch waits for it, a further session
    // waits for the one before, which it gets as soon as the batch is rolled back.
    let holder = await connect();
    await storeRun(holder, runs.at(-1) ?? "");
    const recorded = store.record(toEntries(runs.map((run) => ofRun(run, "success", { clock: 70 }))));
    for (const run of runs.slice(0, -1).toReversed()) {
      await areWaiting(1);
      const next = await connect();
      const stored = storeRun(next, run);
      await areWaiting(2);
      await holder.query("commit");
      await stored;
      holder = next;
    }
    await areWaiting(1);
    await holder.query("commit");

    expect(await recorded).to.deep.equal(Array(count).fill("accepted"));
    const finished = "select count(*) as count from runs where result = 'success'";
    expect(await rows(store, finished)).to.deep.equal([{ count }]);
  });
});
