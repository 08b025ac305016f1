import { expect } from "chai";
import { at, listAt, ofKind, only, render, requireHelm, type Manifest } from "../support/helm/chart.ts";

const pod = "spec.template.spec";
const getVolume = (manifests: readonly Manifest[], name: string) =>
  listAt(only(manifests, "Deployment"), `${pod}.volumes`).find((volume) => volume["name"] === name);

describe("the chart on SQLite", () => {
  before(requireHelm);

  const sqlite = (values = {}) => render({ files: ["sqlite-values.yaml"], values });

  it("is one pod that ends before the next begins", async () => {
    const deployment = only(await sqlite(), "Deployment");

    expect(at(deployment, "spec.replicas")).to.equal(1);
    expect(at(deployment, "spec.strategy")).to.deep.equal({ type: "Recreate" });
  });

  it("keeps its file on a claim that outlives the release", async () => {
    const manifests = await sqlite();

    const claim = only(manifests, "PersistentVolumeClaim");
    expect(at(claim, "spec.accessModes")).to.deep.equal(["ReadWriteOnce"]);
    expect(at(claim, "spec")).not.to.have.property("storageClassName");
    expect(at(claim, "metadata.annotations")).to.deep.equal({ "helm.sh/resource-policy": "keep" });
    expect(getVolume(manifests, "data")).to.deep.equal({
      name: "data",
      persistentVolumeClaim: { claimName: claim.metadata.name },
    });
    const mounts = listAt(only(manifests, "Deployment"), `${pod}.containers.0.volumeMounts`);
    expect(mounts).to.deep.include({ name: "data", mountPath: "/data" });
    expect(at(only(manifests, "Deployment"), `${pod}.securityContext.fsGroup`)).to.equal(65532);
  });

  it("takes a claim of the user's, another storage class, or none", async () => {
    const own = await sqlite({ persistence: { existingClaim: "ours" } });
    expect(ofKind(own, "PersistentVolumeClaim")).to.deep.equal([]);
    expect(getVolume(own, "data")).to.deep.equal({ name: "data", persistentVolumeClaim: { claimName: "ours" } });

    const fast = only(await sqlite({ persistence: { storageClass: "fast", keep: false } }), "PersistentVolumeClaim");
    expect(at(fast, "spec.storageClassName")).to.equal("fast");
    expect(fast.metadata).not.to.have.property("annotations");

    const none = only(await sqlite({ persistence: { storageClass: "-" } }), "PersistentVolumeClaim");
    expect(at(none, "spec.storageClassName")).to.equal("");

    const lost = await sqlite({ persistence: { enabled: false } });
    expect(ofKind(lost, "PersistentVolumeClaim")).to.deep.equal([]);
    expect(getVolume(lost, "data")).to.deep.equal({ name: "data", emptyDir: {} });
  });

  it("has nothing that only several pods need", async () => {
    const manifests = await sqlite();

    expect(ofKind(manifests, "PodDisruptionBudget")).to.deep.equal([]);
    expect(ofKind(manifests, "HorizontalPodAutoscaler")).to.deep.equal([]);
    expect(at(only(manifests, "Deployment"), `${pod}.topologySpreadConstraints`)).to.equal(undefined);
  });
});

describe("the chart on PostgreSQL", () => {
  before(requireHelm);

  const postgres = (values = {}) => render({ files: ["network-policy-values.yaml"], values });

  it("replaces pods one after the other, without a gap and without a volume", async () => {
    const manifests = await postgres();

    const deployment = only(manifests, "Deployment");
    expect(at(deployment, "spec.replicas")).to.equal(2);
    expect(at(deployment, "spec.strategy")).to.deep.equal({
      type: "RollingUpdate",
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    });
    expect(ofKind(manifests, "PersistentVolumeClaim")).to.deep.equal([]);
    expect(getVolume(manifests, "data")).to.equal(undefined);
  });

  it("spreads its pods over zones and nodes, and lets a drain end one at a time", async () => {
    const manifests = await postgres();

    const selector = at(only(manifests, "Deployment"), "spec.selector");
    const spread = listAt(only(manifests, "Deployment"), `${pod}.topologySpreadConstraints`);
    expect(spread.map(({ topologyKey }) => topologyKey)).to.deep.equal([
      "topology.kubernetes.io/zone",
      "kubernetes.io/hostname",
    ]);
    for (const { labelSelector } of spread) expect(labelSelector).to.deep.equal(selector);
    const budget = only(manifests, "PodDisruptionBudget");
    expect(at(budget, "spec.maxUnavailable")).to.equal(1);
    expect(at(budget, "spec.selector")).to.deep.equal(selector);
    expect(ofKind(await postgres({ replicaCount: 1 }), "PodDisruptionBudget"), "it would stop every drain").to.be.empty;
    expect(ofKind(await postgres({ podDisruptionBudget: { enabled: false } }), "PodDisruptionBudget")).to.be.empty;
  });

  it("leaves the number of pods to the autoscaler where there is one", async () => {
    const manifests = await render({ files: ["postgres-ha-values.yaml"] });

    expect(at(only(manifests, "Deployment"), "spec")).not.to.have.property("replicas");
    const scaler = only(manifests, "HorizontalPodAutoscaler");
    expect(at(scaler, "spec.scaleTargetRef.name")).to.equal(only(manifests, "Deployment").metadata.name);
    expect([at(scaler, "spec.minReplicas"), at(scaler, "spec.maxReplicas")]).to.deep.equal([3, 6]);
    expect(listAt(scaler, "spec.metrics").map((metric) => at(metric, "resource.name"))).to.deep.equal([
      "cpu",
      "memory",
    ]);
    expect(ofKind(manifests, "PodDisruptionBudget")).to.have.length(1);
  });
});

