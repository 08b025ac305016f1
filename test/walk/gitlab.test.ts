import { expect } from "chai";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startGitLab, token, type GitLabPeer } from "../hooks/gitlab-peer.ts";
import { freshFolder } from "../support/folder.ts";
import { testServers } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";
import { until } from "../support/wait.ts";
import { installProgram, startWalk, type Step } from "./walk.ts";
import { processEnvironment } from "../support/environment.ts";

describe("a newcomer's walk through docs/providers/gitlab.md", function () {
  this.timeout(120_000);
  const start = testServers();
  const folder = freshFolder();
  let gitlab: GitLabPeer | undefined;

  afterEach(async () => {
    await gitlab?.close();
  });

  it("chooses a secret, adds the webhook in each way, and finds one that was switched off", async function () {
    for (const tool of ["curl", "jq", "openssl"]) requireTool.call(this, tool);
    const peer = await startGitLab();
    gitlab = peer;
    // The server that a newcomer starts with the secret that was chosen reads it from this file.
    const secretFile = join(folder(), "secret");
    writeFileSync(secretFile, "nothing yet");
    const server = await start({ env: { PIPEGAUGE_GITLAB_SECRET_FILE: secretFile } });
    installProgram(folder());
    writeFileSync(join(folder(), "projects.txt"), "shop/checkout\nshop/backend/checkout\n");
    const walk = startWalk("docs/providers/gitlab.md", {
      folder: folder(),
      env: processEnvironment({
        PATH: `${folder()}:${process.env["PATH"] ?? ""}`,
        HOME: folder(),
        GITLAB_API_TOKEN: token,
      }),
      instead: {
        "https://gitlab.example.com": peer.url,
        "https://pipegauge.example.com": server.url,
        "PIPEGAUGE_GITLAB_TOKEN=glpat-…": `PIPEGAUGE_GITLAB_TOKEN=${token}`,
        // The shell's secret becomes the running server's, without a restart.
        'whsec_$(openssl rand -base64 32)"': `whsec_$(openssl rand -base64 32 | tee ${secretFile}.key)"`,
      },
    });
    const address = `${server.url}/webhooks/gitlab`;
    const steps: readonly Step[] = [
      {
        when: /^export PIPEGAUGE_GITLAB_SECRET="whsec_/,
        async check() {
          writeFileSync(secretFile, `whsec_${readFileSync(`${secretFile}.key`, "utf8").trim()}`);
          await until(() => server.output().includes("was read again"), "the new secret in force");
        },
      },
      { when: /^export PIPEGAUGE_GITLAB_SECRET="\$\(openssl rand -hex/, aside: true },
      {
        when: /^export PIPEGAUGE_GITLAB_TOKEN=/,
        async check(output) {
          expect(output).to.include(
            `webhook created: ${address}, Pipeline, Job, Deployment, Merge request and Push events, the signing token`,
          );
          expect(output).to.include("test: delivered, and accepted by Pipegauge");
          expect((await server.scrape()).total("cicd_pipeline_runs_total")).to.equal(1);
        },
      },
      {
        when: /^while read -r project/,
        check: (output) => expect(output.match(/^webhook 41 exists and is up to date$/gm)).to.have.length(2),
      },
      { when: /^PIPEGAUGE_GITLAB_SECRET="\$\(kubectl get secret/, skip: "needs a cluster" },
      {
        when: /^curl --fail --request POST .*\/hooks"/,
        check(output) {
          expect(output).to.include('"signing_token_present":true');
          expect(peer.hooks.at(-1)?.fields).to.include({
            url: address,
            push_events: true,
            deployment_events: true,
            merge_requests_events: true,
            pipeline_events: true,
            job_events: true,
          });
          // What the next block looks for.
          for (const hook of peer.hooks.slice(0, 1)) hook.recentFailures = 4;
        },
      },
      {
        when: /^# hooks that GitLab has switched off\n/,
        check: (output) =>
          expect(JSON.parse(output)).to.deep.equal({
            id: 41,
            url: address,
            alert_status: "temporarily_disabled",
            disabled_until: "2026-11-22T09:00:00.000Z",
          }),
      },
    ];

    expect(await walk.run(steps)).to.have.length(1);
  });
});
