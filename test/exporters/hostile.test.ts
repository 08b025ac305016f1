import { expect } from "chai";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { requireProcfs } from "../support/tools.ts";
import { until } from "../support/wait.ts";
import { findProcesses, startWorld, type World } from "./world.ts";

function countPipes({ server }: World): number {
  const descriptors = readdirSync(`/proc/${server.pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${server.pid}/fd/${fd}`);
    } catch {
      return "";
    }
  });
  return descriptors.filter((target) => /^pipe:|metrics\.prom|\.sh/.test(target)).length;
}

describe("an exporter that does not behave", function () {
  this.timeout(60_000);
  let world: World;
  let pipes = 0;
  const scrape = (name: string, seconds: number, init: RequestInit = {}) =>
    fetch(`${world.server.url}/metrics/${name}`, {
      headers: { "X-Prometheus-Scrape-Timeout-Seconds": String(seconds) },
      ...init,
    });

  before(async function () {
    requireProcfs.call(this);
    world = await startWorld();
    await scrape("fine", 10);
    pipes = countPipes(world);
  });
  after(() => world?.end());
  afterEach("nothing is left of it", async () => {
    await until(() => findProcesses(world).length === 0, "the end of all its processes");
    await until(() => readdirSync(join(world.folder, "tmp")).length === 0, "the removal of its files");
    await until(() => countPipes(world) <= pipes, "the end of its pipes");
    expect((await scrape("fine", 10)).status).to.equal(200);
  });

  it("never ends, and has a child that ignores SIGTERM: 504 before the scraper gives up", async () => {
    const startedAt = performance.now();
    const answer = await scrape("endless", 2);

    expect([answer.status, await answer.text()]).to.deep.equal([504, "Killed: Timed out\n"]);
    expect(performance.now() - startedAt).to.be.within(1400, 10_000);
  });

  it("shows with debug what it had printed by then", async () => {
    // Long enough for a shell to begin on a busy machine.
    const answer = await scrape("endless?debug", 5);
    const json = (await answer.json()) as Record<string, unknown>;

    expect(answer.status).to.equal(504);
    expect(json).to.include({ returncode: -9, stdout: "begun\n", stderr: "Killed: Timed out", metrics: "" });
  });

  it("is ended when the scraper hangs up", async () => {
    const hangUp = new AbortController();
    const scraped = scrape("endless", 50, { signal: hangUp.signal }).catch(() => "hung up");
    await until(() => findProcesses(world).length > 0, "its start");
    hangUp.abort();

    expect(await scraped).to.equal("hung up");
  });

  it("leaves a child behind that holds its pipes: its metrics come at once", async () => {
    const startedAt = performance.now();
    const answer = await scrape("leaver", 10);

    expect([answer.status, await answer.text()]).to.deep.equal([200, "left 1\n"]);
    expect(performance.now() - startedAt).to.be.below(10_000);
  });

  for (const name of ["flood", "filler"]) {
    it(`writes without end (${name}): 502`, async () => {
      const answer = await scrape(name, 20);

      expect([answer.status, await answer.text()]).to.deep.equal([
        502,
        `exporter ${name} wrote more than 10485760 bytes\n`,
      ]);
    });
  }
});

describe("exporters that run at the same time", function () {
  this.timeout(60_000);
  let world: World;
  before(async () => (world = await startWorld("", { WORKERS: "1" })));
  after(() => world.end());
  const runs = () => readFileSync(join(world.folder, "counter"), "utf8").length / 2;
  const get = (request: string, seconds = 20) =>
    world.server.request(`/metrics/${request}`, {
      headers: { "X-Prometheus-Scrape-Timeout-Seconds": String(seconds) },
    });

  it("share one run where exporter and arguments are the same", async () => {
    const answers = await Promise.all([get("slow"), get("slow"), get("slow/"), get("slow?debug")]);

    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200]);
    expect(runs()).to.equal(1);
  });

  it("wait for one of WORKERS where they are not", async () => {
    const before = runs();
    const answers = await Promise.all([1, 2, 3].map((n) => get(`slow?--n=${n}`)));

    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
    expect(runs() - before).to.equal(3);
  });

  it("answer 503 when that takes longer than the scraper waits, and not before", async () => {
    const hangUp = new AbortController();
    const endless = fetch(`${world.server.url}/metrics/endless`, { signal: hangUp.signal }).catch(() => "hung up");
    await until(() => findProcesses(world).length > 0, "its start");
    const startedAt = performance.now();
    const busy = await get("fine", 1.5);

    expect(performance.now() - startedAt).to.be.above(900);
    expect([busy.status, busy.text]).to.deep.equal([503, "exporter fine did not begin: all WORKERS are busy\n"]);
    expect(busy.headers.get("retry-after")).to.equal("5");
    hangUp.abort();
    expect(await endless, "the other had not ended").to.equal("hung up");
    expect((await get("fine")).status).to.equal(200);
  });

  it("go on for those who wait, when another who asked for the same hangs up", async () => {
    const hangUp = new AbortController();
    const first = fetch(`${world.server.url}/metrics/slow?--n=9`, { signal: hangUp.signal }).catch(() => undefined);
    const second = get("slow?--n=9");
    hangUp.abort();
    await first;

    expect((await second).status).to.equal(200);
  });

  it("end with the server", async () => {
    const gone = get("endless", 50).catch(() => undefined);
    await until(() => findProcesses(world).length > 0, "its start");
    await world.server.end("SIGTERM");
    await gone;

    await until(() => findProcesses(world).length === 0, "the end of all its processes");
  });
});
