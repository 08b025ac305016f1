import { expect } from "chai";
import { databases, sandbox } from "../support/database/databases.ts";
import { startProxy, type Proxy } from "../support/server/proxy.ts";
import { testServers } from "../support/server/server.ts";
import { until } from "../support/wait.ts";

const [, postgres] = databases;
if (postgres === undefined) throw new Error("there is no PostgreSQL among the databases");
const database = postgres;

describe("the page and the read API while PostgreSQL is away", function () {
  this.timeout(60_000);
  const start = testServers();
  const box = sandbox(database);
  let proxy: Proxy | undefined;
  afterEach("close the proxy", () => proxy?.close());

  it("answer 503 with Retry-After, in their own forms, and recover by themselves", async () => {
    const url = new URL(await box.url());
    const between = (proxy = await startProxy({ host: url.hostname, port: Number(url.port) }));
    url.host = `127.0.0.1:${between.port}`;
    const server = await start({ databaseUrl: url.href });
    expect((await server.request("/api/v1/runs")).status).to.equal(200);

    await between.cut();
    const [api, page] = await Promise.all([server.request("/api/v1/runs"), server.request("/")]);
    const alive = await server.request("/healthz");
    await between.restore();

    expect([api.status, api.headers.get("retry-after")]).to.deep.equal([503, "5"]);
    expect(api.json["error"]).to.match(/try again/);
    expect([page.status, page.headers.get("retry-after")]).to.deep.equal([503, "5"]);
    expect(page.text)
      .to.include("<!doctype html>")
      .and.not.match(/ECONN|postgres/i);
    expect(alive.status).to.equal(200);
    await until(async () => (await server.request("/")).status === 200, "the page");
    expect((await server.request("/api/v1/status")).status).to.equal(200);
  });
});
