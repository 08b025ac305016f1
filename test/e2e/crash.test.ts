import Database from "better-sqlite3";
import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { startProcess, type TestProcess } from "../support/server/server.ts";
import { until } from "../support/wait.ts";

const rounds = 5;
const senders = 16;
/** Runs that must have been acknowledged before a round's kill. */
const ackedMin = 100;

function green(id: number): Record<string, unknown> {
  return pipelineHook("success", [{ ...unit, id }], { ...over("10:05", 240), id });
}

describe("kill -9 in the middle of a load", function () {
  this.timeout(90_000);
  const folder = mkdtempSync(join(tmpdir(), "pipegauge-crash-"));
  const file = join(folder, "ci.db");
  const env = { PIPEGAUGE_DATABASE_URL: `sqlite:${file}` };
  const running: TestProcess[] = [];
  const acked = new Set<number>();
  let sent = 0;
  let counted: Readonly<Record<string, number>> = {};

  after(async () => {
    await Promise.all(running.map((one) => one.end("SIGKILL")));
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(): Promise<TestProcess> {
    const started = await startProcess(env);
    running.push(started);
    return started;
  }

  /** Scrapes, and compares with all scrapes before, of whichever process. False when the server is gone. */
  async function scrape(server: TestProcess): Promise<boolean> {
    const totals = await server.scrape().catch((error: unknown) => {
      if (error instanceof TypeError) return undefined;
      throw error;
    });
    if (totals === undefined) return false;
    const now = totals.counted;
    for (const [series, value] of Object.entries(counted)) {
      if (/_total\{|_count\{|_bucket\{|_sum\{/.test(series)) expect(now[series], series).to.be.at.least(value);
    }
    counted = now;
    return true;
  }

  async function keepScraping(server: TestProcess): Promise<void> {
    while (await scrape(server));
  }

  /** Sends runs of its own, one after the other, until the connection breaks. */
  async function send(server: TestProcess, onAcked: () => void): Promise<void> {
    for (;;) {
      const id = ++sent;
      const status = await server.deliver("gitlab", green(id)).then(
        (answer) => answer.status,
        () => 0,
      );
      if (status === 0) return;
      expect(status).to.equal(202);
      acked.add(id);
      onAcked();
    }
  }

  for (let round = 1; round <= rounds; round++) {
    it(`round ${round}: all that was acknowledged is there, and the file is sound`, async () => {
      const server = await start();
      const enough = acked.size + ackedMin;

      let killed: Promise<unknown> | undefined;
      const load = Array.from({ length: senders }, () =>
        send(server, () => {
          if (acked.size >= enough) killed ??= server.end("SIGKILL");
        }),
      );
      await Promise.all([...load, keepScraping(server)]);

      expect(await killed).to.equal("SIGKILL");
      const database = new Database(file);
      expect(database.pragma("integrity_check", { simple: true })).to.equal("ok");
      const query = `select native_id from runs join run_completions on run_id = runs.id where runs.result = 'success'`;
      const stored = new Set(database.prepare(query).pluck().all().map(Number));
      database.close();
      expect([...acked].filter((id) => !stored.has(id))).to.deep.equal([]);
      expect(stored.size).to.be.at.most(sent);
    });
  }

  it("everything sent again counts once, and no counter has ever gone down", async () => {
    const server = await start();
    expect(await scrape(server)).to.be.true;

    const ids = Array.from({ length: sent }, (_, i) => i + 1);
    for (let at = 0; at < ids.length; at += senders * 4) {
      const answers = await Promise.all(
        ids.slice(at, at + senders * 4).map((id) => server.deliver("gitlab", green(id))),
      );
      for (const { status } of answers) expect(status).to.be.oneOf([200, 202]);
    }
    const totals = await until(async () => {
      expect(await scrape(server)).to.be.true;
      const now = await server.scrape();
      return now.total("cicd_pipeline_runs_total") === sent && now;
    }, "a scrape that shows all of them");
    expect(sent).to.be.above(rounds * ackedMin);
    expect(totals.total("cicd_job_runs_total")).to.equal(sent);
    expect(totals.total("cicd_pipeline_run_duration_seconds_sum")).to.equal(sent * 240);
  });
});
