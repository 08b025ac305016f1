import { expect } from "chai";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { firstId, payloads, secret } from "../../bench/payloads.ts";
import { connectionsTo, descriptors, residentMegabytes } from "../../bench/procfs.ts";
import { openSender } from "../../bench/steady.ts";
import { startProcess, type TestProcess } from "../support/server/server.ts";
import { requireProcfs } from "../support/tools.ts";
import { until } from "../support/wait.ts";

const probe = fileURLToPath(new URL("../support/server/memory-probe.cjs", import.meta.url));
const leak = fileURLToPath(new URL("../support/server/leak.cjs", import.meta.url));

const waveSize = 500;
const waves = 4;
const connections = 8;

/** What may be held of each delivery: far less than it is while it is being worked on, when its body alone is 10 kB. */
const heldBytesMax = 1000;
/** SQLite's two page caches of 16 MB may still fill up, and the allocator keeps some. */
const grownMegabytesMax = 40;
/** `journal_size_limit` in src/core/store/db/connect.ts. */
const walBytesMax = 64 * 2 ** 20;

describe("a server under load, wave after wave", function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), "pipegauge-soak-"));
  const running: TestProcess[] = [];
  const payload = payloads(new Date()).gitlab;

  before(function () {
    requireProcfs.call(this);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((server) => server.end("SIGKILL")));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function start(name: string, preloaded: readonly string[]): Promise<TestProcess> {
    const server = await startProcess({
      PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder, name)}`,
      PIPEGAUGE_GITLAB_SECRET: secret,
      NODE_OPTIONS: preloaded.map((file) => `--require=${file}`).join(" "),
    });
    running.push(server);
    return server;
  }

  /** Sends so many deliveries, each connection its next one when the one before is answered, and closes the connections. */
  async function sendWave(server: TestProcess, from: number, size: number): Promise<void> {
    const sender = openSender(payload, `127.0.0.1:${server.port}`, connections);
    const ids = Array.from({ length: size }, (_, i) => firstId + from + i);
    const send = async () => {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) expect((await sender.send(id)).status).to.equal(202);
    };
    await Promise.all(Array.from({ length: connections }, send));
    sender.close();
  }

  /** What the program's threads hold on to, garbage collected. */
  async function heldBytes(server: TestProcess): Promise<number> {
    const readMemory = () => [...server.errors().matchAll(/^memory (\d+) in (\d+) threads$/gm)];
    const before = readMemory().length;
    process.kill(server.pid, "SIGUSR2");
    const [, bytes, threads] = await until(() => readMemory()[before], "what it holds in memory");
    expect(Number(threads), "threads that were asked: the main one and the one that writes").to.be.at.least(2);
    return Number(bytes);
  }

  it("holds on to no memory, descriptor or log, and counts every run", async () => {
    const file = "steady.db";
    const server = await start(file, [probe]);
    const held: number[] = [];
    const resident: number[] = [];
    let open = 0;
    for (let wave = 0; wave < waves; wave++) {
      await sendWave(server, wave * waveSize, waveSize);
      await until(() => connectionsTo(server.port) === 0, "the end of all connections");
      // The first wave opens what stays open.
      if (wave === 0) open = descriptors(server.pid);
      await until(() => descriptors(server.pid) === open, `${open} open descriptors`);
      expect(statSync(join(folder, `${file}-wal`)).size, "bytes of the WAL").to.be.at.most(walBytesMax);
      held.push(await heldBytes(server));
      resident.push(residentMegabytes(server.pid));
    }

    const [, warm = NaN] = held;
    const grown = (held.at(-1) ?? NaN) - warm;
    expect(grown / ((waves - 2) * waveSize), "bytes held of each delivery").to.be.below(heldBytesMax);
    expect((resident.at(-1) ?? NaN) - (resident[1] ?? NaN), "MB grown").to.be.below(grownMegabytesMax);
    const totals = await server.scrape();
    expect(totals.total("cicd_pipeline_runs_total")).to.equal(waves * waveSize);
    expect(totals.total("cicd_job_runs_total")).to.equal(waves * waveSize * payload.jobs);
    expect(totals.total("pipegauge_deliveries_total", { outcome: "accepted" })).to.equal(waves * waveSize);
  });

  it("would be caught holding on to what it was sent", async () => {
    const size = 100;
    const server = await start("leaking.db", [probe, leak]);
    await sendWave(server, 0, size);
    const before = await heldBytes(server);

    await sendWave(server, size, size);

    expect(((await heldBytes(server)) - before) / size).to.be.above(heldBytesMax);
  });
});
