import { expect } from "chai";
import { lockDatabase } from "../support/database/lock.ts";
import { testServers, type TestServer } from "../support/server/server.ts";
import { rawConnection, requestText, type RawConnection } from "../support/server/socket.ts";
import { until } from "../support/wait.ts";

const perAddress = 8;
const body = JSON.stringify({ object_kind: "push" });

/** Connections with a request each that waits for the rest of its body. */
async function atWork(server: TestServer, count: number): Promise<RawConnection[]> {
  const all = await Promise.all(Array.from({ length: count }, () => rawConnection(server.port)));
  const headers = ["Expect: 100-continue", `Content-Length: ${body.length}`];
  for (const one of all) one.send(requestText("POST", "/webhooks/gitlab", headers));
  for (const one of all) await one.expecting(/^HTTP\/1\.1 100 /);
  return all;
}

describe("connections of one address", () => {
  const start = testServers();
  const limited = (tuning = {}) =>
    start({ env: { PIPEGAUGE_CONNECTIONS_PER_ADDRESS: String(perAddress) }, tuning: { thread: true, ...tuning } });
  const open = (server: TestServer, count: number) =>
    Promise.all(Array.from({ length: count }, () => rawConnection(server.port)));
  const closeAll = (all: readonly RawConnection[]) => all.forEach((one) => one.close());

  /** Sends it and waits for the answer; the connection stays open. */
  async function asked(connection: RawConnection, text: string) {
    connection.send(text);
    return connection.expecting(/^HTTP\/1\.1 (\d{3}) /);
  }

  it("give up the one that has been idle for longest for a new one", async () => {
    const server = await limited();
    const all: RawConnection[] = [];
    for (let i = 0; i < perAddress; i++) all.push((await open(server, 1))[0] as RawConnection);
    // The first has just been used, so the second is idle for longest.
    await asked(all[0] as RawConnection, requestText("GET", "/healthz"));

    const [late] = await open(server, 1);
    await asked(late as RawConnection, requestText("GET", "/healthz"));

    expect(await all[1]?.closed).to.equal("");
    expect(await asked(all[0] as RawConnection, requestText("GET", "/healthz"))).to.have.property("1", "200");
    closeAll([...all, late as RawConnection]);
  });

  it("are not given up while they are at work: then the new one is refused", async () => {
    const server = await limited();
    const busy = await atWork(server, perAddress);
    const [refused] = await open(server, 1);

    expect(await refused?.closed).to.equal("");
    for (const one of busy) one.send(body);
    for (const one of busy) await one.expecting(/\r\n\r\nHTTP\/1\.1 200 /);
    closeAll(busy);
  });

  it("open and close without end, and others are served meanwhile", async () => {
    const server = await limited({ limits: { connectionsMax: 16 } });
    const all: RawConnection[] = [];
    for (let i = 0; i < 100; i++) all.push((await open(server, 1))[0] as RawConnection);

    expect(await server.request("/healthz")).to.have.property("status", 200);
    closeAll(all);
  });

  it("have their requests worked on one after the other", async () => {
    const server = await limited();
    const lock = lockDatabase(server.file);
    const [connection] = await open(server, 1);
    const requests = [1, 2, 3, 4].map((key) =>
      requestText("POST", "/webhooks/gitlab", [`Idempotency-Key: ${key}`], body),
    );
    connection?.send(requests.join(""));
    const queue = async () => (await server.scrape()).total("pipegauge_ledger_queue");
    await until(async () => (await queue()) > 0, "the first waits");

    expect(await queue()).to.equal(1);
    lock.release();
    await connection?.expecting(/(HTTP\/1\.1 200 [\s\S]*){4}/);
    connection?.close();
  });

  it("are broken where they send very many requests without waiting for an answer", async () => {
    const server = await limited();
    const [connection] = await open(server, 1);

    connection?.send(requestText("GET", "/metrics").repeat(500));
    await connection?.closed;

    expect(await server.request("/healthz")).to.have.property("status", 200);
    expect((await server.scrape()).total("server_requests_total")).to.be.below(100);
  });
});

describe("health on a port of its own", () => {
  const start = testServers();

  it("answers there and on the port of everything else, and nothing else does there", async () => {
    const server = await start({ env: { PIPEGAUGE_HEALTH_PORT: "0", PIPEGAUGE_GITLAB_SECRET: "s" } });
    const status = async (path: string, port: number) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    const port = server.healthPort ?? 0;

    expect(port).to.not.equal(server.port);
    for (const path of ["/healthz", "/readyz", "/-/healthy", "/-/ready"]) {
      expect(await status(path, port), path).to.equal(200);
      expect(await status(path, server.port), path).to.equal(200);
    }
    for (const path of ["/", "/metrics", "/api/v1/runs", "/webhooks/gitlab"])
      expect(await status(path, port), path).to.equal(404);
  });

  it("answers while the other one has no connection left", async () => {
    const server = await start({
      env: { PIPEGAUGE_HEALTH_PORT: "0", PIPEGAUGE_CONNECTIONS_PER_ADDRESS: "8" },
    });
    const busy = await atWork(server, 8);
    await (await rawConnection(server.port)).closed;

    expect((await fetch(`http://127.0.0.1:${server.healthPort}/healthz`)).status).to.equal(200);
    for (const one of busy) one.send(body);
    for (const one of busy) await one.expecting(/\r\n\r\nHTTP\/1\.1 200 /);
    for (const one of busy) one.close();
  });

  it("says that the process is stopping until it has stopped", async () => {
    const server = await start({ env: { PIPEGAUGE_HEALTH_PORT: "0" } });
    let go: (() => void) | undefined;
    const stopped = server.stop(new Promise<void>((resolve) => (go = resolve)));

    const answer = await fetch(`http://127.0.0.1:${server.healthPort}/readyz`, { headers: { connection: "close" } });

    expect([answer.status, await answer.json()]).to.deep.equal([503, { status: "stopping" }]);
    go?.();
    await stopped;
  });
});
