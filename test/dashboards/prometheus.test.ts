import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPrometheus, type Prometheus } from "../support/exposition/prometheus.ts";
import { createFindings } from "../../src/exporters/builtin/worker-findings.ts";
import { CollectorRegistry, startHttpServer, type MetricsServer } from "../../src/sdk/index.ts";
import { alerts, recordings, ruleFiles, rulesFolder } from "../rules/rules.ts";
import { startTestServer, type TestServer } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";
import { until } from "../support/wait.ts";
import { boards, queriesIn, type Board, type PanelQuery } from "./boards.ts";
import { interpolate, type Chosen } from "./grafana.ts";
import { environment, evening, hastened, oddities, play } from "./world.ts";
import { askPanels } from "./ask-panels.ts";

const scrape = 2;
const range = 300;

/** What the alerts say of a world in which these things happened, and nothing else is wrong. */
const firing = [
  "PipegaugeDeadLetters",
  "PipegaugeSeriesBudgetFull",
  "PipegaugeSeriesBudgetNearlyFull",
  "PipegaugeDeliveriesUnauthorized",
];
/** Whether these fire depends on what the demo's day brought: they only have to be computed. */
const depending = [
  "DefaultBranchRed",
  "PipelineFailingOnDefaultBranch",
  "PipelineWithoutSuccess",
  "CISystemErrors",
  "PipelineFlaky",
  "JobRetriedOften",
  "PipelineRunsStuck", // asks only for active runs and a silent hour; `for` makes it patient
];

/** What the exporters for runners and queues show. */
function startExporter(): Promise<MetricsServer> {
  const registry = new CollectorRegistry();
  const findings = createFindings(registry, "gitlab");
  for (const state of ["available", "busy", "offline"] as const) findings.addWorkers(["linux"], state);
  findings.addWaiting({ project: "demo/shop/checkout", tags: ["linux"], reason: "pending", seconds: 61 });
  findings.fill();
  return startHttpServer(0, "127.0.0.1", registry);
}

function config(port: number, exporter: number, rules: readonly string[]): string {
  return [
    `global: {scrape_interval: ${scrape}s, scrape_timeout: ${scrape}s, evaluation_interval: ${scrape}s}`,
    `rule_files: ${JSON.stringify(rules)}`,
    "scrape_configs:",
    `  - {job_name: pipegauge, static_configs: [{targets: ["127.0.0.1:${port}"]}]}`,
    `  - {job_name: exporters, static_configs: [{targets: ["127.0.0.1:${exporter}"]}]}`,
    "",
  ].join("\n");
}

/** Asks once a dashboard. */
function remembered(choose: (board: Board) => Promise<Chosen>): (board: Board) => Promise<Chosen> {
  const choiceByBoard = new Map<Board, Promise<Chosen>>();
  return (board) => {
    const choice = choiceByBoard.get(board) ?? choose(board);
    choiceByBoard.set(board, choice);
    return choice;
  };
}

