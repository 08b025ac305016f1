import { expect } from "chai";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  at,
  chartFolder,
  listAt,
  ofKind,
  render,
  requireHelm,
  toText,
  type Manifest,
  type Tree,
} from "../support/helm/chart.ts";

const file = "own-alerts-values.yaml";

const listRules = (manifests: readonly Manifest[]) =>
  ofKind(manifests, "PrometheusRule").flatMap((one) =>
    listAt(one, "spec.groups").flatMap((group) => listAt(group, "rules")),
  );
const findAlert = (manifests: readonly Manifest[], name: string) =>
  listRules(manifests).find(({ alert }) => alert === name) ?? expect.fail(`no alert ${name}`);

describe("the chart's alerts", () => {
  before(requireHelm);

  const renderWith = (prometheusRule: Tree) => render({ files: [file], values: { prometheusRule } });

  it("can be left out one by one, and nothing else with them", async () => {
    const [all, fewer] = [
      await renderWith({}),
      await renderWith({ disabled: { DefaultBranchRed: true, PipelineFlaky: false } }),
    ];

    expect(listRules(fewer)).to.deep.equal(listRules(all).filter(({ alert }) => alert !== "DefaultBranchRed"));
    expect(listRules(all).some(({ alert }) => alert === "DefaultBranchRed")).to.be.true;
  });

  it("can be changed one by one", async () => {
    const before = findAlert(await renderWith({}), "PipelineFlaky");
    const overrides = {
      PipelineFlaky: { for: "3h", keep_firing_for: "1h", labels: { severity: "info" }, annotations: { owner: "ci" } },
    };
    const changed = await renderWith({ overrides });

    expect(findAlert(changed, "PipelineFlaky")).to.deep.equal({
      ...before,
      for: "3h",
      keep_firing_for: "1h",
      labels: { ...(before["labels"] as Tree), severity: "info" },
      annotations: { ...(before["annotations"] as Tree), owner: "ci" },
    });
    expect(
      findAlert(await renderWith({ overrides: { PipelineFlaky: { expr: "vector(1)" } } }), "PipelineFlaky")["expr"],
    ).to.equal("vector(1)");
  });

  it("have labels for routes, and links to a copy of the page about them", async () => {
    const alerts = listRules(await renderWith({})).filter(({ alert }) => alert !== undefined);

    expect(alerts.length).to.be.above(20);
    for (const alert of alerts) {
      expect(at(alert, "labels.team")).to.equal("ci");
      expect(at(alert, "annotations.runbook_url")).to.match(
        /^https:\/\/git\.example\.com\/ci\/pipegauge\/docs\/alerts\.md#\w+$/,
      );
    }
  });

  it("stand beside rules of one's own, and an empty file of rules leaves no object", async () => {
    const names = (manifests: readonly Manifest[]) =>
      ofKind(manifests, "PrometheusRule").map(({ metadata }) => metadata.name);
    const all = await renderWith({});
    const service = listRules(
      ofKind(all, "PrometheusRule").filter(({ metadata }) => metadata.name.includes("service-alerts")),
    );

    const disabled = Object.fromEntries(service.map(({ alert }) => [toText(alert), true]));

    expect(names(all)).to.include.members(["pipegauge-additional", "pipegauge-service-alerts"]);
    expect(listRules(all).map(({ record }) => record)).to.include("project:cicd_pipeline_runs:increase1d");
    expect(names(await renderWith({ disabled }))).to.not.include("pipegauge-service-alerts");
  });
});

describe("the chart's dashboards", () => {
  before(requireHelm);

  const boards = readdirSync(join(chartFolder, "dashboards")).filter((name) => name.endsWith(".json"));
  const listBaseUrls = (texts: readonly string[]) =>
    texts.flatMap((text) =>
      listAt(JSON.parse(text) as Tree, "templating.list")
        .filter(({ name }) => name === "base_url")
        .map(({ query }) => query),
    );

  it("are given to the Grafana operator, as its documentation describes it", async () => {
    const values = { dashboards: { namespace: "monitoring" } };
    const made = ofKind(await render({ files: [file], values }), "GrafanaDashboard");

    expect(made).to.have.length(boards.length);
    for (const { apiVersion, spec, metadata } of made) {
      expect(apiVersion).to.equal("grafana.integreatly.org/v1beta1");
      expect(metadata.namespace).to.equal("monitoring");
      const { json, ...others } = spec as { json: string };
      expect(JSON.parse(json)).to.have.property("title");
      expect(others).to.deep.equal({
        instanceSelector: { matchLabels: { dashboards: "grafana" } },
        allowCrossNamespaceImport: true,
        folder: "CI",
      });
    }
  });

  it("need not be ConfigMaps for that", async () => {
    const manifests = await render({ files: [file], values: { dashboards: { enabled: false } } });

    expect(ofKind(manifests, "GrafanaDashboard")).to.have.length(boards.length);
    expect(ofKind(manifests, "ConfigMap").filter(({ metadata }) => metadata.name.includes("dashboard"))).to.deep.equal(
      [],
    );
  });

  it("lead to the address that is given, or to that of the page", async () => {
    const readBoards = async (options: Parameters<typeof render>[0]) =>
      ofKind(await render(options), "ConfigMap")
        .filter(({ metadata }) => metadata.name.includes("dashboard"))
        .flatMap(({ data }) => Object.values(data as Record<string, string>));

    const given = await readBoards({ files: [file] });
    const exposed = await readBoards({ files: ["page-values.yaml"], values: { dashboards: { enabled: true } } });
    const neither = await readBoards({ files: ["sqlite-values.yaml"], values: { dashboards: { enabled: true } } });

    expect([given, exposed, neither].map((texts) => new Set(listBaseUrls(texts)))).to.deep.equal([
      new Set(["https://pipegauge.example.com"]),
      new Set(["https://pipegauge.example.com"]),
      new Set(["http://127.0.0.1:8080"]),
    ]);
    expect(listBaseUrls(given)).to.have.length(boards.length);
    expect(given.join("")).to.not.include("127.0.0.1");
  });
});
