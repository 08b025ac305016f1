import { expect } from "chai";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { startProxy, type Proxy } from "../support/server/proxy.ts";
import { readRows } from "../support/database/rows.ts";
import { testServers, type ServerOptions, type TestServer } from "../support/server/server.ts";
import { until } from "../support/wait.ts";

const green = (id: number) => pipelineHook("success", [{ ...unit, id }], { ...over("10:05", 240), id });
const runs = "cicd_pipeline_runs_total";

describe("faults of PostgreSQL", () => {
  const [, postgres] = databases;
  if (postgres === undefined) throw new Error("there is no PostgreSQL among the databases");
  const box = sandbox(postgres);
  const start = testServers();
  let proxy: Proxy;

  /** A server whose connections to the database all go through the proxy. */
  async function behindProxy(tuning: ServerOptions["tuning"] = {}): Promise<TestServer> {
    const url = new URL(await box.url());
    proxy = await startProxy({ host: url.hostname, port: Number(url.port) });
    url.host = `127.0.0.1:${proxy.port}`;
    return start({ databaseUrl: url.href, tuning });
  }
  afterEach("close the proxy", () => proxy?.close());

  const waiting = (server: TestServer, count: number) =>
    until(
      async () => (await server.request("/metrics/server")).text.includes(`\npipegauge_ledger_queue ${count}\n`),
      `${count} waiting`,
    );

  it("away for a moment: deliveries wait and are stored", async () => {
    const server = await behindProxy();
    await server.deliver("gitlab", green(1));
    await proxy.cut();

    const answers = Promise.all(Array.from({ length: 10 }, (_, i) => server.deliver("gitlab", green(i + 2))));
    await waiting(server, 10);
    await proxy.restore();

    expect((await answers).map(({ status }) => status)).to.deep.equal(Array.from({ length: 10 }, () => 202));
    expect((await server.scrape()).total(runs)).to.equal(11);
  });

  it("away past the timeout: 503, alive, not ready, and a scrape without run data; then all is well again", async () => {
    const server = await behindProxy({ timeoutMillis: 300 });
    await server.deliver("gitlab", green(1));
    await proxy.cut();

    const refused = await server.deliver("gitlab", green(2));
    expect([refused.status, refused.headers.get("retry-after") !== null]).to.deep.equal([503, true]);
    expect((await server.request("/healthz")).status).to.equal(200);
    expect((await server.request("/readyz")).status).to.equal(503);
    const away = await server.scrape();
    expect([away.total("pipegauge_collector_success"), away.has(runs)]).to.deep.equal([0, false]);

    await proxy.restore();
    expect((await server.deliver("gitlab", green(2))).status).to.equal(202);
    await until(async () => (await server.request("/readyz")).status === 200, "being ready again");
    const back = await server.scrape();
    expect([back.total("pipegauge_collector_success"), back.total(runs)]).to.deep.equal([1, 2]);
  });

  it("a commit whose answer is lost is made sure of, and counts once", async () => {
    const server = await behindProxy();
    await server.deliver("gitlab", green(1));

    proxy.breakAfter("COMMIT");
    const { status } = await server.deliver("gitlab", green(2));

    expect(status).to.be.oneOf([200, 202]);
    expect(server.logged().map(({ msg }) => msg)).to.include("deliveries could not be written");
    expect(await readRows(server, "deliveries")).to.have.length(2);
    expect((await server.scrape()).total(runs)).to.equal(2);
  });

  it("a network that swallows everything ends in 503 too, and in working connections after it", async () => {
    const server = await behindProxy({ timeoutMillis: 1000 });
    await server.deliver("gitlab", green(1));
    proxy.swallow();

    const began = performance.now();
    const { status } = await server.deliver("gitlab", green(2));
    expect(status).to.equal(503);
    // Two seconds after the delivery; a busy machine adds to them, and senders hang up after ten.
    expect(performance.now() - began, "milliseconds until the refusal").to.be.below(10_000);
    const away = await server.scrape({ "x-prometheus-scrape-timeout-seconds": "1" });
    expect(away.total("pipegauge_collector_success")).to.equal(0);

    await proxy.restore();
    await until(async () => (await server.deliver("gitlab", green(2))).status !== 503, "a delivery");
    await until(async () => (await server.scrape()).total(runs) === 2, "a scrape");
  });

  it("what no text can hold is kept as far as it can be, and never refused", async () => {
    const server = await behindProxy();
    const odd = '\\u0000\\ud800\\u0007\\"\\n\\\\';
    const bodies = [
      JSON.stringify(green(1)).replaceAll("team/shop", `team/${odd}`).replaceAll("unit", odd),
      `{"object_kind":"${odd}"}`,
      `{"object_kind":"pipeline","${odd}":`,
      "\u0000\u0001{",
    ];

    for (const body of bodies) expect((await server.deliver("gitlab", body)).status, body).to.be.oneOf([200, 202]);
    const event = { specversion: "1.0", id: "\ud800", source: "/a", type: "x\ud800\u2028", data: {} };
    const structured = { "content-type": "application/cloudevents+json" };
    expect((await server.deliver("tekton", event, structured)).status).to.be.oneOf([200, 202]);

    expect(await readRows(server, "deliveries")).to.have.length(bodies.length + 1);
    expect((await server.scrape()).total(runs)).to.equal(1);
    expect(server.logged().filter(({ level }) => level === "error")).to.deep.equal([]);
  });

  it("logs no delivery when a statement fails", async () => {
    const server = await behindProxy({ timeoutMillis: 200 });
    await server.store.connection.knex.raw("alter table runs rename column project to away");
    const canary = { ...green(1), project: { path_with_namespace: "canary/project" } };

    expect((await server.deliver("gitlab", canary)).status).to.equal(202);

    const [delivery] = await readRows(server, "deliveries");
    expect(delivery).to.include({ outcome: "dead_letter" });
    expect(server.output()).to.include("deliveries could not be written");
    expect(server.output()).to.not.include("canary");
    expect(String(delivery?.["reason"])).to.not.include("canary");
  });
});
