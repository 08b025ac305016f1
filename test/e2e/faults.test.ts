import Database from "better-sqlite3";
import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { freshFolder } from "../support/folder.ts";
import { lockDatabase } from "../support/database/lock.ts";
import { measureShortest } from "../support/measure.ts";
import { readRows } from "../support/database/rows.ts";
import { startProcess, testServers, type Reachable } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";
import { until } from "../support/wait.ts";

/** A green run with so many jobs: enough of them fill any database. */
function green(id: number, jobs = 1): Record<string, unknown> {
  const builds = Array.from({ length: jobs }, (_, i) => ({ ...unit, id: id * 1000 + i, name: `job ${i}` }));
  return pipelineHook("success", builds, { ...over("10:05", 240), id });
}

/** The ledger tries again after at most 250 ms (`writeBatch`): in twice that time it has tried at least once. */
const attemptMillis = 2 * 250;

/** The longest time in milliseconds for which the event loop stood still during an attempt of the ledger. */
async function measureBlock(): Promise<number> {
  const delays = monitorEventLoopDelay({ resolution: 5 });
  delays.enable();
  await pause(attemptMillis);
  delays.disable();
  return delays.max / 1e6;
}

describe("faults of the database", () => {
  const start = testServers();
  const folder = freshFolder();

  /** Delivers large runs, one after the other, until one is refused; how many were taken. */
  async function fill(server: Reachable): Promise<number> {
    for (let id = 1; id < 500; id++) {
      const { status, headers } = await server.deliver("gitlab", green(id, 40));
      if (status === 202) continue;
      expect([status, headers.get("retry-after") !== null]).to.deep.equal([503, true]);
      return id - 1;
    }
    throw new Error("it was never full");
  }

  it("a lock makes deliveries wait until it is released, and nothing else", async () => {
    const server = await start({ tuning: { thread: true } });
    await server.deliver("gitlab", green(1));
    const lock = lockDatabase(server.file);
    const deliveries = Array.from({ length: 20 }, (_, i) => server.deliver("gitlab", green(i + 2)));
    const answered = deliveries.map((delivery) => delivery.then(() => true));

    // The lock is held until these have answered: if they waited for it, this test would not end.
    const queued = async () => (await server.scrape()).total("pipegauge_ledger_queue") === 20;
    await until(queued, "scrapes, and twenty deliveries that wait");
    expect(await server.request("/healthz")).to.have.property("status", 200);
    expect(await measureShortest(100, measureBlock), "milliseconds for which nothing else could happen").to.be.below(
      100,
    );
    expect(await Promise.race([...answered, Promise.resolve(false)]), "an answer before the release").to.equal(false);
    lock.release();

    expect((await Promise.all(deliveries)).map(({ status }) => status)).to.deep.equal(Array(20).fill(202));
    expect((await server.scrape()).total("cicd_pipeline_runs_total")).to.equal(21);
  });

  it("a file that cannot grow refuses deliveries, keeps what it has, and goes on once it can", async () => {
    const server = await start({ tuning: { timeoutMillis: 200 } });
    const { knex } = server.store.connection;
    const [{ page_count: pages }] = (await knex.raw("pragma page_count")) as [{ page_count: number }];
    await knex.raw(`pragma max_page_count = ${pages + 20}`);

    const taken = await fill(server);

    expect(server.logged().some(({ cause }) => /database or disk is full/.test(String(cause)))).to.be.true;
    expect(await readRows(server, "runs")).to.have.length(taken);
    expect((await server.scrape()).total("cicd_pipeline_runs_total")).to.equal(taken);
    expect(await server.request("/readyz")).to.have.property("status", 503);
    expect(await server.request("/healthz")).to.have.property("status", 200);

    await knex.raw(`pragma max_page_count = ${pages + 10_000}`);
    expect(await server.deliver("gitlab", green(taken + 1, 40))).to.have.property("status", 202);
    expect(await server.request("/readyz")).to.have.property("status", 200);
    expect((await server.scrape()).total("cicd_job_runs_total")).to.equal((taken + 1) * 40);
  });

  it("so does a whole process whose file system gives no more room", async function () {
    const prlimit = requireTool.call(this, "prlimit");
    const file = join(folder(), "ci.db");
    const server = await startProcess({ PIPEGAUGE_DATABASE_URL: `sqlite:${file}` });
    try {
      expect(await server.deliver("gitlab", green(1, 40))).to.have.property("status", 202);
      const limit = (bytes: string) =>
        spawnSync(prlimit, ["--pid", String(server.pid), `--fsize=${bytes}:`], { encoding: "utf8" }).status;
      expect(limit(String(statSync(`${file}-wal`).size + 50_000))).to.equal(0);
      let [millis, last] = [0, 1];
      for (let status = 202; status === 202; ) {
        const began = performance.now();
        ({ status } = await server.deliver("gitlab", green(++last, 40)));
        millis = performance.now() - began;
        expect(status).to.be.oneOf([202, 503]);
      }
      // The server's limits add up to 9 s (test/docs/time-limits.test.ts); a busy machine adds to them.
      expect(millis, "an answer, about when senders hang up").to.be.below(15_000);
      expect((await server.scrape()).total("pipegauge_collector_success")).to.equal(1);
      expect(limit("unlimited")).to.equal(0);

      expect(await server.deliver("gitlab", green(last, 40))).to.have.property("status", 202);
      await until(async () => (await server.scrape()).total("cicd_job_runs_total") === last * 40, "all of it");
    } finally {
      await server.end("SIGKILL");
    }
  });

  it("a reader that holds an old snapshot for long does not stop deliveries", async () => {
    const server = await start({ tuning: { thread: true } });
    const reader = new Database(server.file);
    reader.exec("begin; select count(*) from runs");

    for (let id = 1; id <= 20; id++) expect(await server.deliver("gitlab", green(id))).to.have.property("status", 202);

    expect(reader.prepare("select count(*) from runs").pluck().get()).to.equal(0);
    reader.close();
    expect((await server.scrape()).total("cicd_pipeline_runs_total")).to.equal(20);
  });
});
