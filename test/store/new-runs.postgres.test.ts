import { expect } from "chai";
import { Client } from "pg";
import { compareTotals } from "../../src/core/store/maintenance/rebuild.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { rows, toEntries } from "../support/database/tables.ts";
import { mentioning, ofJob, ofRun } from "../support/model/observations.ts";
import { until } from "../support/wait.ts";
import { nothingWrong, sums } from "./damage.ts";

const postgres = databases.find(({ engine }) => engine === "postgres");
if (postgres === undefined) throw new Error("there is no suite for PostgreSQL");
const required = postgres;

const replicas = 3;
const runs = 12;

/** Makes a commit take 20 ms; meanwhile no other transaction sees what the transaction stored. */
const slowCommit = `
  create function slowly() returns trigger language plpgsql as $$ begin perform pg_sleep(0.02); return null; end $$;
  create constraint trigger slowly after insert on deliveries deferrable initially deferred
    for each row execute function slowly()`;

describe("store, a new run that several replicas store at the same time: PostgreSQL", function () {
  this.timeout(60_000);
  const box = sandbox(required);

  it("is stored once with all that was delivered, and counted once", async () => {
    const url = await box.url();
    const stores = await Promise.all(Array.from({ length: replicas }, () => box.store({ url })));
    const [first] = stores;
    if (first === undefined) throw new Error("there is a replica");
    await rows(first, slowCommit);
    const job = (run: number, replica: number) =>
      ofJob(`${run}-${replica}`, `job ${replica}`, "success", { clock: 60, queued: 5, started: 20 });

    const all = Array.from({ length: runs }, (_, run) =>
      stores.map((store, replica) => {
        const facts = { clock: 70, queued: 0, started: 10, jobs: [job(run, replica)] };
        return store.record(toEntries([ofRun(String(run), "success", facts)]));
      }),
    );
    await Promise.all(all.flat());

    const [stored] = await rows(first, "select count(*) as count, max(id) as id from runs");
    expect(Number(stored?.["count"])).to.equal(runs);
    const [sequence] = await rows(first, "select last_value as last from runs_id_seq");
    expect(Number(sequence?.["last"]), "ids that were set aside in vain").to.be.above(runs);
    const [jobs] = await rows(first, "select count(*) as count from job_completions where rollup_id > 0");
    expect(Number(jobs?.["count"])).to.equal(runs * replicas);
    const { rollups } = await first.snapshot();
    const counted = rollups.filter(({ metric }) => metric === "runs").map(({ count }) => count);
    expect(counted.reduce((sum, count) => sum + count, 0)).to.equal(runs);
    expect(sums(await compareTotals(first.connection))).to.deep.equal(nothingWrong);
  });

  it("takes what counts nothing yet, such as a job that comes before its run, although its commit would come at once", async () => {
    const url = await box.url();
    const store = await box.store({ url });
    const other = new Client({ connectionString: url });
    await other.connect();
    try {
      await other.query(`begin; insert into runs (source, native_id, provider, first_seen_at, updated_at, version_epoch, version_clock,
        version_rank) values ('main', '1', 'gitlab', 0, 0, 0, 0, 0)`);
      const recorded = store.record(toEntries([mentioning("1", [ofJob("11", "unit", "success", { clock: 60 })])]));
      const blocked = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
      await until(async () => (await other.query(blocked)).rowCount === 1, "a transaction that waits for the run");

      await other.query("commit");

      expect(await recorded).to.deep.equal(["accepted"]);
      const jobs = "select jobs.native_id from jobs join runs on runs.id = jobs.run_id";
      expect(await rows(store, jobs)).to.deep.equal([{ native_id: "11" }]);
      const completions = "select key from job_completions join runs on runs.id = run_id";
      expect(await rows(store, completions)).to.deep.equal([{ key: "11" }]);
    } finally {
      await other.end();
    }
  });
});
