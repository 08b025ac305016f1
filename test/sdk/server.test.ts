import { expect } from "chai";
import { Agent, get as httpGet } from "node:http";
import { bindMiddleware, CollectorRegistry, Counter, response, Router, startHttpServer } from "../../src/sdk/index.ts";
import type { MetricsServer } from "../../src/sdk/index.ts";

describe("the SDK's HTTP server", () => {
  const registry = new CollectorRegistry();
  const visits = new Counter("visits_total", "Visits", [], registry);
  let server: MetricsServer;
  const get = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${server.port}${path}`, init);

  before(async () => {
    const router = new Router();
    router.registerAll([
      ["GET", "/metrics", registry.handler],
      ["POST", "/echo", (headers, body) => response(`${String(headers["x-name"])}: ${body}`, 201, "text/x-echo")],
      ["GET", "/broken", () => Promise.reject(new Error("no"))],
      ["GET", "/odd", () => response("", "no status at all")],
      ["GET", "/nothing", () => undefined as never],
      ["GET", "/number", () => response(7 as never)],
      ["GET", "/type", () => response("", 200, "text/plain\r\nX: y")],
      ["GET", "/private", bindMiddleware(() => response("secret"), [() => response("who are you?", 401)])],
    ]);
    server = await startHttpServer(0, "127.0.0.1", router);
  });
  after(() => server.close());

  it("answers with the exposition, for any query", async () => {
    visits.inc();
    const answer = await get("/metrics?x=1");

    expect(answer.status).to.equal(200);
    expect(answer.headers.get("content-type")).to.equal("text/plain; version=0.0.4; charset=utf-8");
    expect(await answer.text()).to.equal(await registry.render());
  });

  it("answers HEAD like GET, without the body", async () => {
    const answer = await get("/metrics", { method: "HEAD" });

    expect(answer.status).to.equal(200);
    expect(Number(answer.headers.get("content-length"))).to.equal((await registry.render()).length);
  });

  it("hands headers and body to the handler", async () => {
    const answer = await get("/echo", { method: "POST", body: "größer", headers: { "X-Name": "me" } });

    expect(answer.status).to.equal(201);
    expect(answer.headers.get("content-type")).to.equal("text/x-echo");
    expect(await answer.text()).to.equal("me: größer");
  });

  it("says which methods a path has", async () => {
    const answer = await get("/metrics", { method: "POST", body: "x" });

    expect(answer.status).to.equal(405);
    expect(answer.headers.get("allow")).to.equal("GET, HEAD");
  });

  it("answers 404 where there is no route", async () => {
    expect((await get("/nowhere")).status).to.equal(404);
  });

  it("goes on after a handler that fails, with or without a usable status", async () => {
    expect((await get("/broken")).status).to.equal(500);
    expect((await get("/odd")).status).to.equal(500);
    expect((await get("/metrics")).status).to.equal(200);
  });

  for (const path of ["/nothing", "/number", "/type"]) {
    it(`goes on after a handler that answers what is no answer (${path})`, async () => {
      expect((await get(path)).status).to.equal(500);
      expect((await get("/metrics")).status).to.equal(200);
    });
  }

  it("lets middleware answer first", async () => {
    const answer = await get("/private");

    expect(answer.status).to.equal(401);
    expect(await answer.text()).to.equal("who are you?");
  });

  it("refuses a body over a megabyte and goes on", async () => {
    const answer = await get("/echo", { method: "POST", body: "x".repeat(1024 * 1024 + 1) });

    expect(answer.status).to.equal(413);
    expect((await get("/metrics")).status).to.equal(200);
  });

  it("serves a registry alone, at /metrics and /", async () => {
    const alone = await startHttpServer(0, "127.0.0.1", registry);
    try {
      for (const path of ["/metrics", "/"]) {
        expect(await (await fetch(`http://127.0.0.1:${alone.port}${path}`)).text()).to.include("visits_total");
      }
    } finally {
      await alone.close();
    }
  });

  it("tells a client that keeps its connection to go elsewhere, once it closes", async () => {
    let closing: Promise<void> | undefined;
    const router = new Router();
    router.register("GET", "/", () => {
      closing ??= busy.close();
      return response("the last one");
    });
    const busy = await startHttpServer(0, "127.0.0.1", router);
    const agent = new Agent({ keepAlive: true });
    const connection = await new Promise((resolve, reject) => {
      httpGet({ port: busy.port, host: "127.0.0.1", agent }, (answer) => {
        answer.resume();
        resolve(answer.headers.connection);
      }).on("error", reject);
    });
    await closing;
    agent.destroy();

    expect(connection).to.equal("close");
  });

  it("says at once that a port is taken", async () => {
    const taken = await startHttpServer(server.port, "127.0.0.1", registry).catch((error: Error) => error);

    expect(taken).to.be.an("error").with.property("code", "EADDRINUSE");
  });
});
