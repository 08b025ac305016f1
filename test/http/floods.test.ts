import { expect } from "chai";
import { createHmac } from "node:crypto";
import { lockDatabase } from "../support/database/lock.ts";
import { readRows } from "../support/database/rows.ts";
import { testServers, type TestServer } from "../support/server/server.ts";
import { rawConnection, requestText, type RawConnection } from "../support/server/socket.ts";
import { until } from "../support/wait.ts";

const mebi = 1024 * 1024;
const budget = 8 * mebi;
const bodyMax = 4 * mebi;
const secret = "a-secret-of-the-tests";

const held = async (server: TestServer) => (await server.scrape()).total("pipegauge_body_bytes");

/** A request whose body is announced; what of it is sent is for the test to say. */
async function announced(server: TestServer, path: string, headers: readonly string[], length: number) {
  const connection = await rawConnection(server.port);
  connection.send(requestText("POST", path, [...headers, `Content-Length: ${length}`]));
  return connection;
}

describe("floods of bodies", () => {
  const start = testServers();
  const started = () =>
    start({
      env: {
        PIPEGAUGE_BODY_BUDGET_BYTES: String(budget),
        PIPEGAUGE_BODY_MAX_BYTES: String(bodyMax),
        PIPEGAUGE_GITHUB_SECRET: secret,
        PIPEGAUGE_GITLAB_SECRET: `${secret},whsec_${Buffer.from(secret).toString("base64")}`,
        PIPEGAUGE_JENKINS_SECRET: secret,
        PRPC_PSK: secret,
      },
    });

  const strangers: readonly (readonly [string, string, readonly string[]])[] = [
    ["a wrong token", "/webhooks/gitlab", ["X-Gitlab-Token: guessed"]],
    ["no token", "/webhooks/gitlab", []],
    ["a signature without its time", "/webhooks/gitlab", ["Webhook-Id: 1", "Webhook-Signature: v1,AAAA"]],
    ["no signature", "/webhooks/github", ["X-GitHub-Event: workflow_run"]],
    ["half a signature", "/webhooks/github", ["X-Hub-Signature-256: sha256=0123"]],
    ["a wrong bearer", "/webhooks/jenkins", ["Authorization: Bearer guessed"]],
    ["a wrong ?token=", "/webhooks/jenkins?token=guessed", []],
    ["a source without a secret", "/webhooks/tekton", []],
    ["a wrong key", "/metrics", ["Authorization: PRPC guessed"]],
    ["a wrong key for a pipeline", "/save_metrics", ["Authorization: PRPC guessed"]],
  ];

  it("answers strangers before a byte of their body, and holds none of it", async () => {
    const server = await started();
    for (const [who, path, headers] of strangers) {
      const connection = await announced(server, path, headers, bodyMax);
      await connection.expecting(/^HTTP\/1\.1 401 /);
      for (let sent = 0; sent < 3; sent++) connection.send(Buffer.alloc(mebi));
      expect(await held(server), who).to.equal(0);
      connection.close();
    }
  });

  it("holds no more than the budget of bodies that never end, and takes others' deliveries", async () => {
    const server = await started();
    const forged = [`X-Hub-Signature-256: sha256=${"0".repeat(64)}`, "X-GitHub-Event: workflow_run"];
    const senders: RawConnection[] = [];
    for (let i = 0; i < 20; i++) senders.push(await announced(server, "/webhooks/github", forged, 2 * mebi));

    for (const sender of senders) sender.send(Buffer.alloc(2 * mebi - 1, " "));
    const refused = () => senders.filter(({ received }) => received().startsWith("HTTP/1.1 503 "));
    await until(async () => refused().length >= 16 && (await held(server)) > 4 * mebi, "the budget is full");

    expect(await held(server)).to.be.within(4 * mebi, budget);
    expect(refused()[0]?.received()).to.match(/^Retry-After: \d+\r$/im);
    expect(refused()[0]?.received()).to.include("PIPEGAUGE_BODY_BUDGET_BYTES");
    const body = JSON.stringify({ zen: "x" });
    const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
    const headers = { "x-hub-signature-256": signature, "x-github-event": "ping" };
    expect(await server.deliver("github", body, headers), "a small one").to.have.property("status", 200);

    for (const sender of senders) sender.close();
    await until(async () => (await held(server)) === 0, "all is given back");
    const large = { object_kind: "push", filler: "x".repeat(bodyMax - 100) };
    expect(await server.deliver("gitlab", large, { "x-gitlab-token": secret })).to.have.property("status", 200);
    expect(await held(server)).to.equal(0);
  });

  it("counts what waits for the database as well", async () => {
    const server = await start({
      env: { PIPEGAUGE_BODY_BUDGET_BYTES: String(budget), PIPEGAUGE_BODY_MAX_BYTES: String(bodyMax) },
      tuning: { thread: true },
    });
    const large = (id: number) => ({ object_kind: "push", id, filler: "x".repeat(3 * mebi) });
    const lock = lockDatabase(server.file);
    const waiting = Promise.all([server.deliver("gitlab", large(1)), server.deliver("gitlab", large(2))]);
    await until(async () => (await held(server)) > 6 * mebi, "both wait");

    const third = await server.deliver("gitlab", large(3));
    lock.release();

    expect([third.status, third.headers.get("retry-after")]).to.deep.equal([503, "5"]);
    expect((await waiting).map(({ status }) => status)).to.deep.equal([200, 200]);
    expect(await held(server)).to.equal(0);
    expect(await server.deliver("gitlab", large(3))).to.have.property("status", 200);
  });

  const log = "a line of a build that talks a lot\n".repeat(100_000);
  const build = { number: 7, url: "job/sweep/7/", phase: "COMPLETED", status: "SUCCESS", duration: 60_000 };
  const json = JSON.stringify({
    name: "sweep",
    url: "job/sweep/",
    build: { ...build, log: `${log}${log}`, notes: "n" },
  });
  const xml =
    "<job><name>sweep</name><url>job/sweep/</url><build><number>7</number><duration>60000</duration><phase>COMPLETED</phase>" +
    `<status>SUCCESS</status><url>job/sweep/7/</url><log>${log}${log}</log><notes>n</notes></build></job>`;
  for (const [format, body] of [
    ["JSON", json],
    ["XML", xml],
  ] as const)
    it(`takes the end of a build whose log alone is larger than a body may be, in ${format}`, async () => {
      const server = await started();
      expect(body.length).to.be.above(bodyMax + mebi);

      const answer = await server.deliver(`jenkins?token=${secret}`, body);

      expect([answer.status, answer.json["status"]]).to.deep.equal([202, "accepted"]);
      expect(await readRows(server, "runs")).to.have.length(1);
      const totals = await server.scrape();
      expect(totals.total("cicd_pipeline_runs_total", { result: "success" })).to.equal(1);
      const [delivery] = await readRows(server, "deliveries");
      expect(delivery, "what was kept of it").to.have.property("bytes").that.is.below(1000);
      expect((await server.deliver(`jenkins?token=${secret}`, body)).json["status"]).to.equal("duplicate");
    });

  it("refuses what is too large without its log", async () => {
    const server = await started();
    const body = JSON.stringify({ name: "sweep", build: { ...build, log, notes: log, artifacts: log } });

    expect(await server.deliver(`jenkins?token=${secret}`, body)).to.have.property("status", 413);
    expect(await held(server)).to.equal(0);
  });
});
