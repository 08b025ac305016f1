import { expect } from "chai";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { definitionCheck, definitionFolders, type Check } from "../support/helm/crd.ts";
import { freshFolder } from "../support/folder.ts";
import { chartFolder, only, render, requireHelm, valuesFiles, type Manifest } from "../support/helm/chart.ts";
import { requireTool } from "../support/tools.ts";

const run = promisify(execFile);

/** Kinds that Kubernetes itself does not have. */
const isCustom = ({ apiVersion }: Manifest) =>
  /^(monitoring\.coreos\.com|gateway\.networking\.k8s\.io|grafana\.integreatly\.org)\//.test(apiVersion);

/** The oldest that the chart takes, one between, the newest of which the validator has a schema. */
const versions = ["1.27", "1.32", "1.37"];

/** The objects of each values file. */
async function renderAll(): Promise<ReadonlyMap<string, readonly Manifest[]>> {
  const all = valuesFiles.map(async (file) => [file, await render({ files: [file] })] as const);
  return new Map(await Promise.all(all));
}

describe("the chart's objects, in the schemas of Kubernetes,", function () {
  this.timeout(180_000);
  const folder = freshFolder();
  let validator = "";
  before(requireHelm);
  before(function () {
    validator = requireTool.call(this, "kubernetes-validate");
  });

  /** Writes each file's objects, in JSON, which all readers of YAML read alike, and returns what the validator makes of them. */
  async function validate(version: string, objects: ReadonlyMap<string, readonly Manifest[]>) {
    const files = [...objects].map(([name, manifests]) => {
      const path = join(folder(), name);
      writeFileSync(path, manifests.map((manifest) => JSON.stringify(manifest)).join("\n---\n"));
      return path;
    });
    return run(validator, ["--kubernetes-version", version, "--strict", ...files], { timeout: 120_000 }).then(
      ({ stdout, stderr }) => ({ good: true, output: stdout + stderr }),
      ({ stdout = "", stderr = "" }: { stdout?: string; stderr?: string }) => ({
        good: false,
        output: stdout + stderr,
      }),
    );
  }

  for (const version of versions) {
    it(`are all good for ${version}`, async () => {
      const own = [...(await renderAll())].map(
        ([file, manifests]) => [file, manifests.filter((one) => !isCustom(one))] as const,
      );

      const { good, output } = await validate(version, new Map(own));

      expect(output.split("\n").filter((line) => line !== "" && !line.startsWith("INFO"))).to.deep.equal([]);
      expect(good, output).to.equal(true);
      expect(output.match(/ passed for resource /g)).to.have.length(own.flatMap(([, manifests]) => manifests).length);
    });
  }

  it("would be found out if they were not", async () => {
    const deployment = only(await render({ files: ["sqlite-values.yaml"] }), "Deployment");
    const wrong = { ...deployment, spec: { ...(deployment["spec"] as object), replica: 1 } };

    const { good, output } = await validate(versions.at(-1) ?? "", new Map([["wrong.yaml", [wrong]]]));

    expect(good).to.equal(false);
    expect(output).to.include("'replica' was unexpected");
  });

  it("are tested on the oldest version that the chart takes", () => {
    const { kubeVersion } = parse(readFileSync(join(chartFolder, "Chart.yaml"), "utf8")) as { kubeVersion: string };

    expect(kubeVersion).to.equal(`>=${versions[0] ?? ""}.0-0`);
  });
});

describe("the chart's objects of other kinds, in their definitions,", function () {
  this.timeout(60_000);
  let check: Check = () => [];
  before(requireHelm);
  before(function () {
    const folders = definitionFolders();
    if (folders !== undefined) check = definitionCheck(folders);
    else if (process.env["CI"] === "true") throw new Error("the definitions have not been downloaded: .ci/chart-tools");
    else {
      const reason = "run .ci/chart-tools for the definitions of the Prometheus operator and the Gateway API";
      for (const test of this.test?.parent?.tests ?? []) test.title += ` [pending: ${reason}]`;
      this.skip();
    }
  });

  it("are all good", async () => {
    // The Grafana operator's module carries its definitions, but Go's proxy does not have it: test/helm/rules.test.ts checks its fields.
    const custom = [...(await renderAll()).values()]
      .flat()
      .filter((one) => isCustom(one) && one.kind !== "GrafanaDashboard");

    expect(new Set(custom.map(({ kind }) => kind))).to.include.keys(
      "ServiceMonitor",
      "PodMonitor",
      "HTTPRoute",
      "PrometheusRule",
    );
    for (const manifest of custom)
      expect(check(manifest), `${manifest.kind} ${manifest.metadata.name}`).to.deep.equal([]);
  });

  it("would be found out if they were not", async () => {
    const monitor = only(await render({ files: ["monitoring-everything-values.yaml"] }), "ServiceMonitor");
    const route = only(await render({ files: ["gateway-values.yaml"] }), "HTTPRoute");
    const spoilt = (manifest: Manifest, more: object): Manifest => ({
      ...manifest,
      spec: { ...(manifest["spec"] as object), ...more },
    });

    expect(check(spoilt(monitor, { endpoint: [] })).join()).to.include("endpoint");
    expect(check(spoilt(monitor, { endpoints: [{ port: 8080 }] })).join()).to.include("string");
    expect(check(spoilt(route, { hostnames: ["not a host"] })).join()).to.include("hostnames");
  });
});
