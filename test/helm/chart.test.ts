import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import {
  at,
  chartFolder,
  helm,
  ofKind,
  only,
  render,
  requireHelm,
  valuesFiles,
  type Manifest,
} from "../support/helm/chart.ts";

const read = (path: string) => readFileSync(join(chartFolder, path), "utf8");
const identity = ({ apiVersion, kind, metadata: { namespace = "", name } }: Manifest) =>
  `${apiVersion} ${kind} ${namespace}/${name}`;

describe("the chart", function () {
  this.timeout(60_000);
  before(requireHelm);

  it("carries the version of the program", () => {
    const chart = parse(read("Chart.yaml")) as { version: string; appVersion: string };
    const { version } = JSON.parse(readFileSync(join(chartFolder, "../../package.json"), "utf8")) as {
      version: string;
    };

    expect(chart.appVersion).to.equal(version);
    expect(chart.version).to.match(/^\d+\.\d+\.\d+$/);
  });

  it("is tested with values files for each way to run it", () => {
    expect(valuesFiles).to.include.members([
      "sqlite-values.yaml",
      "postgres-ha-values.yaml",
      "existing-secrets-values.yaml",
      "monitoring-everything-values.yaml",
      "ingress-values.yaml",
      "gateway-values.yaml",
      "network-policy-values.yaml",
    ]);
  });

  for (const file of valuesFiles) {
    it(`passes helm lint --strict with ${file}`, async () => {
      const output = await helm(["lint", "--strict", chartFolder, "--values", join(chartFolder, "ci", file)]);

      expect(output).to.include("0 chart(s) failed");
    });

    it(`renders ${file}: every object once, in one namespace, with the recommended labels`, async () => {
      const manifests = await render({ files: [file] });

      const names = manifests.map(identity);
      expect(names).to.have.length.above(5);
      expect(new Set(names).size, "objects of one identity").to.equal(names.length);
      const own = manifests.filter(({ metadata }) => !/as-a-(map|text)$/.test(metadata.name));
      for (const manifest of own) {
        const labels = at(manifest, "metadata.labels");
        expect(labels, identity(manifest)).to.include.keys(
          "helm.sh/chart",
          "app.kubernetes.io/name",
          "app.kubernetes.io/instance",
          "app.kubernetes.io/version",
          "app.kubernetes.io/managed-by",
        );
        const namespace =
          file.startsWith("everything-else") || file.startsWith("monitoring") ? /^(ci|monitoring)$/ : /^ci$/;
        expect(manifest.metadata.namespace, identity(manifest)).to.match(namespace);
        expect(manifest.metadata.name).to.match(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/);
      }
    });
  }

  it("selects the server's pods alone, by labels that never change", async () => {
    const manifests = await render({ files: ["sqlite-values.yaml"] });

    const selector = at(only(manifests, "Deployment"), "spec.selector.matchLabels");
    expect(at(only(manifests, "Service"), "spec.selector")).to.deep.equal(selector);
    expect(at(only(manifests, "Deployment"), "spec.template.metadata.labels")).to.include(selector);
    expect(at(only(manifests, "Pod"), "metadata.labels")).not.to.include(selector);
    expect(selector).not.to.have.any.keys("helm.sh/chart", "app.kubernetes.io/version");
  });

  it("keeps names within 63 characters, with any name of the release", async () => {
    const release = "r".repeat(53);
    const values = join(chartFolder, "ci", "sqlite-values.yaml");
    const text = await helm(["template", release, chartFolder, "--values", values]);

    const names = [...text.matchAll(/^ {2}name: (.+)$/gm)].map(([, name = ""]) => name);
    expect(names).to.have.length.above(5);
    expect(names.filter((name) => name.length > 63 || name.endsWith("-"))).to.deep.equal([]);
  });

  it("restarts the pods when a setting changes, and not when a secret does", async () => {
    const annotations = async (values: { [key: string]: string }) => {
      const args = Object.entries(values).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
      const manifests = await render({ files: ["network-policy-values.yaml"], args });
      return at(only(manifests, "Deployment"), "spec.template.metadata.annotations");
    };

    const before = await annotations({});
    expect(await annotations({ "sources.gitlab.secret": "another" })).to.deep.equal(before);
    expect(await annotations({ "metricsToken.value": "another" })).to.deep.equal(before);
    expect(await annotations({ "config.maxSeries": "500" })).not.to.deep.equal(before);
    expect(await annotations({ "database.url": "postgres://other" })).not.to.deep.equal(before);
  });

  it("renders further objects, as maps and as texts, with their templates", async () => {
    const maps = ofKind(await render({ files: ["everything-else-values.yaml"] }), "ConfigMap");

    const data = (name: string) => maps.find(({ metadata }) => metadata.name === name)?.["data"];
    expect(data("pipegauge-as-a-map")).to.deep.equal({ version: "0.1.0" });
    expect(data("pipegauge-as-a-text")).to.deep.equal({ service: "ci-ledger" });
  });
});
