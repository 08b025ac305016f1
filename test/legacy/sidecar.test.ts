import { expect } from "chai";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { measureShortest } from "../support/measure.ts";
import { freePort } from "../support/port.ts";
import { testServers } from "../support/server/server.ts";
import { until } from "../support/wait.ts";
import { afterScripts } from "./documented.ts";
import { processorSeconds, runScript, startSidecar, waiting, sidecarFixtures, use } from "./sidecar-process.ts";

describe("sidecar", () => {
  const serve = testServers();
  const { folder, file, write, answering } = sidecarFixtures();

  it("reports what a documented job in another process leaves at its end, without burning a core until then", async () => {
    const server = await serve();
    const sidecar = startSidecar([join(folder(), ".metrics/metrics.json"), `127.0.0.1:${server.port}`]);
    await waiting(sidecar);
    // What it does between two looks at the file shows in time alone: two looks, a second apart (`pollMillis`). The first
    // seconds may hold the rest of its start.
    const idle = async () => {
      const before = processorSeconds(sidecar.pid);
      await pause(2000);
      return processorSeconds(sidecar.pid) - before;
    };
    const meanwhile = await measureShortest(0.2, idle);
    const started = new Date(Date.now() - 90_000).toISOString().slice(0, 19);

    const job = runScript(afterScripts()[0]?.replaceAll("/builds", folder()) ?? "false", {
      CI_JOB_STARTED_AT: `${started}Z`,
      CI_JOB_STATUS: "failed",
      CI_PROJECT_PATH: "group/app",
      CI_JOB_NAME: "dotnet build",
    });

    expect([await job.ended, await sidecar.ended], sidecar.output()).to.deep.equal([0, 0]);
    expect(meanwhile, "seconds of a processor in two seconds").to.be.below(0.2);
    const totals = await server.scrape();
    const labels = { project: "group-app", status: "failed" };
    expect(totals.total("ci_dotnet_build_total", labels), "labels as the older sidecar wrote them").to.equal(1);
    expect(totals.total("ci_dotnet_build_duration_bucket", { le: "120" })).to.equal(1);
    expect(totals.total("ci_dotnet_build_duration_bucket", { le: "60" })).to.equal(0);
  });

  it("takes a file that is there already", async () => {
    const server = await serve();
    write();

    const sidecar = startSidecar([file(), server.url]);

    expect(await sidecar.ended, sidecar.output()).to.equal(0);
    expect((await server.scrape()).total("ci_dotnet_build_total")).to.equal(1);
  });

  it("still answers to its older name, where that is given a path", async () => {
    const server = await serve();
    write();

    const sidecar = startSidecar([file(), server.url], {}, "exporter");

    expect(await sidecar.ended, sidecar.output()).to.equal(0);
  });

  it("waits until a file that is written in pieces is whole", async () => {
    const server = await serve();
    const text = JSON.stringify(use);
    write("");
    const sidecar = startSidecar([file(), server.url]);
    await waiting(sidecar);
    // Longer than it waits between two looks (`pollMillis`), so that it sees a part.
    for (const piece of [text.slice(0, 25), text.slice(25)]) {
      appendFileSync(file(), piece);
      await pause(1100);
    }

    expect(await sidecar.ended, sidecar.output()).to.equal(0);
    expect((await server.scrape()).total("ci_dotnet_build_total")).to.equal(1);
  });

  it("tries again while the receiver is away, busy or broken, and counts once", async () => {
    const server = await serve();
    write();
    const proxy = await answering((response, call, request) => {
      const headers = { "idempotency-key": String(request.headers["idempotency-key"]) };
      const pass = () => server.request(request.url ?? "", { headers });
      if (call === 1) response.destroy();
      else if (call === 2) response.writeHead(503).end("not now");
      // It counts, but the answer gets lost.
      else if (call === 3) void pass().then(() => response.destroy());
      else void pass().then(({ status }) => response.writeHead(status).end());
    });

    const sidecar = startSidecar([file(), `127.0.0.1:${proxy.port}`]);

    expect(await sidecar.ended, sidecar.output()).to.equal(0);
    expect(proxy.requests).to.have.length(4);
    expect(new Set(proxy.requests.map(({ headers }) => headers["idempotency-key"])).size).to.equal(1);
    expect((await server.scrape()).total("ci_dotnet_build_total")).to.equal(1);
    expect(sidecar.output()).to.contain("answered 503: not now; trying again");
  });

  it("reaches a receiver that starts later", async () => {
    write();
    const port = await freePort();
    const sidecar = startSidecar([file(), `127.0.0.1:${port}`]);
    await until(() => sidecar.output().includes("trying again"), "an attempt before the receiver listens");

    const late = await answering((response) => void response.writeHead(200).end(), port);

    expect(await sidecar.ended, sidecar.output()).to.equal(0);
    expect(late.requests).to.have.length(1);
  });

  it("sends what the older sidecar sent", async () => {
    const { requests, port } = await answering((response) => void response.writeHead(200).end());
    write(JSON.stringify({ ...use, more: "1", started: "2026-11-20 12:00:00 +0100" }));

    const sidecar = startSidecar([file(), `http://127.0.0.1:${port}`]);

    expect(await sidecar.ended, sidecar.output()).to.equal(0);
    const [request] = requests;
    const url = new URL(request?.url ?? "", "http://x");
    expect([request?.method, url.pathname]).to.deep.equal(["GET", "/steps"]);
    expect(Object.fromEntries(url.searchParams)).to.deep.equal({
      started: "2026-11-20_12-00-00_+0100",
      status: "success",
      project: "group-app",
      name: "dotnet_build",
    });
  });

  it("has a job with a colon in its name counted under the metric that the job itself would get", async () => {
    const server = await serve();
    write(JSON.stringify({ ...use, name: "helm:restore" }));

    const sidecar = startSidecar([file(), server.url]);

    expect(await sidecar.ended, sidecar.output()).to.equal(0);
    expect((await server.scrape()).total("ci_helm_restore_total")).to.equal(1);
  });

  it("presents the pre-shared key where it is given one", async () => {
    const server = await serve({ env: { PRPC_PSK: "k, 1" } });
    write();
    writeFileSync(join(folder(), "psk"), "k, 1\n");

    const wrong = startSidecar([file(), server.url], { PRPC_PSK: "k" });
    const right = startSidecar([file(), server.url], { PRPC_PSK: "k, 1" });
    const byFile = startSidecar([file(), server.url], { PRPC_PSK_FILE: join(folder(), "psk") });

    expect(await wrong.ended).to.equal(1);
    expect(wrong.output()).to.contain("The provided pre-shared key is incorrect");
    expect([await right.ended, await byFile.ended], right.output() + byFile.output()).to.deep.equal([0, 0]);
  });
});
