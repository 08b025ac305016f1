import { expect } from "chai";
import { join } from "node:path";
import { startGitHub, token, type GitHubPeer } from "../hooks/github-peer.ts";
import { freshFolder } from "../support/folder.ts";
import { reachable } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";
import { installProgram, startWalk, type Step, type Walk } from "./walk.ts";
import { freePort } from "../support/port.ts";
import { processEnvironment } from "../support/environment.ts";

const serves: Step = { when: /^openssl rand -hex 32 > \w+\.secret\nPIPEGAUGE_/, serves: true };
const cluster = "needs a cluster";

describe("a newcomer's walk through the pages of the other providers", function () {
  this.timeout(180_000);
  const folder = freshFolder();
  let walk: Walk | undefined;
  let github: GitHubPeer | undefined;

  before(function () {
    for (const tool of ["curl", "openssl"]) requireTool.call(this, tool);
  });

  afterEach(async () => {
    await walk?.stop();
    await github?.close();
  });

  async function begin(provider: string, instead: Readonly<Record<string, string>> = {}) {
    const port = await freePort();
    installProgram(folder());
    const env = processEnvironment({
      PATH: `${folder()}:${process.env["PATH"] ?? ""}`,
      HOME: folder(),
      PIPEGAUGE_HOST: "127.0.0.1",
      PIPEGAUGE_PORT: String(port),
    });
    const server = reachable(port);
    const all = { "https://pipegauge.example.com": server.url, ...instead };
    walk = startWalk(`docs/providers/${provider}.md`, { folder: folder(), env, instead: all });
    return { server, walk };
  }

  it("Jenkins: a build that is posted by hand counts", async () => {
    const { server, walk: jenkins } = await begin("jenkins");

    const skipped = await jenkins.run([
      serves,
      {
        when: /^curl --fail-with-body .*\/webhooks\/jenkins/,
        check: (output) => expect(output).to.include('{"status":"accepted"}'),
      },
    ]);

    expect(skipped).to.deep.equal([]);
    const totals = await server.scrape();
    expect(
      totals.total("cicd_pipeline_runs_total", { provider: "jenkins", pipeline: "shop", result: "success" }),
    ).to.equal(1);
  });

  it("Tekton: the sink's secret fits", async () => {
    // The address is the one that the cluster would get; the cluster is missing.
    const { walk: tekton } = await begin("tekton", {
      "kubectl patch configmap config-events": ": configmap config-events",
    });

    const skipped = await tekton.run([
      serves,
      { when: /^sink=/ },
      {
        when: /^curl -i "\$sink"/,
        check: (output) =>
          expect(output)
            .to.match(/^HTTP\/1\.1 200 /m)
            .and.to.include('"status":"ignored"'),
      },
      { when: /^kubectl (patch|rollout) /, skip: cluster },
    ]);

    expect(skipped).to.have.length(3);
  });

  it("GitHub: pipegauge hooks makes the organisation's webhook", async () => {
    const peer = await startGitHub();
    github = peer;
    const { walk: pages } = await begin("github", {
      "PIPEGAUGE_GITHUB_TOKEN=github_pat_…": `PIPEGAUGE_GITHUB_TOKEN=${token} PIPEGAUGE_GITHUB_SECRET_FILE=${join(folder(), "github.secret")}`,
      "--org northwind": `--org northwind --api ${peer.url}`,
    });

    const skipped = await pages.run([
      serves,
      {
        when: /^export PIPEGAUGE_GITHUB_TOKEN=/,
        check: (output) => expect(output).to.include("test: ping delivered, and accepted by Pipegauge"),
      },
      { when: /^gh auth refresh/, skip: "needs an account at GitHub" },
      { when: /^hook=orgs\//, skip: "needs an account at GitHub" },
    ]);

    expect(skipped).to.have.length(2);
    expect(peer.hooks.map(({ active, events }) => [active, ...events])).to.deep.equal([
      [true, "workflow_run", "workflow_job", "deployment_status", "pull_request", "push"],
    ]);
  });
});
