import Database from "better-sqlite3";
import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshFolder } from "../support/folder.ts";
import { compileFlush } from "../support/disk/compile-flush.ts";
import { processEnvironment } from "../support/environment.ts";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { startProcess, type TestProcess } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";

const senders = 4;
const deliveriesEach = 10;

/** A green run with so many jobs that all together fill the WAL to its checkpoint. */
function green(id: number, jobs = 400): Record<string, unknown> {
  const builds = Array.from({ length: jobs }, (_, i) => ({ ...unit, id: id * 1000 + i, name: `job ${i}` }));
  return pipelineHook("success", builds, { ...over("10:05", 240), id });
}

describe("what is on the disk when a delivery is answered", function () {
  this.timeout(120_000);
  const folder = freshFolder();
  let running: TestProcess | undefined;

  before(function () {
    for (const tool of ["cc", "flock"]) requireTool.call(this, tool);
  });
  afterEach(async () => void (await running?.end("SIGKILL")));

  const copies = () => join(folder(), "copies");
  const log = () => join(folder(), "flushes.txt");
  const fails = () => join(folder(), "fails");

  /** The program on a disk of flush.c. */
  async function start(): Promise<TestProcess> {
    mkdirSync(copies());
    const others = processEnvironment()["LD_PRELOAD"] ?? "";
    running = await startProcess({
      PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder(), "ci.db")}`,
      LD_PRELOAD: `${compileFlush(folder())} ${others}`.trim(),
      FLUSH_COPIES: copies(),
      FLUSH_LOG: log(),
      FLUSH_FAILS: fails(),
    });
    return running;
  }

  /** Takes what has been flushed until now, as after a loss of power. Returns the runs in it. */
  function readFlushed(): ReadonlySet<number> {
    const taken = join(folder(), "taken");
    const command = `rm -rf ${taken} && mkdir ${taken} && cp ${copies()}/ci.db ${copies()}/ci.db-wal ${taken}`;
    const { status, stderr } = spawnSync("flock", [join(copies(), "lock"), "-c", command], { encoding: "utf8" });
    expect(status, stderr).to.equal(0);
    const database = new Database(join(taken, "ci.db"));
    expect(database.pragma("integrity_check", { simple: true })).to.equal("ok");
    const query = `select native_id from runs join run_completions on run_id = runs.id where runs.result = 'success'`;
    const runs = new Set(database.prepare(query).pluck().all().map(Number));
    database.close();
    return runs;
  }

  const countFlushes = (file: string) =>
    readFileSync(log(), "utf8")
      .split("\n")
      .filter((name) => name === file).length;

  it("is a sound database that holds every answered run, at each 2xx and over a checkpoint", async () => {
    const server = await start();
    const before = countFlushes("ci.db");
    const acknowledged = new Set<number>();
    async function send(first: number): Promise<void> {
      for (let id = first; id < first + deliveriesEach; id++) {
        expect((await server.deliver("gitlab", green(id))).status).to.equal(202);
        acknowledged.add(id);
        const flushed = readFlushed();
        expect([...acknowledged].filter((run) => !flushed.has(run))).to.deep.equal([]);
      }
    }

    await Promise.all(Array.from({ length: senders }, (_, i) => send(1 + i * deliveriesEach)));

    expect(acknowledged.size).to.equal(senders * deliveriesEach);
    expect(countFlushes("ci.db"), "flushes of the database, by checkpoints").to.be.above(before);
  });

  it("is never acknowledged where the flush fails: 503, and 2xx again only once a flush has succeeded", async () => {
    const server = await start();
    expect((await server.deliver("gitlab", green(1, 1))).status).to.equal(202);
    writeFileSync(fails(), "");

    const refused = await Promise.all([2, 3].map((id) => server.deliver("gitlab", green(id, 1))));
    expect(refused.map(({ status }) => status)).to.deep.equal([503, 503]);
    expect([...readFlushed()]).to.deep.equal([1]);

    rmSync(fails());
    expect((await server.deliver("gitlab", green(4, 1))).status).to.equal(202);
    expect([...readFlushed()]).to.have.members([1, 4]);
    for (const id of [2, 3]) expect((await server.deliver("gitlab", green(id, 1))).status).to.equal(202);
    expect([...readFlushed()]).to.have.members([1, 2, 3, 4]);
    expect((await server.scrape()).total("cicd_pipeline_runs_total")).to.equal(4);
  });
});
