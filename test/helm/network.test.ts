import { expect } from "chai";
import {
  at,
  listAt,
  ofKind,
  only,
  render,
  requireHelm,
  valuesFiles,
  toText,
  type Manifest,
} from "../support/helm/chart.ts";

const ingressPaths = (manifest: Manifest) =>
  listAt(manifest, "spec.rules").flatMap((rule) =>
    listAt(rule, "http.paths").map(({ path, pathType }) => `${toText(pathType)} ${toText(path)}`),
  );
const routePaths = (manifest: Manifest) =>
  listAt(manifest, "spec.rules").flatMap((rule) =>
    listAt(rule, "matches").map((match) => `${toText(at(match, "path.type"))} ${toText(at(match, "path.value"))}`),
  );

describe("the chart's way in", () => {
  before(requireHelm);

  it("is closed to the outside unless asked for", async () => {
    const manifests = await render({ files: ["sqlite-values.yaml"] });

    expect(ofKind(manifests, "Ingress")).to.deep.equal([]);
    expect(ofKind(manifests, "HTTPRoute")).to.deep.equal([]);
    expect(at(only(manifests, "Service"), "spec.type")).to.equal("ClusterIP");
  });

  it("by an Ingress leads to the webhooks and nowhere else, on each host", async () => {
    const manifests = await render({ files: ["ingress-values.yaml"] });

    const ingress = only(manifests, "Ingress");
    expect(listAt(ingress, "spec.rules").map(({ host }) => host)).to.deep.equal([
      "pipegauge.example.com",
      "ci.example.com",
    ]);
    expect(ingressPaths(ingress)).to.deep.equal(["Prefix /webhooks/", "Prefix /webhooks/"]);
    expect(at(ingress, "spec")).not.to.have.property("defaultBackend");
    expect(at(ingress, "spec.ingressClassName")).to.equal("nginx");
    expect(listAt(ingress, "spec.tls")).to.have.length(1);
    const backend = at(ingress, "spec.rules.0.http.paths.0.backend.service");
    expect(backend).to.deep.equal({ name: only(manifests, "Service").metadata.name, port: { name: "http" } });
  });

  it("by a gateway leads to the webhooks, and to what was asked for besides", async () => {
    const asked = only(await render({ files: ["gateway-values.yaml"] }), "HTTPRoute");
    expect(routePaths(asked)).to.deep.equal(["PathPrefix /webhooks/", "PathPrefix /api/"]);

    const manifests = await render({ files: ["gateway-values.yaml"], values: { httpRoute: { extraPaths: [] } } });
    const route = only(manifests, "HTTPRoute");
    expect(routePaths(route)).to.deep.equal(["PathPrefix /webhooks/"]);
    expect(listAt(route, "spec.rules.0.backendRefs")).to.deep.equal([{ name: "pipegauge", port: 8080 }]);
    expect(listAt(route, "spec.parentRefs")).to.have.length(1);
  });

  it("never leads to the metrics, with any values", async () => {
    for (const file of valuesFiles) {
      const manifests = await render({ files: [file] });
      const paths = [
        ...ofKind(manifests, "Ingress").flatMap(ingressPaths),
        ...ofKind(manifests, "HTTPRoute").flatMap(routePaths),
      ];
      expect(
        paths.filter((path) => !/ \/((webhooks|ui|api|badge)\/|openapi\.json)$|^Exact \/$/.test(path)),
        file,
      ).to.deep.equal([]);
    }
  });
});

describe("the chart's NetworkPolicy", () => {
  before(requireHelm);

  const rules = (policy: Manifest, direction: "ingress" | "egress") =>
    listAt(policy, `spec.${direction}`).map((rule) => ({
      ports: listAt(rule, "ports").map(({ port, protocol }) => `${toText(port)}/${toText(protocol)}`),
      peers: listAt(rule, direction === "ingress" ? "from" : "to").map((peer) =>
        toText(
          at(peer, "ipBlock.cidr") ??
            Object.values(
              (at(peer, "namespaceSelector.matchLabels") ?? at(peer, "podSelector.matchLabels") ?? {}) as object,
            ).at(-1),
        ),
      ),
    }));

  it("lets senders, Prometheus and the chart's own test in, and lets out to names and the database", async () => {
    const manifests = await render({ files: ["network-policy-values.yaml"] });

    const policy = only(manifests, "NetworkPolicy");
    expect(at(policy, "spec.policyTypes")).to.deep.equal(["Ingress", "Egress"]);
    expect(at(policy, "spec.podSelector")).to.deep.equal(at(only(manifests, "Deployment"), "spec.selector"));
    expect(rules(policy, "ingress")).to.deep.equal([
      { ports: ["http/TCP"], peers: ["ingress-nginx"] },
      { ports: ["http/TCP"], peers: ["test", "monitoring"] },
    ]);
    expect(rules(policy, "egress")).to.deep.equal([
      { ports: ["53/UDP", "53/TCP"], peers: ["kube-system"] },
      { ports: ["5432/TCP"], peers: ["databases"] },
      { ports: ["443/TCP"], peers: ["192.0.2.10/32"] },
    ]);
    const test = at(policy, "spec.ingress.1.from.0.podSelector.matchLabels");
    expect(at(only(manifests, "Pod"), "metadata.labels")).to.include(test);
  });

  it("allows no outgoing connection on SQLite, and all incoming ones where no peer is listed", async () => {
    const policy = only(await render({ files: ["unauthenticated-values.yaml"] }), "NetworkPolicy");

    expect(rules(policy, "egress")).to.deep.equal([]);
    expect(at(policy, "spec.policyTypes")).to.include("Egress");
    expect(listAt(policy, "spec.ingress")[0]).not.to.have.property("from");
  });
});
