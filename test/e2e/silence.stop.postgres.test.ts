import { expect } from "chai";
import { databases, sandbox } from "../support/database/databases.ts";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { startProxy, type Proxy } from "../support/server/proxy.ts";
import { startTestServer, type TestServer } from "../support/server/server.ts";

const postgres = databases.find(({ engine }) => engine === "postgres");
if (postgres === undefined) throw new Error("there is no suite for PostgreSQL");
const required = postgres;

/** What a stop may take besides the grace for requests: 10 s for the writing thread, and some for a busy machine. */
const stopMaxMillis = 15_000;

/** A query is under way when the network to PostgreSQL falls silent, and then the server is stopped. */
describe("a stop while PostgreSQL is silent", function () {
  this.timeout(60_000);
  let proxy: Proxy;
  let server: TestServer;
  const box = sandbox(required);

  beforeEach(async () => {
    const url = new URL(await box.url());
    proxy = await startProxy({ host: url.hostname, port: Number(url.port) });
    url.host = `127.0.0.1:${proxy.port}`;
    server = await startTestServer({ databaseUrl: url.href, tuning: { thread: true, graceMillis: 200 } });
    await server.deliver("gitlab", pipelineHook("success", [unit], over("10:05", 240)));
  });
  afterEach("let packets through, and stop", async () => {
    await proxy.close();
    await server.stop();
  });

  /** The milliseconds that a stop takes; more than are allowed where it has not ended by then. */
  async function measureStop(): Promise<number> {
    const begun = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, stopMaxMillis + 5000)));
    await Promise.race([server.stop(), late]);
    clearTimeout(timer);
    return performance.now() - begun;
  }

  const queries: readonly (readonly [what: string, begin: () => Promise<unknown>])[] = [
    ["an insight", () => server.request("/api/v1/insights/failures?since=2026-11-20&until=2026-11-21")],
    ["a list of runs", () => server.request("/api/v1/runs")],
    ["a scrape", () => server.request("/metrics")],
    ["a delivery", () => server.deliver("gitlab", pipelineHook("success", [unit], { ...over("10:05", 240), id: 8 }))],
    ["breaks of default branches", () => server.store.maintenance.countDefaultBranches(Date.now())],
    ["the comparison of the day cube", () => server.store.maintenance.compareDayTimes()],
    ["a comparison of totals", () => server.store.maintenance.compareTotals()],
  ];
  for (const [what, begin] of queries) {
    it(`ends in time: ${what}`, async () => {
      proxy.swallow();
      const sent = proxy.awaitSwallowed();
      void begin().catch(() => undefined);
      await sent;

      expect(await measureStop()).to.be.below(stopMaxMillis);
    });
  }
});
