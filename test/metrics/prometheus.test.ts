import { expect } from "chai";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { joinExposition, renderLedger } from "../../src/metrics/exposition.ts";
import type { Format } from "../../src/metrics/format.ts";
import { negotiate } from "../../src/metrics/negotiate.ts";
import { parseExposition } from "../support/exposition/parser.ts";
import type { Sample } from "../support/exposition/rules.ts";
import { freePort } from "../support/port.ts";
import { requireTool } from "../support/tools.ts";
import { hostileText } from "./arbitrary.ts";
import { counterRow, everyMetric, histogramRow } from "./snapshots.ts";
import { idleProcessMetrics } from "../support/exposition/process-metrics.ts";

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

const formats: readonly Format[] = ["text", "openmetrics"];

/** What came with each scrape by a real Prometheus, by path. */
const accepted = new Map<string, string | undefined>();

/** Every metric once, and each hostile text once as a project and once as a run's id. */
function hostileLedger() {
  const texts = fc.sample(hostileText, { numRuns: 100, seed: 20_261_120 });
  const at = Date.now() - 1000;
  const exemplar = (run: string, seconds: number | null) => ({ run, url: "https://ci.example.com/1", at, seconds });
  const rollups = texts.flatMap((text, i) => [
    counterRow("restarts", ["gitlab", text, String(i)], i, { exemplar: exemplar(text, null) }),
    histogramRow("runQueue", ["gitlab", String(i), text], [3, 70], { exemplar: exemplar(text, 70) }),
  ]);
  return { ...everyMetric, rollups: [...everyMetric.rollups, ...rollups] };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const job = (format: Format, port: number) =>
  `  - {job_name: ${format}, metrics_path: /${format}, static_configs: [{targets: ["127.0.0.1:${port}"]}]}`;

/** As Prometheus keeps them: without labels that are empty. */
function identities(samples: readonly Sample[]): string[] {
  return samples
    .map(({ name, labels, value }) => identity({ __name__: name, ...Object.fromEntries(labels) }, value))
    .toSorted();
}

function identity(labels: Readonly<Record<string, string>>, value: number): string {
  const own = Object.entries(labels).filter(([name, text]) => text !== "" && name !== "instance" && name !== "job");
  return JSON.stringify([...own.toSorted(([a], [b]) => (a < b ? -1 : 1)), value]);
}

describe("a real Prometheus", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "pipegauge-prometheus-"));
  const texts = new Map<Format, string>();
  let server: Server | undefined;
  let prometheus: ChildProcess | undefined;
  let api = "";

  const query = async (path: string, parameters: Record<string, string>): Promise<unknown> => {
    const response = await fetch(`${api}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    return ((await response.json()) as { data: unknown }).data;
  };
  const vector = async (promql: string) => ((await query("query", { query: promql })) as { result: Series[] }).result;

  before(async function () {
    const binary = requireTool.call(this, "prometheus");
    const ledger = hostileLedger();
    const metrics = idleProcessMetrics();
    for (const format of formats) {
      texts.set(
        format,
        [...joinExposition([...renderLedger(ledger, format), await metrics.render(format)], format)].join(""),
      );
    }
    server = createServer((request, response) => {
      const path = request.url?.slice(1) ?? "";
      accepted.set(path, request.headers.accept);
      const { contentType } = negotiate(path === "text" ? undefined : request.headers.accept);
      response.writeHead(200, { "content-type": contentType }).end(texts.get(path as Format));
    });
    const port = await listen(server);
    const own = await freePort();
    api = `http://127.0.0.1:${own}`;
    const config = [
      "global: {scrape_interval: 1s}",
      "scrape_configs:",
      ...formats.map((format) => job(format, port)),
      "",
    ];
    writeFileSync(join(folder, "prometheus.yml"), config.join("\n"));
    prometheus = spawn(
      binary,
      [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${own}`,
        "--enable-feature=exemplar-storage",
      ],
      { stdio: "ignore" },
    );
    for (let scraped = 0; scraped < formats.length; await pause(200)) {
      expect(prometheus.exitCode, "Prometheus runs").to.equal(null);
      scraped = await vector("max_over_time(up[5m]) == 1").then(
        (series) => series.length,
        () => 0,
      );
    }
  });

  after(async () => {
    if (prometheus !== undefined && prometheus.exitCode === null) {
      prometheus.kill("SIGKILL");
      await once(prometheus, "exit");
    }
    server?.closeAllConnections();
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const format of formats) {
    it(`takes every series as ${format}, exactly as it was meant`, async () => {
      const families = parseExposition(texts.get(format) ?? "", format);
      const samples = [...families.values()].flatMap((family) => family.samples);

      // Over all scrapes: one that takes longer than a second, on a busy machine, has no samples.
      const stored = await vector(`last_over_time({job="${format}"}[5m])`);

      expect((await vector(`max_over_time(up{job="${format}"}[5m])`))[0]?.value[1]).to.equal("1");
      const own = stored.filter(({ metric }) => !/^(?:up|scrape_.*)$/.test(metric["__name__"] ?? ""));
      expect(own.map(({ metric, value }) => identity(metric, Number(value[1]))).toSorted()).to.deep.equal(
        identities(samples),
      );
    });
  }

  it("asks for OpenMetrics in words that we understand", () => {
    expect(negotiate(accepted.get("openmetrics"))).to.have.property("format", "openmetrics");
  });

  it("keeps the exemplars", async () => {
    const wanted = (
      parseExposition(texts.get("openmetrics") ?? "", "openmetrics").get("cicd_pipeline_run_restarts")?.samples ?? []
    )
      .map(({ exemplar }) => exemplar?.labels.get("run_id"))
      .filter((run) => run !== undefined);

    const now = Date.now() / 1000;
    const found = (await query("query_exemplars", {
      query: 'cicd_pipeline_run_restarts_total{job="openmetrics"}',
      start: String(now - 3600),
      end: String(now),
    })) as { exemplars: { labels: Record<string, string> }[] }[];

    // Prometheus 2.42 stores an exemplar's label as it was written, escapes and all; it does not lose it.
    const escaped = (text: string) => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
    const kept = new Set(found.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels["run_id"] ?? "")));
    expect(wanted.length).to.be.greaterThan(60);
    expect(wanted.filter((run) => !kept.has(run) && !kept.has(escaped(run)))).to.deep.equal([]);
    expect(kept.size).to.equal(new Set(wanted).size);
  });
});
