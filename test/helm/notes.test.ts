import { expect } from "chai";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshFolder } from "../support/folder.ts";
import { at, chartFolder, ofKind, render, requireHelm, toText, type Tree } from "../support/helm/chart.ts";

describe("the chart's notes", () => {
  const folder = freshFolder();
  before(requireHelm);

  /** What `helm install` would print. Only an installation prints it, so a ConfigMap carries it here. */
  async function notes(file: string, values: Tree = {}): Promise<string> {
    const chart = join(folder(), "pipegauge");
    cpSync(chartFolder, chart, { recursive: true });
    const carrier = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: notes }\ndata:\n  text: {{ include "pipegauge.notes" . | quote }}\n`;
    writeFileSync(join(chart, "templates", "carrier.yaml"), carrier);
    const carried = ofKind(await render({ files: [file], values, chart }), "ConfigMap").find(
      ({ metadata }) => metadata.name === "notes",
    );
    return toText(at(carried, "data.text"));
  }

  it("tell the URL and the header of each source, and where its secret is", async () => {
    const text = await notes("existing-secrets-values.yaml", { ingress: { enabled: true, hosts: ["ci.example.com"] } });

    for (const part of [
      "http://ci.example.com/webhooks/gitlab\n",
      "http://ci.example.com/webhooks/gitlab-lab\n",
      "http://ci.example.com/webhooks/tekton?token=THE-SECRET",
      "http://pipegauge:THE-SECRET@ci.example.com/webhooks/jenkins",
      "http://ci.example.com/webhooks/github\n",
      "X-Gitlab-Token",
      "webhook-signature",
      "X-Hub-Signature-256",
      "Authorization: Bearer",
      `kubectl get secret pipegauge-senders -n ci -o go-template='{{index .data "lab" | base64decode}}'`,
      `kubectl get secret tekton-sink -n ci -o go-template='{{index .data "token" | base64decode}}'`,
      "helm test pipegauge -n ci --logs",
      "kubectl port-forward service/pipegauge 8080:8080 -n ci",
      'Authorization: Bearer $TOKEN"',
      `kubectl get secret pipegauge-tokens-of-ours -n ci -o go-template='{{index .data "api-token" | base64decode}}'`,
    ]) {
      expect(text).to.include(part);
    }
    expect(text).not.to.include("good inside the cluster");
    expect(text).not.to.include("WARNING");
  });

  it("use https where there is a certificate or a gateway", async () => {
    expect(await notes("ingress-values.yaml")).to.include("https://pipegauge.example.com/webhooks/github\n");
    expect(await notes("gateway-values.yaml")).to.include("https://pipegauge.example.com/webhooks/tekton?token=");
  });

  it("say that it is not reachable from outside yet, and how to scrape it", async () => {
    const text = await notes("sqlite-values.yaml");

    expect(text).to.include("http://pipegauge.ci.svc:8080/webhooks/gitlab\n");
    expect(text).to.include("set ingress.enabled or httpRoute.enabled");
    expect(text).to.include("refuse all requests: set apiToken.existingSecret.name, or apiToken.value");
    expect(text).to.include("serviceMonitor.enabled=true and podMonitor.enabled=true");
    expect(text).to.include("kubectl get secret pipegauge-sources -n ci");
    expect(text).not.to.include("a-secret-of-gitlab");
  });

  it("warn where data would be lost and where deliveries from anyone are accepted", async () => {
    const text = await notes("unauthenticated-values.yaml");

    expect(text).to.include("WARNING: persistence.enabled is false");
    expect(text).to.include("WARNING: config.allowUnauthenticated is true");
  });
});
