import { expect } from "chai";
import { Client } from "pg";
import type { TestStore } from "../support/database/test-store.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { rows } from "../support/database/tables.ts";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { testServers } from "../support/server/server.ts";
import { until } from "../support/wait.ts";
import { counts, readIds, saved, saveMetricsBody, fromWebhook } from "./saved.ts";

const postgres = databases.find(({ engine }) => engine === "postgres");
if (postgres === undefined) throw new Error("there is no suite for PostgreSQL");
const required = postgres;

const ended = (id: number) =>
  pipelineHook("success", [{ ...unit, id: id * 10, name: "e2e" }], { ...over("10:05", 240), id });
const hook = fromWebhook(ended(700));
const other = fromWebhook(ended(701));
const client = saved({ builds: [] });

/** As a batch makes a run: who makes the same one waits until this transaction ends. */
const makeRun = (source: string, id: string) =>
  `begin; insert into runs (source, native_id, provider, first_seen_at) values ('${source}', '${id}', 'gitlab', 0)`;

describe("the first saved pipeline while GitLab's webhooks arrive: PostgreSQL", function () {
  this.timeout(30_000);
  const clients: Client[] = [];
  afterEach("disconnect", async () => {
    for (const one of clients.splice(0)) await one.end();
  });
  const serve = testServers();
  const box = sandbox(required);

  async function connect(url: string): Promise<Client> {
    const one = new Client({ connectionString: url });
    await one.connect();
    clients.push(one);
    return one;
  }

  /** Two servers' stores on one database, a connection that holds locks, and a look at who waits for what. */
  async function setUp() {
    const url = await box.url();
    const [holder, watcher] = [await connect(url), await connect(url)];
    const blocked = `select 1 from pg_stat_activity
      where wait_event_type = 'Lock' and datname = current_database() and wait_event = $1 and query like $2`;
    const waiting = (lock: string, query: string) =>
      until(async () => ((await watcher.query(blocked, [lock, `%${query}%`])).rowCount ?? 0) > 0, `waiting: ${query}`);
    const [one, two] = [await box.store({ url }), await box.store({ url })];
    return { url, one, two, holder, waiting };
  }

  /** The pipeline is one run of GitLab's, with the saved figures, and counted once. */
  async function expectOneRun(store: TestStore, more: readonly string[] = []) {
    expect(await readIds(store)).to.have.members(["gitlab 700", ...more]);
    const { "cicd_pipeline_runs_total success": runs, "cicd_job_runs_total success": jobs } = await counts(store);
    expect([runs, jobs]).to.deep.equal([1 + more.length, 1 + more.length]);
    expect(await rows(store, "select pipeline_id, duration from legacy_runs where saved_at is not null")).to.deep.equal(
      [{ pipeline_id: 700, duration: 190 }],
    );
  }

  it("waits for a webhook's batch that has begun without it, and then finds its run", async () => {
    const { one, two, holder, waiting } = await setUp();
    await holder.query(makeRun("gitlab", "700"));
    const webhook = one.record([hook]);
    await waiting("transactionid", "insert into runs");

    const save = two.record([client]);
    await waiting("relation", "lock table deliveries in share mode");
    await holder.query("rollback");

    expect([await webhook, await save]).to.deep.equal([["accepted"], ["accepted"]]);
    await expectOneRun(one);
    const [run] = await rows(one, "select id from runs");
    expect(await rows(one, "select number_after, number_to from legacy_tools")).to.deep.equal([
      { number_after: 0, number_to: run?.["id"] },
    ]);
  });

  it("makes a webhook's batch wait that begins meanwhile, which then sees it", async () => {
    const { one, two, holder, waiting } = await setUp();
    // It has locked deliveries by then, and waits for another that is about to say the same.
    await holder.query("begin; insert into legacy_tools values ('pipeline-collector', 0, 0, 0)");
    const save = two.record([client]);
    await waiting("transactionid", "insert into legacy_tools");

    const webhook = one.record([other, hook]);
    await waiting("relation", "insert into deliveries");
    await holder.query("rollback");

    expect([await webhook, await save]).to.deep.equal([["accepted", "accepted"], ["accepted"]]);
    await expectOneRun(one, ["gitlab 701"]);
    expect(await rows(one, "select number_to from legacy_tools")).to.deep.equal([{ number_to: 0 }]);
    expect(await rows(one, "select pipeline_id from legacy_runs order by 1")).to.deep.equal([
      { pipeline_id: 700 },
      { pipeline_id: 701 },
    ]);
  });

  it("is being written: a webhook's batch waits to look for it", async () => {
    const { one, two, holder, waiting } = await setUp();
    await holder.query(makeRun("pipeline-collector", "team/shop#700"));
    const save = two.record([client]);
    await waiting("transactionid", "insert into runs");

    const webhook = one.record([hook]);
    await waiting("advisory", "pg_advisory_xact_lock_shared");
    await holder.query("rollback");

    expect([await webhook, await save]).to.deep.equal([["accepted"], ["accepted"]]);
    await expectOneRun(one);
  });

  it("counts once where two servers save their first pipelines at the same time, among webhooks", async () => {
    const { one, two } = await setUp();
    const ids = Array.from({ length: 20 }, (_, i) => 800 + i);

    await Promise.all(
      ids.flatMap((id, i) => {
        const [writer, reader] = i % 2 === 0 ? [one, two] : [two, one];
        return [writer.record([fromWebhook(ended(id))]), reader.record([saved({ pipeline_id: id, builds: [] })])];
      }),
    );

    expect((await counts(one))["cicd_pipeline_runs_total success"]).to.equal(ids.length);
    expect(await readIds(one)).to.have.members(ids.map((id) => `gitlab ${id}`));
  });

  it("is a 503 where it cannot be turned on in time; webhooks wait for seconds at the most, and nothing is lost", async () => {
    const url = await box.url();
    const holder = await connect(url);
    const env = { PRPC_PSK: "key" };
    const server = await serve({ databaseUrl: url, env, tuning: { timeoutMillis: 500 } });
    const save = () =>
      server.request("/save_metrics?token=key", {
        method: "POST",
        body: JSON.stringify(saveMetricsBody({ builds: [] })),
      });
    await holder.query("begin; lock table deliveries in row exclusive mode");

    expect((await save()).status).to.equal(503);
    // It comes behind the one that waits for the lock, and is written once that has given up.
    expect(await server.store.record([hook])).to.deep.equal(["accepted"]);
    expect(await rows(server.store, "select * from legacy_tools")).to.deep.equal([]);
    expect(await rows(server.store, "select key from deliveries")).to.have.length(1);
    await holder.query("rollback");

    expect((await save()).status).to.equal(200);
    expect((await save()).status).to.equal(208);
    await expectOneRun(server.store);
  });
});
