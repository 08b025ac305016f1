import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { alterDatabase } from "../support/database/lock.ts";
import { testServers, type TestServer } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";
import { rawAnswer, requestText } from "../support/server/socket.ts";
import { parseTotals } from "../support/exposition/totals.ts";
import { until } from "../support/wait.ts";

const green = (id: number) => pipelineHook("success", [{ ...unit, id }], { ...over("10:05", 240), id });
const openMetrics = { accept: "application/openmetrics-text;version=1.0.0,text/plain;q=0.5" };
const runs = "cicd_pipeline_runs_total";

describe("GET /metrics", () => {
  const start = testServers();

  it("shows the ledger and this process, apart and together", async () => {
    const server = await start();
    await server.deliver("gitlab", green(1));
    const read = async (path: string) => parseTotals((await server.request(path)).text);

    const [all, ledger, process] = await Promise.all(["/metrics", "/metrics/ledger", "/metrics/server"].map(read));

    for (const totals of [all, ledger]) expect(totals?.total(runs, { result: "success" })).to.equal(1);
    for (const totals of [all, process]) expect(totals?.has("pipegauge_deliveries_total")).to.be.true;
    expect(ledger?.has("pipegauge_deliveries_total")).to.be.false;
    expect(process?.has(runs)).to.be.false;
    expect(all?.total("pipegauge_collector_success")).to.equal(1);
  });

  it("speaks both formats, and says which", async () => {
    const server = await start();
    await server.deliver("gitlab", green(1));

    const text = await server.request("/metrics");
    const open = await server.request("/metrics", { headers: openMetrics });

    expect(text.headers.get("content-type")).to.equal("text/plain; version=0.0.4; charset=utf-8");
    expect(text.text).to.not.include("# EOF");
    expect(open.headers.get("content-type")).to.equal("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(open.text).to.match(/\n# EOF\n$/);
    for (const { headers } of [text, open]) {
      expect(headers.get("vary")).to.equal("Accept, Accept-Encoding");
      expect(headers.get("cache-control")).to.equal("no-store");
    }
    const [plain, other] = [parseTotals(text.text), parseTotals(open.text, "openmetrics")];
    expect(other.total(runs, { result: "success" })).to.equal(plain.total(runs, { result: "success" }));
    expect(other.has("cicd_pipeline_runs_created")).to.be.true;
  });

  it("compresses for clients that accept it", async () => {
    const server = await start();
    // Not with fetch, which unpacks by itself.
    const accept = async (encoding: string) => {
      const request = get({ port: server.port, path: "/metrics", headers: { "accept-encoding": encoding } });
      const [response] = (await once(request, "response")) as [IncomingMessage];
      return { packed: response.headers["content-encoding"] === "gzip", body: await buffer(response) };
    };

    const packed = await accept("deflate, gzip;q=0.8");
    expect(packed.packed).to.be.true;
    expect(parseTotals(gunzipSync(packed.body).toString()).total("pipegauge_collector_success")).to.equal(1);
    for (const encoding of ["identity", "gzip;q=0", "gzip;q=0.0", "br", "x-gzipped"]) {
      expect(await accept(encoding), encoding).to.have.property("packed", false);
    }
  });

  it("asks for a token where there is one", async () => {
    const server = await start({ env: { PIPEGAUGE_METRICS_TOKEN: "old-token,new-token" } });
    const status = async (path: string, authorization = "") =>
      (await server.request(path, { headers: { authorization } })).status;

    for (const path of ["/metrics", "/metrics/ledger", "/metrics/server"]) {
      for (const wrong of ["", "Bearer", "Bearer ", "Bearer x", "Bearer old-toke", "Basic old-token", "old-token"]) {
        expect(await status(path, wrong), `${path} ${wrong}`).to.equal(401);
      }
      expect(await status(path, "Bearer old-token")).to.equal(200);
      expect(await status(path, "bearer new-token")).to.equal(200);
    }
    const refused = await server.request("/metrics");
    expect(refused.headers.get("www-authenticate")).to.equal("Bearer");
    expect(refused.text).to.not.include("cicd_");
  });

  it("is, in a trial, not for a page whose server gave its own name this host's address", async () => {
    const [trial, configured] = [await start(), await start({ env: { PIPEGAUGE_GITLAB_SECRET: "s" } })];
    const status = async (server: TestServer, host: string) =>
      (await rawAnswer(server.port, requestText("GET", "/metrics").replace("Host: 127.0.0.1", `Host: ${host}`))).status;

    for (const host of ["evil.example.com", "evil.example.com:8080", "127.0.0.1.example.com", "evil.example.com."])
      expect(await status(trial, host), host).to.equal(401);
    for (const host of [
      "localhost:8080",
      "127.0.0.1",
      "[::1]:8080",
      "pipegauge",
      "host.docker.internal:8080",
      "ci.local",
    ])
      expect(await status(trial, host), host).to.equal(200);
    expect(await status(configured, "ci.example.com")).to.equal(200);
  });

  it("does not wait for ever because a scraper says that it would", async () => {
    const server = await start();
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on("warning", note);

    const totals = await server.scrape({ "x-prometheus-scrape-timeout-seconds": "3000000" });

    await new Promise(setImmediate);
    process.off("warning", note);
    expect(totals.total("pipegauge_collector_success")).to.equal(1);
    expect(warnings).to.deep.equal([]);
  });

  it("reads the totals once a second, however many scrape, and gives all the same", async () => {
    const server = await start({ tuning: { snapshotMillis: 1000 } });
    await server.deliver("gitlab", green(1));
    let reads = 0;
    server.store.connection.knex.on(
      "query",
      ({ sql }: { sql: string }) => (reads += /outcome = 'dead_letter' group by source/.test(sql) ? 1 : 0),
    );
    const began = performance.now();

    const answers = await Promise.all(Array.from({ length: 50 }, () => server.request("/metrics/ledger")));

    const seconds = (performance.now() - began) / 1000;
    expect(reads).to.be.within(1, 1 + Math.floor(seconds));
    expect(answers.map(({ status }) => status)).to.deep.equal(Array.from({ length: 50 }, () => 200));
    if (reads === 1) expect(new Set(answers.map(({ text }) => text)).size).to.equal(1);
  });

  it("stays well-formed and never goes back while deliveries arrive", async () => {
    const server = await start();
    const seen: number[] = [];
    const deliveries = Promise.all(Array.from({ length: 100 }, (_, i) => server.deliver("gitlab", green(i + 1))));
    let delivered = false;
    const scraping = until(async () => {
      seen.push((await server.scrape(seen.length % 2 === 0 ? openMetrics : {})).total(runs, { result: "success" }));
      return delivered;
    });

    expect((await deliveries).every(({ status }) => status === 202)).to.be.true;
    delivered = true;
    await scraping;

    expect(seen.toSorted((a, b) => a - b)).to.deep.equal(seen);
    expect((await server.scrape()).total(runs)).to.equal(100);
  });

  it("answers 200 without the run data while the database cannot be read, and never with older ones", async () => {
    const server = await start();
    await server.deliver("gitlab", green(1));
    expect((await server.scrape()).has(runs)).to.be.true;

    alterDatabase(server.file, "alter table rollups rename to away");
    const without = [await server.scrape(), await server.scrape(openMetrics)];
    const apart = await server.request("/metrics/ledger");
    alterDatabase(server.file, "alter table away rename to rollups");

    for (const totals of without) {
      expect(totals.total("pipegauge_collector_success")).to.equal(0);
      expect(totals.has("pipegauge_build_info")).to.be.true;
      expect(totals.counted).to.deep.equal({});
    }
    expect(apart.status).to.equal(200);
    const line = server.logged().find(({ msg }) => msg === "the run data could not be read for a scrape");
    expect(line?.["error"]).to.equal("no such table: rollups");
    const after = await server.scrape();
    expect([after.total("pipegauge_collector_success"), after.total(runs)]).to.deep.equal([1, 1]);
  });

  it("is clean for promtool, live and without a database", async function () {
    const promtool = requireTool.call(this, "promtool");
    const check = async (server: TestServer) => {
      const { text } = await server.request("/metrics");
      const { status, stdout, stderr } = spawnSync(promtool, ["check", "metrics"], { input: text, encoding: "utf8" });
      expect([status, stdout, stderr]).to.deep.equal([0, "", ""]);
    };
    const server = await start();
    await check(server);
    await server.deliver("gitlab", green(1));
    await server.deliver("gitlab", "{");
    await check(server);
    alterDatabase(server.file, "alter table rollups rename to away");
    await check(server);
  });
});