describe("the chart's pod", () => {
  before(requireHelm);

  it("is probed on a port of its own where one is given", async () => {
    const ports = async (values = {}) => {
      const deployment = only(await render({ files: ["sqlite-values.yaml"], values }), "Deployment");
      const probes = ["startupProbe", "livenessProbe", "readinessProbe"];
      const open = listAt(deployment, `${pod}.containers.0.ports`).map(({ containerPort }) => containerPort);
      return [open, probes.map((probe) => at(deployment, `${pod}.containers.0.${probe}.httpGet.port`))];
    };

    expect(await ports()).to.deep.equal([[8080], ["http", "http", "http"]]);
    expect(await ports({ config: { healthPort: 8081 } })).to.deep.equal([
      [8080, 8081],
      ["health", "health", "health"],
    ]);
  });

  it("is probed without the database for its life, and with it for its readiness", async () => {
    const deployment = only(await render({ files: ["sqlite-values.yaml"] }), "Deployment");

    const path = (probe: string) => at(deployment, `${pod}.containers.0.${probe}.httpGet.path`);
    expect([path("startupProbe"), path("livenessProbe"), path("readinessProbe")]).to.deep.equal([
      "/healthz",
      "/healthz",
      "/readyz",
    ]);
  });

  it("gets at least the time that the program takes to end", async () => {
    const deployment = only(await render({ files: ["sqlite-values.yaml"] }), "Deployment");

    // 5 s in which it stays reachable, 20 s for requests, 9 s for the last of them to be written.
    expect(at(deployment, `${pod}.terminationGracePeriodSeconds`)).to.be.at.least(5 + 20 + 9);
  });

  it("takes over what the user adds", async () => {
    const manifests = await render({ files: ["everything-else-values.yaml"] });

    const deployment = only(manifests, "Deployment");
    const container = listAt(deployment, `${pod}.containers`)[0];
    expect(container).to.deep.include({
      image: `registry.example.com/ci/pipegauge@sha256:${"a".repeat(64)}`,
      imagePullPolicy: "Always",
      args: ["serve", "--log-level", "warn"],
      envFrom: [{ configMapRef: { name: "proxy" } }],
    });
    expect(listAt(container, "env")).to.deep.include({ name: "PGSSLROOTCERT", value: "/certificates/ca.crt" });
    expect(listAt(container, "volumeMounts").map(({ name }) => name)).to.include("certificates");
    expect(getVolume(manifests, "certificates")).to.deep.include({ secret: { secretName: "database-ca" } });
    const spec = at(deployment, pod);
    expect(spec).to.deep.include({
      nodeSelector: { "kubernetes.io/arch": "amd64" },
      imagePullSecrets: [{ name: "registry" }],
      serviceAccountName: "ledger",
      terminationGracePeriodSeconds: 60,
    });
    expect(listAt(spec, "containers").map(({ name }) => name)).to.deep.equal(["pipegauge", "tail"]);
    expect(listAt(spec, "initContainers").map(({ name }) => name)).to.deep.equal(["wait"]);
    expect(listAt(spec, "tolerations")).to.have.length(1);
    expect(at(spec, "affinity")).to.have.property("nodeAffinity");
    expect(at(deployment, "spec.template.metadata.labels")).to.include({
      "example.com/team": "platform",
      "example.com/pod": "yes",
    });
    expect(at(deployment, "spec.template.metadata.annotations")).to.include({
      "example.com/contact": "platform",
      "example.com/log": "json",
    });
    expect(at(deployment, "metadata.annotations")).to.deep.equal({ "example.com/contact": "platform" });
    const ha = only(await render({ files: ["postgres-ha-values.yaml"] }), "Deployment");
    expect(at(ha, `${pod}.priorityClassName`)).to.equal("system-cluster-critical");
    expect(at(ha, `${pod}.containers.0.image`)).to.equal("registry.example.com/pipegauge:0.1.0");
  });
});