describe("dashboards and rules over a real Prometheus", function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), "pipegauge-dashboards-"));
  let server: TestServer;
  let exporter: MetricsServer;
  let prometheus: Prometheus;
  /** The moment that everything is asked about, Unix seconds. */
  let to = 0;
  /** All runs that the server had counted by then. */
  let runs = 0;
  const { at, getTime, querySamples, choices } = askPanels(() => ({ prometheus, to }), { range, scrape });

  before(async function () {
    const binary = requireTool.call(this, "prometheus");
    server = await startTestServer({ env: environment, tuning: { thread: true } });
    const rules = hastened(
      ruleFiles.map((file) => join(rulesFolder, file)),
      folder,
    );
    exporter = await startExporter();
    prometheus = await startPrometheus(binary, config(server.port, exporter.port, rules));
    await scrapes(2);
    await play(server, 150, 3, () => scrapes(2));
    await oddities(server);
    await scrapes(2);
    runs = (await server.scrape()).total("cicd_pipeline_runs_total");
    to = await until(settled, "a moment at which all is known", 60_000);
    // What is asked from now on is asked about that moment.
    await server.stop();
  });
  after(async () => {
    await prometheus?.stop();
    await server?.stop();
    await exporter?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Waits for so many more scrapes that are well: on a busy machine some come too late. */
  async function scrapes(count: number): Promise<void> {
    const done = async () => (await prometheus.value('sum_over_time(up{job="pipegauge"}[10m])')) ?? 0;
    const before = await done();
    await until(async () => (await done()) >= before + count, `${count} scrapes`, 60_000);
  }

  /**
   * The moment of the latest scrape, if every rule had been computed by then. Not now: a scrape that is under way may fail,
   * and would end the series at its beginning.
   */
  async function settled(): Promise<number | undefined> {
    const [scraped] = await at('timestamp(up{job="pipegauge"}) and up == 1', Date.now() / 1000);
    if (scraped === undefined) return undefined;
    // Prometheus cuts what is asked about to whole milliseconds.
    const time = Number(scraped.value[1]) + 0.002;
    const recorded = await at('count by (__name__) ({__name__=~".+:.+:.+"})', time);
    const fresh = await at('branch_result:cicd_pipeline_runs:increase1d{project="flood/jobs"}', time);
    return recorded.length === recordings.length && fresh.length > 0 ? time : undefined;
  }

  /** As a dashboard opens: everything, or the first value where only one may be chosen. */
  const asOpened = remembered((board) =>
    choices(board, ({ includeAll }, values) => (includeAll === true ? "all" : values.slice(0, 1))),
  );

  /** One pipeline that has all there is to show. */
  const wanted: Readonly<Record<string, string>> = {
    provider: "gitlab",
    project: "demo/shop/checkout",
    pipeline: "demo/shop/checkout",
    default_branch: "true",
    task_type: "test",
    source: "gitlab",
  };
  const narrowed = remembered((board) =>
    choices(board, ({ name }, values) => {
      expect(values, name).to.include(wanted[name] ?? values[0]);
      return [wanted[name] ?? values[0] ?? ""];
    }),
  );

  for (const query of queriesIn("expr")) {
    it(`has data: ${query.what}`, async () => {
      expect(await querySamples(query, await asOpened(query.board)), "all").to.not.be.empty;
      expect(await querySamples(query, await narrowed(query.board)), "one of each").to.not.be.empty;
    });
  }

  for (const query of queriesIn("expr").filter(({ target }) => target.exemplar)) {
    it(`has marks that link to runs: ${query.what}`, async () => {
      const expr = interpolate(query.target.expr ?? "", await asOpened(query.board), getTime(query));

      const found = (await prometheus.get("query_exemplars", {
        query: expr,
        start: String(evening / 1000 - 2 * 86_400),
        end: String(to),
      })) as readonly { readonly exemplars: readonly { readonly labels: Readonly<Record<string, string>> }[] }[];

      const links = found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels["run_url"] ?? ""));
      expect(links.filter((link) => /^https?:\/\//.test(link))).to.not.be.empty;
    });
  }

  for (const { record, expr } of recordings) {
    it(`is recorded: ${record}`, async () => {
      expect(await at(expr), "the expression").to.not.be.empty;
      expect(await at(record), "what was recorded").to.not.be.empty;
    });
  }

  for (const { alert, expr } of alerts) {
    const expected = firing.includes(alert) ? "holds" : depending.includes(alert) ? "is computed" : "does not hold";
    it(`${expected}: ${alert}`, async () => {
      const { length } = await at(expr);

      if (expected === "holds") expect(length).to.be.above(0);
      if (expected === "does not hold") expect(length).to.equal(0);
    });
  }

  it("loads every rule without an error", async () => {
    const { groups } = (await prometheus.get("rules")) as {
      groups: readonly { readonly rules: readonly { readonly health: string; readonly lastError?: string }[] }[];
    };
    const loaded = groups.flatMap((group) => group.rules);

    expect(loaded).to.have.length(alerts.length + recordings.length);
    expect(loaded.filter(({ health }) => health !== "ok")).to.deep.equal([]);
  });

  it("shows figures that are those of the server", async () => {
    const panel = queriesIn("expr").find(({ what }) => what === "Pipegauge: overview, Runs (A)") as PanelQuery;

    const [grown = 0] = await querySamples(panel, await asOpened(panel.board));

    // What each pipeline had at its first scrape is not growth; all the rest is.
    expect(grown).to.be.within(runs * 0.5, runs * 1.1);
  });

  it("contains all dashboards", () => {
    expect(boards.size).to.equal(6);
  });
});
