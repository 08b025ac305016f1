import { expect } from "chai";
import { once } from "node:events";
import type { Socket } from "node:net";
import { join } from "node:path";
import { makeSeries, moveSeries } from "../../bench/fill.ts";
import { peakMegabytes } from "../../bench/procfs.ts";
import { freshFolder } from "../support/folder.ts";
import { pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { askFrom, chartLimitMegabytes, openFlood, type Flood } from "../support/server/flood.ts";
import { startProcess, type TestProcess } from "../support/server/server.ts";
import { requestText } from "../support/server/socket.ts";
import { requireProcfs } from "../support/tools.ts";

const readers = 100;
/** Expositions that are sent to one address at a time: `expositionLimits` in src/http/metrics.ts. */
const sentAtOnce = 4;
/** 240 to 330 were seen, and 560 to 870 where all were sent to at once. Megabytes of 1,000,000 bytes. */
const peakMax = 450;
const elsewhere = "127.0.0.2";

describe("a server whose scrapes are asked for and not read", function () {
  this.timeout(120_000);
  const folder = freshFolder();
  let server: TestProcess;
  const floods: Flood[] = [];
  let file = "";

  before(function () {
    requireProcfs.call(this);
  });
  /** 25 MB and 150,000 lines are a scrape. */
  beforeEach(async () => {
    file = join(folder(), "ci.db");
    await makeSeries(file);
    server = await startProcess({ PIPEGAUGE_DATABASE_URL: `sqlite:${file}` });
  });
  afterEach(async () => {
    for (const flood of floods.splice(0)) flood.end();
    await server.end("SIGKILL");
  });

  /** Makes the next scrape read all totals anew, because every series has moved and somebody has counted since. */
  async function moveAll(): Promise<void> {
    moveSeries(file);
    const counted = { method: "POST", body: JSON.stringify({ name: "probe", success: true }) };
    expect(await server.request("/metrics", counted)).to.have.property("status", 201);
  }

  async function expectServed(run: number): Promise<void> {
    expect(await server.request("/healthz")).to.have.property("status", 200);
    const answer = await server.deliver("gitlab", pipelineHook("success", [unit], { id: run }));
    expect([answer.status, answer.json["status"]]).to.deep.equal([202, "accepted"]);
  }

  /** So many connections that ask for a scrape and leave it unread; one alone is of the first address. */
  async function ask(count: number, encoding: string): Promise<readonly Socket[]> {
    const flood = await openFlood(server.port, count, ["127.0.0.1", "127.0.0.3"]);
    floods.push(flood);
    for (const socket of flood.sockets) socket.write(requestText("GET", "/metrics", [`Accept-Encoding: ${encoding}`]));
    return flood.sockets;
  }

  for (const encoding of ["identity", "gzip"]) {
    it(`keeps its memory and serves others, while a hundred at two addresses take ${encoding} a byte at a time`, async () => {
      const sockets: Socket[] = [];
      // The first few are each sent a state of the ledger that is theirs alone.
      while (sockets.length < sentAtOnce) {
        await moveAll();
        const asking = await ask(1, encoding);
        await Promise.all(asking.map((socket) => once(socket, "readable")));
        sockets.push(...asking);
      }
      sockets.push(...(await ask(readers - sentAtOnce, encoding)));

      for (let run = 1; run <= 20; run++) {
        for (const socket of sockets) socket.read(1);
        await expectServed(run);
      }
      const { status, text } = await askFrom(elsewhere, `${server.url}/metrics`);
      expect(status, "a scrape from elsewhere").to.equal(200);
      // Not by Chai's own check, which would print 25 MB.
      expect(/^pipegauge_collector_success(\{.*\})? 1\n[^]*^server_requests_total/m.test(text), "a whole one").to.equal(
        true,
      );
      expect(peakMegabytes(server.pid), "peak memory").to.be.below(peakMax).and.below(chartLimitMegabytes());
    });
  }
});
