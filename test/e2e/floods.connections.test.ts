import { expect } from "chai";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connectionsTo, peakMegabytes } from "../../bench/procfs.ts";
import { freshFolder } from "../support/folder.ts";
import { pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { askFrom, chartLimitMegabytes, openFlood, type Flood } from "../support/server/flood.ts";
import { startProcess, type TestProcess } from "../support/server/server.ts";
import { requestText } from "../support/server/socket.ts";
import { requireDescriptors } from "../support/tools.ts";
import { until } from "../support/wait.ts";

/** All that the server takes: `connectionsMax` in src/http/server.ts, and the default of `PIPEGAUGE_CONNECTIONS_PER_ADDRESS`. */
const [connectionsMax, perAddress] = [4096, 512];
/** Requests on one connection that wait for their turn: `aheadMax` in src/http/connections.ts. */
const aheadMax = 16;
/** What 4,096 connections may cost; 35 were seen. Megabytes of 1,000,000 bytes. */
const margin = 120;
const elsewhere = "127.0.0.2";

describe("a server that very many connections are opened to", function () {
  this.timeout(120_000);
  const folder = freshFolder();
  let server: TestProcess;
  let flood: Flood | undefined;
  let baseline = 0;

  before(function () {
    requireDescriptors.call(this, connectionsMax + 500);
  });
  beforeEach(async () => {
    server = await startProcess({ PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder(), "ci.db")}` });
    baseline = peakMegabytes(server.pid);
  });
  afterEach(async () => {
    flood?.end();
    await server.end("SIGKILL");
  });

  async function expectServed(address: string, run: number): Promise<void> {
    const body = JSON.stringify(pipelineHook("success", [unit], { id: run }));
    expect(await askFrom(address, `${server.url}/healthz`), `health from ${address}`).to.have.property("status", 200);
    const answer = await askFrom(address, `${server.url}/webhooks/gitlab`, body);
    expect(answer, `a delivery from ${address}`).to.have.property("status", 202);
    expect(answer.text).to.match(/^\{"status":"accepted"/);
  }

  function expectBounded(): void {
    expect(peakMegabytes(server.pid), `peak memory, ${baseline} MB before`)
      .to.be.below(baseline + margin)
      .and.below(chartLimitMegabytes());
  }

  it("keeps so many of one address, and serves others and that one", async () => {
    flood = await openFlood(server.port, connectionsMax, ["127.0.0.1"]);
    const { closed } = flood;
    await until(() => closed() >= connectionsMax - perAddress, "the end of all but so many", 60_000);

    // One may have been accepted that the server has not closed yet.
    await until(() => connectionsTo(server.port) <= perAddress, "no more than so many connections", 10_000);
    await expectServed(elsewhere, 1);
    await expectServed("127.0.0.1", 2);
    expectBounded();
  });

  it("serves a new client while it has the greatest number of connections", async () => {
    const addresses = Array.from({ length: connectionsMax / perAddress }, (_, i) => `127.0.1.${i + 1}`);
    flood = await openFlood(server.port, connectionsMax, addresses);

    await expectServed(elsewhere, 1);
    await expectServed("127.0.0.1", 2);
    expectBounded();
  });

  it("works on few of the scrapes that are sent ahead without end", async () => {
    flood = await openFlood(server.port, 100, ["127.0.0.1"]);
    const { sockets, closed } = flood;
    for (const socket of sockets) socket.resume().write(requestText("GET", "/metrics").repeat(100));

    await expectServed("127.0.0.1", 1);
    await until(() => closed() === sockets.length, "the end of all connections", 60_000);
    await expectServed(elsewhere, 2);
    const requests = (await server.scrape()).total("server_requests_total");
    expect(requests, "requests that were worked on, of 10,000").to.be.below(sockets.length * aheadMax);
    expectBounded();
  });

  it("answers all scrapes that are sent ahead by as many as it lets wait, and others meanwhile", async () => {
    flood = await openFlood(server.port, 100, ["127.0.0.1"]);
    const last = requestText("GET", "/metrics", ["Connection: close"]);
    const answers = flood.sockets.map(async (socket) => {
      socket.write(requestText("GET", "/metrics").repeat(aheadMax - 1) + last);
      return (await text(socket)).match(/HTTP\/1\.1 (200|503) /g)?.length;
    });

    await expectServed("127.0.0.1", 1);
    expect(new Set(await Promise.all(answers))).to.deep.equal(new Set([aheadMax]));
    await expectServed(elsewhere, 2);
    expectBounded();
  });
});
