import { expect } from "chai";
import { at, listAt, ofKind, render, requireHelm, toText, type Manifest, type Tree } from "../support/helm/chart.ts";

const file = "page-values.yaml";
const noMetricsToken = { metricsToken: { value: "" } };

describe("the chart's way to the page", () => {
  before(requireHelm);

  async function find(kind: string, values: Tree = {}): Promise<Manifest> {
    const found = ofKind(await render({ files: [file], values }), kind).find(
      ({ metadata }) => metadata.name === "pipegauge-page",
    );
    return found ?? expect.fail(`no ${kind} of the page`);
  }

  const listPaths = (ingress: Manifest) =>
    listAt(ingress, "spec.rules.0.http.paths").map(({ path, pathType }) => `${toText(pathType)} ${toText(path)}`);

  it("is closed unless asked for, also where the webhooks are open", async () => {
    for (const other of ["ingress-values.yaml", "gateway-values.yaml"]) {
      const names = (await render({ files: [other] })).map(({ metadata }) => metadata.name);
      expect(names, other).to.not.include("pipegauge-page");
    }
  });

  it("by an Ingress leads to the page, the API and badges, beside that of the webhooks", async () => {
    const ingress = await find("Ingress");

    const paths = ["Prefix /ui/", "Prefix /api/", "Prefix /badge/", "Prefix /openapi.json"];
    expect(listPaths(ingress)).to.deep.equal([...paths, "Exact /"]);
    expect(ingress["spec"]).to.deep.include({
      ingressClassName: "nginx",
      tls: [{ secretName: "pipegauge-tls", hosts: ["pipegauge.example.com"] }],
    });
    expect(at(ingress, "spec.rules.0.host")).to.equal("pipegauge.example.com");
    expect(at(ingress, "metadata.annotations")).to.have.property("nginx.ingress.kubernetes.io/auth-url");
    const webhooks = ofKind(await render({ files: [file] }), "Ingress").find(
      ({ metadata }) => metadata.name === "pipegauge",
    );
    expect(webhooks && listPaths(webhooks)).to.deep.equal(["Prefix /webhooks/"]);
    expect(webhooks?.metadata["annotations"]).to.equal(undefined);
  });

  it("leaves out the path that shows metrics to a scraper, where no token guards them", async () => {
    expect(listPaths(await find("Ingress", noMetricsToken))).to.not.include("Exact /");
  });

  it("by a gateway leads to the same, and redirects the first path itself", async () => {
    for (const values of [{}, noMetricsToken]) {
      const route = await find("HTTPRoute", values);

      const [first, second, ...more] = listAt(route, "spec.rules");
      expect(more).to.deep.equal([]);
      expect(first).to.deep.equal({
        matches: [{ path: { type: "Exact", value: "/" } }],
        filters: [
          {
            type: "RequestRedirect",
            requestRedirect: { path: { type: "ReplaceFullPath", replaceFullPath: "/ui/" }, statusCode: 302 },
          },
        ],
      });
      expect(listAt(second, "matches").map((match) => at(match, "path.value"))).to.deep.equal([
        "/ui/",
        "/api/",
        "/badge/",
        "/openapi.json",
      ]);
      expect(at(second, "backendRefs")).to.deep.equal([{ name: "pipegauge", port: 8080 }]);
      expect(at(route, "spec.hostnames")).to.deep.equal(["ci.example.com"]);
    }
  });

  it("may be a part of it, such as badges alone", async () => {
    const values = { ...noMetricsToken, page: { paths: ["/badge/"] } };

    expect(listPaths(await find("Ingress", values))).to.deep.equal(["Prefix /badge/"]);
  });
});
