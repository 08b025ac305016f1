import { expect } from "chai";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { lockDatabase } from "../support/database/lock.ts";
import { testServers, type TestServer } from "../support/server/server.ts";
import { rawConnection, requestText } from "../support/server/socket.ts";
import { until } from "../support/wait.ts";

const hook = (id: number) => JSON.stringify(pipelineHook("success", [{ ...unit, id }], { ...over("10:05", 240), id }));
const post = (body: string) => requestText("POST", "/webhooks/gitlab", ["Content-Type: application/json"], body);
const waiting = (server: TestServer, count: number) =>
  until(async () => (await server.scrape()).total("pipegauge_ledger_queue") === count, `${count} waiting`);

/** A connection on which the server has begun to take a request, and gets the end of its body whenever the test likes. */
async function halfway(server: TestServer) {
  const connection = await rawConnection(server.port);
  const body = hook(1);
  const text = requestText("POST", "/webhooks/gitlab", ["Expect: 100-continue"], body);
  connection.send(text.slice(0, -10));
  await connection.expecting(/^HTTP\/1\.1 100 /);
  return { closed: connection.closed, sendTheRest: () => connection.send(text.slice(-10)) };
}

/** True once no server listens on the port any more. */
async function isClosed(port: number): Promise<boolean> {
  const connection = await rawConnection(port).catch(() => undefined);
  connection?.close();
  return connection === undefined;
}

describe("stopping", () => {
  const start = testServers();

  it("finishes what is under way, then closes the port and the database", async () => {
    const server = await start({ tuning: { thread: true } });
    const lock = lockDatabase(server.file);
    const answers = [1, 2, 3].map((id) => server.deliver("gitlab", hook(id)));
    await waiting(server, 3);

    const stopped = server.stop();
    await until(() => isClosed(server.port), "the end of listening");
    lock.release();

    for (const answer of await Promise.all(answers)) {
      expect([answer.status, answer.headers.get("connection")]).to.deep.equal([202, "close"]);
    }
    await stopped;
    const again = await start({ databaseUrl: `sqlite:${server.file}` });
    expect((await again.scrape()).total("cicd_pipeline_runs_total")).to.equal(3);
  });

  it("takes a request whose body is still coming, and tells the sender to go elsewhere after it", async () => {
    const server = await start();
    const { closed, sendTheRest } = await halfway(server);

    const stopped = server.stop();
    await until(() => isClosed(server.port), "the end of listening");
    sendTheRest();

    expect(await closed)
      .to.match(/^HTTP\/1\.1 202 /m)
      .and.match(/^Connection: close\r$/im);
    await stopped;
  });

  it("breaks no request of senders that keep their connections and close them when the server asks for it", async () => {
    const server = await start({ tuning: { thread: true } });
    let sent = 0;
    let closed = 0;
    const send = async () => {
      for (;;) {
        const { status, headers } = await server.deliver("gitlab", hook(++sent));
        expect(status).to.equal(202);
        if (headers.get("connection") !== "close") continue;
        closed++;
        return;
      }
    };
    const senders = Array.from({ length: 16 }, send);
    await until(() => sent > 60, "some load");

    await server.stop(Promise.all(senders));

    await Promise.all(senders);
    expect(closed).to.equal(16);
    const again = await start({ databaseUrl: `sqlite:${server.file}` });
    expect((await again.scrape()).total("cicd_pipeline_runs_total")).to.equal(sent);
  });

  it("does not wait for idle keep-alive connections", async () => {
    const server = await start();
    const connection = await rawConnection(server.port);
    connection.send(post(hook(1)));
    await connection.expecting(/^HTTP\/1\.1 202 .*Connection: keep-alive/s);

    const began = performance.now();
    await server.stop();

    await connection.closed;
    // A stop waits 20 s for open requests (`graceMillis`), and an idle connection stays open for 75 s (`keepAliveTimeout`).
    expect(performance.now() - began).to.be.below(10_000);
  });

  it("cuts what does not end in time", async () => {
    const server = await start({ tuning: { graceMillis: 200 } });
    const { closed } = await halfway(server);

    await server.stop();

    expect(await closed).to.match(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  });

  it("is not ready while load balancers look elsewhere, but still takes and counts deliveries", async () => {
    const server = await start({ tuning: { thread: true } });
    let lookedElsewhere: (() => void) | undefined;
    const stopped = server.stop(new Promise<void>((resolve) => (lookedElsewhere = resolve)));

    const ready = await server.request("/readyz");
    const answer = await server.deliver("gitlab", hook(1));
    const alive = await server.request("/healthz");
    const totals = await server.scrape();

    expect([ready.status, ready.json]).to.deep.equal([503, { status: "stopping" }]);
    for (const { headers } of [ready, answer, alive]) expect(headers.get("connection")).to.equal("close");
    expect([answer.status, alive.status]).to.deep.equal([202, 200]);
    expect(totals.total("cicd_pipeline_runs_total")).to.equal(1);
    lookedElsewhere?.();
    await stopped;
    expect(await isClosed(server.port)).to.be.true;
  });
});
