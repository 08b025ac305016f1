import { expect } from "chai";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { freshFolder } from "../support/folder.ts";
import {
  at,
  chartFolder,
  listAt,
  ofKind,
  only,
  render,
  requireHelm,
  toText,
  type Tree,
} from "../support/helm/chart.ts";

const file = "monitoring-everything-values.yaml";

describe("the chart's monitors", () => {
  before(requireHelm);

  it("scrape the ledger through the Service, and each pod for itself", async () => {
    const manifests = await render({ files: [file] });

    const labels = at(only(manifests, "Deployment"), "spec.selector.matchLabels");
    const [ledger, pods] = [only(manifests, "ServiceMonitor"), only(manifests, "PodMonitor")];
    expect(listAt(ledger, "spec.endpoints")).to.have.length(1);
    expect(listAt(ledger, "spec.endpoints")[0]).to.include({ path: "/metrics/ledger", port: "http", interval: "30s" });
    expect(listAt(pods, "spec.podMetricsEndpoints")[0]).to.include({ path: "/metrics/server", port: "http" });
    for (const monitor of [ledger, pods]) {
      expect(at(monitor, "spec.selector.matchLabels")).to.deep.equal(labels);
      expect(at(monitor, "spec.namespaceSelector")).to.deep.equal({ matchNames: ["ci"] });
      expect(at(monitor, "metadata.labels")).to.include({ release: "kube-prometheus-stack" });
    }
    // The labels of the Service, which the ServiceMonitor looks for, are those of the pods.
    expect(at(only(manifests, "Service"), "metadata.labels")).to.include(labels);
  });

  it("present the one token that is good, of several the first", async () => {
    const own = await render({ files: [file] });
    const credentials = { name: "pipegauge-tokens", key: "metrics-scrape-token" };
    const authorization = { type: "Bearer", credentials };
    expect(at(only(own, "ServiceMonitor"), "spec.endpoints.0.authorization")).to.deep.equal(authorization);
    expect(at(only(own, "PodMonitor"), "spec.podMetricsEndpoints.0.authorization")).to.deep.equal(authorization);
    const secret = ofKind(own, "Secret").find(({ metadata }) => metadata.name === credentials.name);
    const token = toText(at(secret, `data.${credentials.key}`));
    expect(Buffer.from(token, "base64").toString()).to.equal("a-metrics-token");

    const existing = await render({ files: ["existing-secrets-values.yaml"] });
    expect(at(only(existing, "ServiceMonitor"), "spec.endpoints.0.authorization.credentials")).to.deep.equal({
      name: "pipegauge-tokens-of-ours",
      key: "metrics-token-of-prometheus",
    });

    const open = await render({ files: ["sqlite-values.yaml"], values: { serviceMonitor: { enabled: true } } });
    expect(at(only(open, "ServiceMonitor"), "spec.endpoints.0")).not.to.have.property("authorization");
  });

  it("are not there unless asked for, nor are rules and dashboards", async () => {
    const manifests = await render({ files: ["sqlite-values.yaml"] });

    expect(manifests.map(({ kind }) => kind)).not.to.include.members([
      "ServiceMonitor",
      "PodMonitor",
      "PrometheusRule",
    ]);
    expect(JSON.stringify(manifests)).not.to.include("grafana_dashboard");
  });
});

const rules = `groups:
  - name: sample
    rules:
      - alert: SampleAlert
        expr: |
          sum by (project) (cicd_pipeline_run_active{state="pending"}) > 3
            and on () vector(1)
        for: 15m
        labels: { severity: warning }
        annotations:
          summary: '{{ $labels.project }} waits: {{ printf "%.1f" $value }} of {{ $value | humanizePercentage }}'
      - record: project:cicd_pipeline_runs:rate1h
        expr: sum by (project) (rate(cicd_pipeline_runs_total[1h]))
`;
const dashboard = `{
  "title": "Sample",
  "panels": [{ "targets": [{ "expr": "up", "legendFormat": "{{project}} {{ .Values.replicaCount }}" }] }]
}
`;

describe("the chart's rules and dashboards", () => {
  const folder = freshFolder();
  before(requireHelm);

  /** The chart with these files in place of its own. */
  function chartWith(files: Readonly<Record<string, string>>): string {
    const chart = join(folder(), "pipegauge");
    cpSync(chartFolder, chart, {
      recursive: true,
      filter: (path) => !/\/(rules|dashboards)\/./.test(path.slice(chartFolder.length)),
    });
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(chart, name, ".."), { recursive: true });
      writeFileSync(join(chart, name), text);
    }
    return chart;
  }

  const dashboardsIn = (manifests: Awaited<ReturnType<typeof render>>) =>
    ofKind(manifests, "ConfigMap").filter((map) => at(map, "metadata.labels.grafana_dashboard") === "1");

  it("are taken from any number of files, word for word", async () => {
    const files = { "rules/a_b.yaml": rules, "rules/other.yaml": rules, "dashboards/One_Two.json": dashboard };
    const manifests = await render({ files: [file], chart: chartWith(files) });

    const made = ofKind(manifests, "PrometheusRule");
    expect(made.map(({ metadata }) => metadata.name)).to.deep.equal(["pipegauge-a-b", "pipegauge-other"]);
    for (const rule of made) expect(rule["spec"]).to.deep.equal(parse(rules));
    expect(at(made[0], "metadata.labels")).to.include({ release: "kube-prometheus-stack" });
    const [map, ...more] = dashboardsIn(manifests);
    expect(more).to.deep.equal([]);
    expect(map?.metadata).to.deep.include({ name: "pipegauge-dashboard-one-two", namespace: "monitoring" });
    expect(at(map, "metadata.annotations")).to.deep.equal({ grafana_folder: "CI" });
    const [[name, text] = ["", ""]] = Object.entries(map?.["data"] as Record<string, string>);
    expect(name).to.equal("pipegauge-one-two.json");
    expect(JSON.parse(text)).to.deep.equal(JSON.parse(dashboard));
  });

  it("may be none", async () => {
    const manifests = await render({ files: [file], chart: chartWith({}) });

    expect(ofKind(manifests, "PrometheusRule")).to.deep.equal([]);
    expect(dashboardsIn(manifests)).to.deep.equal([]);
  });

  it("are refused where a file holds no rules", async () => {
    const chart = chartWith({ "rules/wrong.yaml": "rules: []\n" });

    const message = await render({ files: [file], chart }).then(
      () => "",
      (error: unknown) => String(error),
    );
    expect(message).to.include("rules/wrong.yaml is not a file of Prometheus rules");
  });

  it("are those that the chart ships", async () => {
    const manifests = await render({ files: [file] });
    const shipped = (kind: string, ending: string) => {
      const path = join(chartFolder, kind);
      return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith(ending)) : [];
    };

    const groups = shipped("rules", ".yaml").map(
      (name) => parse(readFileSync(join(chartFolder, "rules", name), "utf8")) as Tree,
    );
    expect(ofKind(manifests, "PrometheusRule").map(({ spec }) => spec)).to.have.deep.members(groups);
    expect(dashboardsIn(manifests)).to.have.length(shipped("dashboards", ".json").length);
    for (const map of dashboardsIn(manifests)) {
      const [text = ""] = Object.values(map["data"] as Record<string, string>);
      expect(JSON.parse(text)).to.have.property("title");
    }
  });
});
