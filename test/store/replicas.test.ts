import { expect } from "chai";
import * as fc from "fast-check";
import type { Observation } from "../../src/core/model.ts";
import { storedMetrics } from "../../src/core/stored-metrics.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { allDatabases, sandbox } from "../support/database/databases.ts";
import { history } from "../support/model/histories.ts";
import { ofRun } from "../support/model/observations.ts";
import { toEntries, orderless, rows, totals } from "../support/database/tables.ts";
import { until } from "../support/wait.ts";
import type { Entry, Recorded } from "../../src/core/delivery.ts";

const size = 1000;

/** The deliveries of several hundred runs of a few dozen pipelines. */
function manyRuns(seed: number): Observation[] {
  const stories = fc.sample(history, { seed, numRuns: size / 5 });
  return stories
    .flatMap((story, i) =>
      story.map((observation) => {
        const project = `project ${i % 37}`;
        return {
          ...observation,
          run: `${observation.run}-${i}`,
          facts: { ...observation.facts, project },
          jobs: renamed(observation.jobs, i),
        };
      }),
    )
    .slice(0, size);
}

function renamed(jobs: Observation["jobs"], i: number) {
  return jobs?.map((job) => ({ ...job, facts: { ...job.facts, name: `${job.facts.name ?? ""} ${i % 5}` } }));
}

/** The same items in an order that only `seed` decides. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const [order = []] = fc.sample(fc.shuffledSubarray([...items], { minLength: items.length }), { seed, numRuns: 1 });
  return order;
}

/** Records all, with two batches under way at a time, as the ledger does with a concurrency of 2. */
async function recordAll(store: TestStore, entries: readonly Entry[], batchSize: number): Promise<Recorded[]> {
  const queue = Array.from({ length: Math.ceil(entries.length / batchSize) }, (_, i) =>
    entries.slice(i * batchSize, (i + 1) * batchSize),
  );
  const outcomes: Recorded[] = [];
  const lane = async () => {
    for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) {
      outcomes.push(...(await store.record(batch)));
    }
  };
  await Promise.all([lane(), lane()]);
  return outcomes;
}

for (const database of allDatabases.filter(({ engine }) => engine === "postgres")) {
  describe(`store, replicas: ${database.name}`, function () {
    this.timeout(60_000);
    const box = sandbox(database);

    /** Three stores on one database, each with its own settings of the server. */
    async function three(
      settings: readonly string[] = [],
      seriesMax = 10_000,
    ): Promise<[TestStore, TestStore, TestStore]> {
      const url = new URL(await box.url());
      const open = async (i: number) => {
        url.searchParams.set("options", settings[i] ?? "");
        return box.store({ url: url.href, seriesMax });
      };
      return [await open(0), await open(1), await open(2)];
    }

    it("that are sent the same deliveries take each once, and hold what one alone would hold", async () => {
      const observations = manyRuns(1);
      const entries = toEntries(observations);
      const alone = await box.store();
      await recordAll(alone, entries, size);
      const stores = await three();

      const outcomes = await Promise.all(
        stores.map((store, i) => recordAll(store, shuffled(entries, i), [20, 50, 7][i] ?? 1)),
      );

      const all = outcomes.flat();
      expect(all.filter((outcome) => outcome === "accepted")).to.have.length(size);
      expect(all.filter((outcome) => outcome === "duplicate")).to.have.length(2 * size);
      const { runs } = await orderless(alone);
      expect(runs.length).to.be.above(200);
      expect(await orderless(stores[0])).to.deep.equal(await orderless(alone));
      expect(await totals(stores[1])).to.deep.equal(await totals(alone));
    });

    it("that each get everything, in other forms and orders, count it once", async () => {
      const observations = manyRuns(2);
      const alone = await box.store();
      await recordAll(alone, toEntries(observations), size);
      const stores = await three();

      await Promise.all(
        stores.map((store, i) => recordAll(store, toEntries(shuffled(observations, i)), [30, 100, 11][i] ?? 1)),
      );

      expect(await orderless(stores[0])).to.deep.equal(await orderless(alone));
      const [a, b, c] = await Promise.all(stores.map((store) => store.snapshot()));
      expect(a?.rollups).to.not.be.empty;
      expect(b).to.deep.equal(a);
      expect(c).to.deep.equal(a);
      expect(await deadlocks(stores[0])).to.equal(0);
    });

    it("that move the same few counters at once do not deadlock, however the planner joins", async () => {
      const [nestedLoops, hashes, merges] = ["hashjoin mergejoin", "nestloop mergejoin", "nestloop hashjoin"].map(
        (joins) =>
          joins
            .split(" ")
            .map((join) => `-c enable_${join}=off`)
            .join(" "),
      );
      const stores = await three([nestedLoops ?? "", hashes ?? "", merges ?? ""]);
      const run = (replica: number, i: number) =>
        ofRun(`${replica}-${i}`, "success", {
          clock: 70 + i,
          queued: 0,
          started: i % 9,
          facts: { project: `project ${i % 60}` },
        });
      const observations = [0, 1, 2].map((replica) => Array.from({ length: 240 }, (_, i) => run(replica, i)));
      await stores[0].record(toEntries(observations[0]?.slice(0, 60) ?? []));
      // Updated rows move, so that a table lies in any order; here in the worst one for those who read it as it lies.
      await rows(stores[0], "create index backwards on rollups (id desc)");
      await rows(stores[0], "cluster rollups using backwards");
      await rows(stores[0], slowly);

      await Promise.all(stores.map((store, i) => recordAll(store, toEntries(shuffled(observations[i] ?? [], i)), 40)));

      const counted = Object.entries(await totals(stores[2])).filter(([name]) =>
        name.startsWith("cicd_pipeline_runs_total"),
      );
      expect(counted.reduce((sum, [, value]) => sum + value, 0)).to.equal(720);
      expect(await deadlocks(stores[0])).to.equal(0);
    });

    it("that see a pipeline first at the same time do not take it for one too many", async () => {
      const [one, other] = await three([], 6);
      const { knex } = one.connection;
      const held = await knex.transaction();
      await held.raw("lock table rollups in share row exclusive mode");
      const recorded = [one, other].map((store, i) =>
        store.record(toEntries([ofRun(String(i), "success", { clock: 70 })])),
      );
      await until(async () => (await blocked(one)) === 2, "both replicas waiting");

      await held.rollback();

      expect(await Promise.all(recorded)).to.deep.equal([["accepted"], ["accepted"]]);
      const found = Object.entries(await totals(one)).filter(([name]) => name.startsWith(storedMetrics.overflow.name));
      expect(found).to.deep.equal([]);
    });
  });
}

/** Makes each updated row take its time, so that transactions meet. */
const slowly = `
  create function slowly() returns trigger language plpgsql as $$ begin perform pg_sleep(0.001); return new; end $$;
  create trigger slowly before update on rollups for each row execute function slowly();
  create trigger slowly before insert or update on rollup_shards for each row execute function slowly()`;

/** How many sessions wait for a lock in this database. */
async function blocked(store: TestStore): Promise<number> {
  const waiting =
    "select count(*) as count from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()";
  return Number((await rows(store, waiting))[0]?.["count"]);
}

/** How many transactions the server has broken up; a session's figures arrive when it ends or pauses. */
async function deadlocks(store: TestStore): Promise<number> {
  const [row] = await rows(store, "select deadlocks from pg_stat_database where datname = current_database()");
  return Number(row?.["deadlocks"]);
}
