import { expect } from "chai";
import { broken, over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { startTestServer, type TestServer } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";
import { until } from "../support/wait.ts";
import { startPrometheus, type Prometheus } from "../support/exposition/prometheus.ts";

interface Target {
  readonly health: string;
  readonly lastError: string;
}

const everyMillis = 500;
/**
 * What a busy machine delays: a scrape that takes its whole timeout has failed, and the server reads the database for half of it
 * at the most (`computeReadTimeout` in src/http/metrics.ts). Seconds, a tenth less than that.
 */
const [slowScrape, slowRead] = [0.9 * (everyMillis / 1000), 0.9 * (everyMillis / 2000)];
const failures = 'cicd_pipeline_runs_total{job="all",project="team/shop",result="failure"}';

/** One Prometheus that scrapes everything, and a second job that scrapes the shared part, as a second server would. */
function configFor(port: number): string {
  const target = `static_configs: [{targets: ["127.0.0.1:${port}"]}]`;
  return [
    `global: {scrape_interval: ${everyMillis}ms, scrape_timeout: ${everyMillis}ms}`,
    "scrape_configs:",
    `  - {job_name: all, metrics_path: /metrics, authorization: {credentials: scraper}, ${target}}`,
    `  - {job_name: ledger, metrics_path: /metrics/ledger, authorization: {credentials: scraper}, ${target}}`,
    "",
  ].join("\n");
}

describe("a real Prometheus that scrapes a real server", function () {
  this.timeout(120_000);
  let server: TestServer;
  let prometheus: Prometheus;

  before(async function () {
    const binary = requireTool.call(this, "prometheus");
    server = await startTestServer({
      env: { PIPEGAUGE_METRICS_TOKEN: "scraper", PIPEGAUGE_LOG_LEVEL: "warn", PIPEGAUGE_TRUST_LOCAL: "true" },
      tuning: { thread: true, snapshotMillis: 100 },
    });
    prometheus = await startPrometheus(binary, configFor(server.port));
    await scrapes(1);
  });
  after(async () => {
    await prometheus?.stop();
    await server?.stop();
  });

  /** Waits for so many more scrapes of each job that are well. */
  async function scrapes(count: number): Promise<void> {
    const done = () => prometheus.value("min(sum_over_time(up[10m]))");
    const before = (await done()) ?? 0;
    await until(async () => ((await done()) ?? 0) >= before + count, `${count} scrapes`, 60_000);
  }

  /** How many scrapes had 0 for this metric, without those that took so many seconds or more. */
  const countFailed = (metric: string, slow: number) => {
    const failed = `(${metric} == bool 0) * on (job, instance) (scrape_duration_seconds < bool ${slow})`;
    return prometheus.value(`sum(sum_over_time((${failed})[10m:${everyMillis}ms]))`);
  };

  async function deliver(body: Record<string, unknown>): Promise<void> {
    expect((await server.deliver("gitlab", body)).status).to.equal(202);
  }

  it("sees the very first failure of a pipeline", async () => {
    await deliver(pipelineHook("pending", [{ id: 2, status: "pending" }]));
    const zeros = `count_over_time(${failures}[1m])`;
    await until(async () => ((await prometheus.value(zeros)) ?? 0) >= 3, "three scrapes of 0");
    expect(await prometheus.value(failures)).to.equal(0);

    await deliver(pipelineHook("failed", [broken], over("10:05", 240)));
    await until(async () => (await prometheus.value(failures)) === 1, "the failure");
    await scrapes(5);

    // What it adds to the 1 is its extrapolation to the ends of the window, half a scrape each.
    expect(await prometheus.value(`increase(${failures}[1m])`)).to.be.within(1, 1.3);
    expect(await prometheus.value(`resets(${failures}[1m])`)).to.equal(0);
  });

  it("has no scrape error and sees no counter go down while deliveries pour in", async () => {
    const bodies = Array.from({ length: 300 }, (_, i) => {
      const [id, status] = [1000 + i, i % 3 === 0 ? "failed" : "success"];
      const job = { ...(i % 3 === 0 ? broken : unit), id, name: `job ${i % 20}` };
      const project = { path_with_namespace: `team/load-${i % 5}`, default_branch: "main" };
      return { ...pipelineHook(status, [job], { ...over("10:05", 240), id }), project };
    });
    const load = (async () => {
      for (let at = 0; at < bodies.length; at += 10) await Promise.all(bodies.slice(at, at + 10).map(deliver));
    })();
    await scrapes(20);
    await load;
    await scrapes(2);

    expect(await countFailed("up", slowScrape)).to.equal(0);
    expect(await countFailed("pipegauge_collector_success", slowRead)).to.equal(0);
    await until(async () => {
      const { activeTargets } = (await prometheus.get("targets")) as { activeTargets: readonly Target[] };
      return activeTargets.map(({ health, lastError }) => `${health} ${lastError}`).join() === "up ,up ";
    }, "scrapes of both jobs that are well");
    const counters = ((await prometheus.get("label/__name__/values")) as string[]).filter((name) =>
      /_total$|_bucket$|_count$/.test(name),
    );
    expect(counters).to.include("cicd_pipeline_runs_total").and.include("cicd_job_duration_seconds_bucket");
    for (const name of counters) expect(await prometheus.query(`resets(${name}[10m]) > 0`), name).to.deep.equal([]);
    for (const job of ["all", "ledger"]) {
      const runs = (result: string) =>
        `sum(cicd_pipeline_runs_total{job="${job}",project=~"team/load-.*",result="${result}"})`;
      for (const [result, count] of [
        ["failure", 100],
        ["success", 200],
      ] as const)
        await until(async () => (await prometheus.value(runs(result))) === count, `${count} of ${result} in ${job}`);
    }
  });

  it("takes OpenMetrics, with the link from a number to its run", async () => {
    const now = Date.now() / 1000;
    await scrapes(1);

    const found = (await prometheus.get("query_exemplars", {
      query: failures,
      start: String(now - 86_400 * 30),
      end: String(now + 60),
    })) as readonly { readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>> }[] }[];

    const links = found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels));
    expect(links).to.deep.include({ run_id: "700", run_url: "https://gitlab.example.com/team/shop/-/pipelines/700" });
  });

  it("shows that the database is away, and nothing old meanwhile", async () => {
    const { knex } = server.store.connection;
    await knex.raw("alter table rollups rename to away");
    const isOut = 'up{job="all"} == 1 and on (job, instance) pipegauge_collector_success == 0';
    await until(async () => (await prometheus.value(isOut)) === 1, "the outage");

    expect(await prometheus.query(failures)).to.deep.equal([]);
    const found = async () => ((await countFailed("pipegauge_collector_success", slowRead)) ?? 0) > 0;
    await until(found, "the failure among those that are counted");
    const own = 'count({job="all",__name__=~"pipegauge_deliveries_total"})';
    await until(async () => ((await prometheus.value(own)) ?? 0) > 0, "the metrics of the process");

    await knex.raw("alter table away rename to rollups");
    await until(async () => (await prometheus.value(failures)) === 1, "the totals again");
    expect(await prometheus.value(`resets(${failures}[10m])`)).to.equal(0);
  });
});
