import { expect } from "chai";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { stringify } from "yaml";
import { startPrometheus, type Prometheus } from "../support/exposition/prometheus.ts";
import { listAt, only, render, requireHelm, type Tree } from "../support/helm/chart.ts";
import { testServers } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";
import { until } from "../support/wait.ts";

const pods = ["pipegauge-7d9f-abcde", "pipegauge-7d9f-fghij", "pipegauge-7d9f-klmno"];

/** What the Prometheus operator makes of the endpoints of a Service before the user's own relabelings. */
const operator = [
  { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
  { source_labels: ["__meta_kubernetes_service_name"], target_label: "service" },
  { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
  { source_labels: ["__meta_kubernetes_pod_container_name"], target_label: "container" },
  { target_label: "endpoint", replacement: "http" },
];

/** The operator's spelling of a relabeling in Prometheus' own. */
function relabeling(rule: Tree): Tree {
  const spelled = Object.entries(rule).map(([key, value]) => [
    key.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`),
    value,
  ]);
  return Object.fromEntries(spelled) as Tree;
}

/** A scrape of three pods behind one Service; every request goes through the proxy, which stands for the cluster. */
function createConfig(proxy: string, relabelings: readonly Tree[]): string {
  const targets = pods.map((pod, i) => ({
    targets: [`10.0.0.${i + 1}:8080`],
    labels: {
      __meta_kubernetes_namespace: "ci",
      __meta_kubernetes_service_name: "pipegauge",
      __meta_kubernetes_pod_name: pod,
      __meta_kubernetes_pod_container_name: "pipegauge",
    },
  }));
  return stringify({
    global: { scrape_interval: "1s", scrape_timeout: "1s" },
    scrape_configs: [
      {
        job_name: "pipegauge",
        metrics_path: "/metrics/ledger",
        proxy_url: proxy,
        static_configs: targets,
        relabel_configs: [...operator, ...relabelings.map(relabeling)],
      },
    ],
  });
}

describe("the chart's ServiceMonitor, in a real Prometheus", function () {
  this.timeout(90_000);
  const serve = testServers();
  const started: Prometheus[] = [];
  let binary = "";

  before(requireHelm);
  before(function () {
    binary = requireTool.call(this, "prometheus");
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((prometheus) => prometheus.stop()));
  });

  /** Scrapes a release of three pods with one run in its ledger, and says what came out. */
  async function scraped(relabelings: readonly Tree[]) {
    const server = await serve();
    const at = "2026-11-20 09:01:07 UTC";
    const { json } = await server.deliver(
      "gitlab",
      {
        object_kind: "pipeline",
        object_attributes: { id: 1, ref: "main", status: "success", created_at: at, finished_at: at },
        project: { id: 7, path_with_namespace: "shop/cart" },
        builds: [],
      },
      { "x-gitlab-event": "Pipeline Hook" },
    );
    expect(json).to.deep.equal({ status: "accepted" });
    const asked: string[] = [];
    const proxy = createServer((request: IncomingMessage, response: ServerResponse) => {
      asked.push(request.url ?? "");
      const { pathname } = new URL(request.url ?? "", "http://pod");
      server.request(pathname).then(
        ({ text, headers }) => response.setHeader("content-type", headers.get("content-type") ?? "").end(text),
        () => response.destroy(),
      );
    }).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    try {
      const prometheus = await startPrometheus(binary, createConfig(url, relabelings));
      started.push(prometheus);
      const runs = 'sum(cicd_pipeline_runs_total{project="shop/cart",result="success"})';
      // It begins some seconds after it has found its targets.
      const runsSeen = async () => (await prometheus.value(runs)) ?? false;
      await until(runsSeen, "a scrape", 30_000);
      const before = asked.length;
      await until(() => asked.length > before + 2 * pods.length, "more scrapes", 30_000);
      const { activeTargets } = (await prometheus.get("targets")) as {
        activeTargets: { scrapeUrl: string; labels: Record<string, string> }[];
      };
      return { activeTargets, asked: new Set(asked), runs: await prometheus.value(runs) };
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
  }

  it("makes one target of all pods, so that each run counts once", async () => {
    const monitor = only(await render({ files: ["existing-secrets-values.yaml"] }), "ServiceMonitor");

    const { activeTargets, asked, runs } = await scraped(listAt(monitor, "spec.endpoints.0.relabelings"));

    expect(activeTargets.map(({ labels }) => labels)).to.deep.equal([
      {
        job: "pipegauge",
        instance: "pipegauge.ci.svc:8080",
        namespace: "ci",
        service: "pipegauge",
        endpoint: "http",
      },
    ]);
    expect([...asked]).to.deep.equal(["http://pipegauge.ci.svc:8080/metrics/ledger"]);
    expect(runs).to.equal(1);
  });

  it("would count each run once a pod without its relabelings", async () => {
    const { activeTargets, runs } = await scraped([]);

    expect(activeTargets).to.have.length(pods.length);
    expect(runs).to.equal(pods.length);
  });
});
