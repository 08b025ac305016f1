import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseExposition } from "../support/exposition/parser.ts";
import { freshFolder } from "../support/folder.ts";
import { startProcess, testServers, type Reachable, type ServerOptions } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";
import { saveMetricsBody } from "./saved.ts";
import { readSamples } from "./target.ts";

function use(server: Reachable, fields: Readonly<Record<string, string>> = {}) {
  const started = new Date(Date.now() - 90_000).toISOString();
  const whole = { started, status: "success", project: "dummy-project", name: "dotnet_build", ...fields };
  return server.request(`/steps?${new URLSearchParams(whole).toString()}`);
}

describe("template counter: in Pipegauge", () => {
  const serve = testServers();
  const folder = freshFolder();

  it("shows its uses as runs of the ledger too, timed and with a result", async () => {
    const server = await serve();
    const statuses = {
      success: "success",
      failed: "failure",
      canceled: "cancellation",
      skipped: "skip",
      odd: "failure",
    };
    for (const status of Object.keys(statuses)) await use(server, { status });

    const totals = await server.scrape();

    const labels = { provider: "template-counter", project: "dummy-project", pipeline: "dotnet_build" };
    for (const result of new Set(Object.values(statuses))) {
      const expected = Object.values(statuses).filter((other) => other === result).length;
      expect(totals.total("cicd_pipeline_runs_total", { ...labels, result }), result).to.equal(expected);
    }
    const timed = totals.total("cicd_pipeline_run_duration_seconds_count", labels);
    expect(timed, "a skipped run took no time").to.equal(4);
    expect(totals.total("ci_dotnet_build_duration_count"), "the older tool observed every one").to.equal(5);
  });

  it("stores when each use began and ended, and the sender's own words", async () => {
    const server = await serve();
    await use(server, {
      project: "group/app",
      status: "failed",
      name: "dotnet_build_x",
      started: "2026-11-20T12:00:00Z",
    });

    const [run] = (await server.store.connection.knex("runs").select()) as Record<string, unknown>[];

    expect(run).to.deep.include({
      provider: "template-counter",
      source: "template-counter",
      project: "group/app",
      pipeline: "dotnet_build_x",
      native_status: "failed",
      result: "failure",
      started_at: Date.UTC(2026, 10, 20, 12),
    });
  });

  const zones = ["America/New_York", "Asia/Kolkata", "UTC"];
  it(`reads the same started alike wherever it runs: ${zones.join(", ")}`, async () => {
    for (const TZ of zones) {
      const server = await startProcess({
        TZ,
        PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder(), `${TZ.replace("/", "-")}.db`)}`,
      });
      for (const zone of ["Z", "", "+00:00"]) {
        await use(server, { started: `${new Date(Date.now() - 90_000).toISOString().slice(0, 19)}${zone}` });
      }
      const totals = await server.scrape();
      await server.end();

      expect(totals.total("ci_dotnet_build_duration_bucket", { le: "60" }), TZ).to.equal(0);
      expect(totals.total("ci_dotnet_build_duration_bucket", { le: "120" }), TZ).to.equal(3);
    }
  });

  it("keeps its counts over a kill, a restart and the deletion of runs", async () => {
    const env = { PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder(), "ci.db")}` };
    const first = await startProcess(env);
    for (const status of ["success", "failed", "success"]) await use(first, { status });
    const before = readSamples((await first.request("/metrics")).text, "ci_");
    await first.end("SIGKILL");

    const second = await serve({ databaseUrl: env.PIPEGAUGE_DATABASE_URL });
    for (const table of ["run_completions", "runs", "deliveries"]) await second.store.connection.knex(table).delete();

    expect(Object.keys(before).length).to.be.greaterThan(10);
    expect(readSamples((await second.request("/metrics")).text, "ci_")).to.deep.equal(before);
    await use(second);
    const totals = await second.scrape();
    expect(totals.total("ci_dotnet_build_total", { status: "success" })).to.equal(3);
    expect(totals.total("ci_total_jobs_usage")).to.equal(4);
  });

  it("tells people and a counter why a use has no duration", async () => {
    const server = await serve();
    const future = new Date(Date.now() + 3 * 3_600_000).toISOString();
    for (const started of [future, "", new Date(Date.now() - 60_000).toISOString()]) await use(server, { started });

    const { json } = await server.request("/api/v1/deliveries?source=template-counter");
    const page = await server.request("/ui/sources");

    const reasons = (json["deliveries"] as { outcome: string; reason: string | null }[]).map((row) => [
      row.outcome,
      row.reason,
    ]);
    expect(reasons).to.have.deep.members([
      ["accepted", "started is in the future: no duration was observed"],
      ["accepted", "started is not a valid time: no duration was observed"],
      ["accepted", null],
    ]);
    expect(page.text).to.contain("started is in the future: no duration was observed");
    const untimed = "pipegauge_template_uses_untimed_total";
    const totals = await server.scrape();
    expect([totals.total(untimed, { started: "future" }), totals.total(untimed)]).to.deep.equal([1, 2]);
    expect(totals.total("ci_dotnet_build_total")).to.equal(3);
  });

  it("is scraped at / too, in text, with the request of a scraper", async () => {
    const server = await serve({ env: { PIPEGAUGE_METRICS_TOKEN: "scrape", PIPEGAUGE_TRUST_LOCAL: "true" } });
    await use(server);
    const get = (accept: string, token = "scrape") =>
      server.request("/", { headers: { accept, authorization: `Bearer ${token}` } });

    for (const accept of [
      "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
      "text/plain;version=0.0.4",
    ]) {
      const { status, text, headers } = await get(accept);
      expect([status, headers.get("content-type")]).to.deep.equal([200, "text/plain; version=0.0.4; charset=utf-8"]);
      expect(parseExposition(text, "text").has("ci_dotnet_build_total")).to.equal(true);
      expect((await get(accept, "wrong")).status).to.equal(401);
    }
    for (const accept of ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "*/*", "text/plain"]) {
      expect((await get(accept)).headers.get("content-type"), accept).to.equal("text/html; charset=utf-8");
    }
  });

  it("shows the same under the same names as OpenMetrics", async () => {
    const server = await serve();
    for (const name of ["dotnet_build", "dotnet", "dotnet_duration", "dotnet_total"]) await use(server, { name });

    const { text } = await server.request("/metrics", { headers: { accept: "application/openmetrics-text" } });

    const families = parseExposition(text, "openmetrics");
    const samples = [...families.values()].flatMap((family) => family.samples);
    for (const name of ["dotnet_build", "dotnet", "dotnet_duration", "dotnet_total"]) {
      expect(
        samples.filter((sample) => sample.name === `ci_${name}_total`),
        name,
      ).to.have.length(1);
      expect(
        samples.filter((sample) => sample.name === `ci_${name}_duration_count`),
        name,
      ).to.have.length(1);
    }
    expect(families.get("ci_total_jobs_usage")).to.include({ type: "unknown" });
    expect(families.get("ci_dotnet_build")).to.include({ type: "counter" });
  });

  it("has nothing in it that promtool objects to but one name, beside what the other two older tools bring", async function () {
    const promtool = requireTool.call(this, "promtool");
    const server = await serve();
    for (const name of ["dotnet_build", "helm"]) await use(server, { name });
    await server.request("/metrics", { method: "POST", body: '{"name":"car_factory","success":true}' });
    await server.request("/save_metrics", { method: "POST", body: JSON.stringify(saveMetricsBody()) });

    const { text } = await server.request("/metrics");

    const { stdout, stderr } = spawnSync(promtool, ["check", "metrics"], { input: text, encoding: "utf8" });
    expect(stdout + stderr).to.equal('ci_total_jobs_usage counter metrics should have "_total" suffix\n');
    expect(text).to.match(/^# TYPE ci_total_jobs_usage counter\nci_total_jobs_usage\{/m);
    for (const shown of ["car_factory_pipeline_run_total", "ci_helm_total", 'project="team/shop"']) {
      expect(text).to.include(shown);
    }
  });

  describe("with hardly any room for series", () => {
    const options: ServerOptions = { env: { PIPEGAUGE_MAX_SERIES: "10" } };

    it("folds projects and statuses, warns of it, and loses no use", async () => {
      const server = await serve(options);
      for (let i = 0; i < 30; i++) await use(server, { project: `p${i}`, status: `s${i}` });

      const totals = await server.scrape();

      expect(totals.total("ci_dotnet_build_total")).to.equal(30);
      expect(totals.total("ci_dotnet_build_total", { project: "__other__", status: "__other__" })).to.equal(20);
      expect(totals.total("ci_dotnet_build_duration_count")).to.equal(30);
      expect(totals.total("ci_total_jobs_usage")).to.equal(30);
      expect(totals.total("pipegauge_series_overflow_total", { metric: "ci_<name>_total" })).to.equal(20);
    });

    it("refuses a new name when there is no room, and goes on counting the others", async () => {
      const server = await serve(options);
      for (let i = 0; i < 12; i++) await use(server, { project: `p${i}` });

      const answers = [await use(server, { name: "go_build" }), await use(server, { name: "dotnet_build_again" })];

      expect(answers.map(({ status }) => status)).to.deep.equal([400, 200]);
      expect(answers[0]?.json["error"]).to.match(/series limit reached .*: new name rejected/);
      const totals = await server.scrape();
      expect([totals.total("ci_dotnet_build_total"), totals.has("ci_go_build_total")]).to.deep.equal([13, false]);
    });
  });
});
