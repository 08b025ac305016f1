import { expect } from "chai";
import { join } from "node:path";
import { deleteExpired } from "../../src/core/store/record/delete-expired.ts";
import { again, over, pipelineHook } from "../support/payloads/gitlab.ts";
import { freshFolder } from "../support/folder.ts";
import { alterDatabase } from "../support/database/lock.ts";
import { startProcess, testServers, type TestServer } from "../support/server/server.ts";
import { saveMetricsBody, view } from "./saved.ts";

const runs = "cicd_pipeline_runs_total";

describe("pipeline collector, inside Pipegauge", () => {
  const serve = testServers();
  const folder = freshFolder();

  const save = (server: TestServer, more: Readonly<Record<string, unknown>> = {}, headers = {}) =>
    server.request("/save_metrics", { method: "POST", headers, body: JSON.stringify(saveMetricsBody(more)) });

  it("counts a saved pipeline once, and says how often it was sent", async () => {
    const server = await serve();

    for (const expected of [200, 208]) expect((await save(server)).status).to.equal(expected);

    const totals = await server.scrape();
    expect(totals.total(runs, { provider: "gitlab", project: "team/shop", result: "success" })).to.equal(1);
    expect(totals.total(runs)).to.equal(1);
    expect(totals.total("cicd_job_runs_total", { task_type: "test", job_name: "e2e" })).to.equal(1);
    expect(totals.total("cicd_job_runs_total", { task_type: "build", job_name: "build-e2e" })).to.equal(1);
    expect(totals.total("cicd_pipeline_run_duration_seconds_sum")).to.equal(190);
    const deliveries = (outcome: string) =>
      totals.total("pipegauge_deliveries_total", { source: "pipeline-collector", outcome });
    expect([deliveries("accepted"), deliveries("duplicate")]).to.deep.equal([1, 1]);
  });

  it("has the same pipelines after a restart", async () => {
    const server = await serve();
    await save(server);
    await server.stop();

    const next = await serve({ databaseUrl: `sqlite:${server.file}` });

    expect((await save(next)).status).to.equal(208);
    expect((await next.scrape()).total(runs)).to.equal(1);
    expect(await view(next.store, "metrics_job")).to.have.length(1);
  });

  it("keeps its counts over a kill and the deletion of runs, as retention does", async () => {
    const env = { PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder(), "ci.db")}` };
    const first = await startProcess(env);
    const sent = await first.request("/save_metrics", { method: "POST", body: JSON.stringify(saveMetricsBody()) });
    await first.end("SIGKILL");

    const second = await serve({ databaseUrl: env.PIPEGAUGE_DATABASE_URL });
    const before = await second.scrape();
    const deleted = await deleteExpired(second.store.connection, Date.now() + 1000);

    expect(sent.status).to.equal(200);
    expect(deleted.runs).to.equal(1);
    for (const metric of [runs, "cicd_job_runs_total", "cicd_pipeline_run_duration_seconds_sum"]) {
      expect(before.total(metric), metric).to.be.above(0);
      expect((await second.scrape()).total(metric), metric).to.equal(before.total(metric));
    }
  });

  it("gives its figures to the run that a webhook brought, and takes over one that a webhook brings later", async () => {
    const server = await serve();
    const hook = (id: number) =>
      pipelineHook("success", [{ ...again, id: id * 10, name: "e2e" }], { ...over("10:25", 300), id });
    await server.deliver("gitlab", hook(700));

    expect((await save(server)).status).to.equal(200);
    expect((await save(server)).status).to.equal(208);
    expect((await save(server, { pipeline_id: 701 })).status).to.equal(200);
    await server.deliver("gitlab", hook(701));
    expect((await save(server, { pipeline_id: 701 })).status).to.equal(208);

    expect((await server.scrape()).total(runs)).to.equal(2);
    const pipelines = await view(server.store, "metrics_pipeline");
    expect(pipelines.map((row) => [row["pipeline_id"], row["duration"], row["duration_e2e"]])).to.deep.equal([
      [700, 300, 41],
      [701, 300, 41],
    ]);
    const jobs = await view(server.store, "metrics_job");
    expect(jobs.map((row) => [row["pipeline_id"], row["duration_up"], row["duration_e2e"]])).to.deep.equal([
      [700, 12, 21],
      [701, 12, 21],
    ]);
  });

  it("rounds times as the tables did, and has none where none was sent", async () => {
    const server = await serve();
    const times = { duration: 97.9, duration_e2e: "27.6", builds: [{ api: 1.6, web: null }] };

    expect((await save(server, times)).status).to.equal(200);

    const [pipeline] = await view(server.store, "metrics_pipeline");
    expect([pipeline?.["duration"], pipeline?.["duration_e2e"]]).to.deep.equal([98, 28]);
    const builds = await view(server.store, "metrics_build");
    expect(builds.map(({ name, duration }) => [name, duration])).to.deep.equal([
      ["api", 2],
      ["web", null],
    ]);
  });

  it("asks for the key where there is one", async () => {
    const server = await serve({ env: { PRPC_PSK: "right" } });
    const form = 'The Authorization header must be provided in the format of "PRPC <pre-shared key>"';
    const present =
      'pre-shared key required (PRPC_PSK): send it as "Authorization: PRPC <key>", as the password in the URL, or as ?token=';
    const answers: readonly (readonly [Readonly<Record<string, string>>, number, unknown])[] = [
      [{}, 401, present],
      [{ authorization: "Bearer right" }, 401, form],
      [{ authorization: "PRPC wrong" }, 401, "The provided pre-shared key is incorrect"],
      [{ authorization: "PRPC right" }, 200, undefined],
    ];

    for (const [headers, status, error] of answers) {
      const answer = await save(server, {}, headers);
      expect([answer.status, answer.json["error"]], JSON.stringify(headers)).to.deep.equal([status, error]);
    }
    const unauthorized = { source: "pipeline-collector", outcome: "unauthorized" };
    expect((await server.scrape()).total("pipegauge_deliveries_total", unauthorized)).to.equal(3);
  });

  it("accepts this host alone where there is no key, unless a setting accepts anyone", async () => {
    const proxied = { "x-forwarded-for": "198.51.100.7" };
    const server = await serve();

    expect((await save(server, {}, proxied)).status).to.equal(401);
    expect((await save(server)).status).to.equal(200);
    const open = await serve({ env: { PIPEGAUGE_ALLOW_UNAUTHENTICATED: "true" } });
    expect((await save(open, {}, proxied)).status).to.equal(200);
  });

  it("refuses a body that is too large before it reads it", async () => {
    const server = await serve({ env: { PIPEGAUGE_BODY_MAX_BYTES: "2048" } });

    const { status, json } = await save(server, { ref: "x".repeat(4096) });

    expect(status).to.equal(413);
    expect(json["error"]).to.include("2048");
  });

  it("does not say that it has what the database refused, and takes it later", async () => {
    const server = await serve();
    alterDatabase(
      server.file,
      "create trigger refuse before insert on legacy_runs begin select raise(abort, 'no more pipelines'); end",
    );

    for (let i = 0; i < 2; i++) expect((await save(server)).status).to.equal(503);
    alterDatabase(server.file, "drop trigger refuse");

    expect((await save(server)).status).to.equal(200);
    expect((await save(server)).status).to.equal(208);
    expect((await server.scrape()).total(runs)).to.equal(1);
  });

  it("cannot be made to break a scrape or a view", async () => {
    const server = await serve();
    const nasty = 'x\u0000\n"\\{}\ud800' + "y".repeat(3000);
    const job = { name: nasty, duration: 1e-9, up: 316_223_999.9, finished_at: "2030-01-01T00:00:00Z" };

    const { status } = await save(server, {
      project: nasty,
      ref: nasty,
      jobs: [job],
      jobs_failed: [job],
      builds: [{ [nasty]: 1 }, { __proto__: 2 }, JSON.parse('{"__proto__": 3}')].filter(
        (b) => Object.keys(b).length === 1,
      ),
      created_at: "2030-01-01T00:00:00Z",
    });

    expect(status).to.equal(200);
    await server.scrape();
    for (const name of ["metrics_pipeline", "metrics_build", "metrics_job", "metrics_job_failed"])
      expect(await view(server.store, name), name).to.have.length(name === "metrics_build" ? 2 : 1);
  });
});
