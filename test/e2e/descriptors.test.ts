import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fixture } from "../support/payloads/github.ts";
import { lint, pipelineHook } from "../support/payloads/gitlab.ts";
import { freshFolder } from "../support/folder.ts";
import { startProcess } from "../support/server/server.ts";
import { rawConnection, requestText } from "../support/server/socket.ts";
import { requireProcfs, requireTool } from "../support/tools.ts";

const secret = "tin-weathercock-4";

/** A signed delivery of GitHub, as bytes for a connection that stays open. */
function githubDelivery(): string {
  const body = Buffer.from(fixture("run-succeeded").body).toString("latin1");
  const signature = createHmac("sha256", secret).update(Buffer.from(body, "latin1")).digest("hex");
  const headers = ["X-GitHub-Event: workflow_run", "X-GitHub-Delivery: 1", `X-Hub-Signature-256: sha256=${signature}`];
  return requestText("POST", "/webhooks/github", ["Content-Type: application/json", ...headers], body);
}

/** The number that the next file or socket would get; a limit of it leaves room for none. */
function firstFree(pid: number): number {
  const taken = new Set(readdirSync(`/proc/${pid}/fd`));
  let number = 0;
  while (taken.has(String(number))) number += 1;
  return number;
}

describe("a program that has no file descriptor left", () => {
  const folder = freshFolder();
  const ends: (() => void)[] = [];

  before(function () {
    requireProcfs.call(this);
    requireTool.call(this, "prlimit");
  });
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  it("takes the first delivery of GitHub: everything that it needs was loaded before it listened", async () => {
    const server = await startProcess({
      PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder(), "ci.db")}`,
      PIPEGAUGE_GITHUB_SECRET: secret,
      PIPEGAUGE_GITLAB_SECRET: secret,
    });
    ends.push(() => void server.end("SIGKILL"));
    const connection = await rawConnection(server.port);
    const firstHook = JSON.stringify(pipelineHook("running", [lint]));
    connection.send(requestText("POST", "/webhooks/gitlab", [`X-Gitlab-Token: ${secret}`], firstHook));
    await connection.expecting(/HTTP\/1\.1 202 /);

    execFileSync("prlimit", ["--pid", String(server.pid), `--nofile=${firstFree(server.pid)}:`]);
    connection.send(githubDelivery());
    await connection.expecting(/HTTP\/1\.1 202 [^]*HTTP\/1\.1 \d{3} /);

    expect(connection.received()).to.match(/HTTP\/1\.1 202 [^]*HTTP\/1\.1 202 /);
    connection.close();
    expect(await server.end("SIGTERM")).to.equal(0);
  });

  it("says that an exporter cannot be started, and goes on", async () => {
    writeFileSync(join(folder(), "config.yaml"), "exporters: [{ name: one, command: [echo, one 1] }]");
    const server = await startProcess({
      PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder(), "ci.db")}`,
      PIPEGAUGE_CONFIG: join(folder(), "config.yaml"),
    });
    ends.push(() => void server.end("SIGKILL"));
    const connection = await rawConnection(server.port);
    const limit = (descriptors: number) =>
      execFileSync("prlimit", ["--pid", String(server.pid), `--nofile=${descriptors}:`]);

    limit(firstFree(server.pid));
    connection.send(requestText("GET", "/metrics/one"));
    await connection.expecting(/exporter one cannot be started: .*EMFILE/);

    limit(1024);
    connection.send(requestText("GET", "/metrics/one"));
    await connection.expecting(/\none 1\n/);

    expect(connection.received()).to.match(/^HTTP\/1\.1 500 /);
    connection.close();
    expect(await server.end("SIGTERM")).to.equal(0);
  });
});
