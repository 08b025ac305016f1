import { expect } from "chai";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { lockDatabase } from "../support/database/lock.ts";
import { readRows } from "../support/database/rows.ts";
import { testServers, type Answer, type TestServer } from "../support/server/server.ts";
import { rawConnection, requestText } from "../support/server/socket.ts";
import { until } from "../support/wait.ts";

const green = (id: number) => pipelineHook("success", [{ ...unit, id }], { ...over("10:05", 240), id });
const jenkinsBuild = JSON.stringify({
  name: "sweep",
  url: "job/sweep/",
  build: {
    number: 4,
    url: "job/sweep/4/",
    phase: "COMPLETED",
    status: "SUCCESS",
    timestamp: Date.UTC(2026, 10, 20),
    duration: 5,
  },
});

const waiting = async (server: TestServer, count: number) =>
  until(async () => (await server.scrape()).total("pipegauge_ledger_queue") === count, `${count} waiting`);

describe("when nothing can be stored", () => {
  const start = testServers();

  /** Its writer thread has written one delivery already: on a busy machine it takes longer to start than this timeout. */
  async function startAwake(timeoutMillis: number): Promise<TestServer> {
    const server = await start({ tuning: { thread: true, timeoutMillis } });
    await until(async () => (await server.deliver("gitlab", green(9))).status !== 503, "the first delivery");
    return server;
  }

  /**
   * Delivers until it is refused because the database stays away, and returns that answer. On a busy machine a delivery may be
   * refused before, when no attempt has ended within its timeout and a second (`marginMillis`).
   */
  async function refuse(deliver: () => Promise<Answer>): Promise<Answer> {
    return until(async () => {
      const answer = await deliver();
      return answer.json["error"] !== "the database does not answer" && answer;
    }, "a refusal after an attempt");
  }

  it("lets deliveries wait for the database, then answers them as ever", async () => {
    const server = await start({ tuning: { thread: true } });
    const lock = lockDatabase(server.file);
    const answers = Promise.all([server.deliver("gitlab", green(1)), server.deliver("gitlab", green(2))]);
    await waiting(server, 2);

    lock.release();

    expect((await answers).map(({ status }) => status)).to.deep.equal([202, 202]);
    expect((await server.scrape()).total("cicd_pipeline_runs_total", { result: "success" })).to.equal(2);
  });

  it("answers 503 when the database stays away past the timeout, and takes the resend", async () => {
    const server = await startAwake(300);
    const lock = lockDatabase(server.file);

    let sent = 0;
    const refused = await refuse(() => {
      sent++;
      return server.deliver("gitlab", green(1), { "idempotency-key": "1" });
    });
    const totals = await server.scrape();
    lock.release();

    expect(refused.status).to.equal(503);
    expect(refused.headers.get("retry-after")).to.match(/^[1-9]\d*$/);
    expect(refused.json["detail"]).to.equal("the database is not available");
    expect(totals.total("pipegauge_deliveries_total", { source: "gitlab", outcome: "unavailable" })).to.equal(sent);
    expect(await readRows(server, "deliveries")).to.have.length(1);
    expect(await readRows(server, "runs")).to.have.length(1);
    expect(await server.deliver("gitlab", green(1), { "idempotency-key": "1" })).to.have.property("status", 202);
  });

  it("answers 503 at once when too many wait already", async () => {
    const server = await start({ tuning: { thread: true, queueMax: 3 } });
    const lock = lockDatabase(server.file);
    const patient = Promise.all([1, 2, 3].map((id) => server.deliver("gitlab", green(id))));
    await waiting(server, 3);

    const refused = await server.deliver("gitlab", green(4));
    lock.release();

    expect([refused.status, refused.json["detail"]]).to.deep.equal([503, "the queue is full"]);
    expect(refused.headers.get("retry-after")).to.not.equal(null);
    expect((await patient).map(({ status }) => status)).to.deep.equal([202, 202, 202]);
    expect(await server.deliver("gitlab", green(4))).to.have.property("status", 202);
    expect(await readRows(server, "runs")).to.have.length(4);
  });

  it("breaks Jenkins' connection instead: it takes any answer for a success", async () => {
    const server = await startAwake(300);
    const lock = lockDatabase(server.file);
    const connection = await rawConnection(server.port);

    connection.send(requestText("POST", "/webhooks/jenkins", ["Content-Type: application/json"], jenkinsBuild));
    const answer = await connection.closed;
    const totals = await server.scrape();
    lock.release();

    expect(answer).to.equal("");
    expect(totals.total("pipegauge_deliveries_total", { source: "jenkins", outcome: "unavailable" })).to.equal(1);
    expect(totals.total("server_requests_total", { status: "404" }), "an answer that no client received").to.equal(0);
    expect(server.logged().map(({ msg }) => msg)).to.include(
      "delivery could not be stored, connection closed without a response",
    );
    expect(await readRows(server, "deliveries")).to.have.length(1);
    expect(await server.deliver("jenkins", jenkinsBuild)).to.have.property("status", 202);
  });

  it("tells Jenkins what is wrong with a request, where trying again would not help", async () => {
    const server = await start({ env: { PIPEGAUGE_JENKINS_SECRET: "s" } });

    expect(await server.deliver("jenkins", jenkinsBuild)).to.have.property("status", 401);
  });

  it("says what happened in the log, one line each, and nothing of the deliveries", async () => {
    const server = await startAwake(100);
    const lock = lockDatabase(server.file);
    await refuse(() => server.deliver("gitlab", { ...green(1), project: { path_with_namespace: "canary/project" } }));
    lock.release();

    const failed = server.logged().findLast(({ msg }) => msg === "request failed");
    expect(failed).to.include({ level: "error", path: "/webhooks/gitlab", error: "the database is not available" });
    expect(failed?.["cause"]).to.match(/database is locked/);
    expect(server.output()).to.not.include("canary");
  });
});
