import { expect } from "chai";
import { readRows } from "../support/database/rows.ts";
import { testServers } from "../support/server/server.ts";
import { callGitLab, gitLabs, plain, signing } from "./gitlab-call.ts";
import { changesSeen } from "../support/server/peer.ts";

const hooksPath = "/api/v4/projects/shop%2Fbackend%2Fcheckout/hooks";

describe("pipegauge hooks gitlab", () => {
  const start = testServers();
  const gitlab = gitLabs();
  const server = (secret = plain) => start({ env: { PIPEGAUGE_GITLAB_SECRET: secret } });

  it("creates the webhook, and its test delivery is counted", async () => {
    const [peer, pipegauge] = [await gitlab(), await server()];
    const { url } = pipegauge;

    const { code, lines } = await callGitLab(peer, `${url}/`);

    expect(lines).to.deep.equal([
      `project shop/backend/checkout at ${peer.url}/api/v4`,
      "note: http:// sends deliveries, and a secret token, unencrypted",
      `webhook created: ${url}/webhooks/gitlab, Pipeline, Job, Deployment, Merge request and Push events, the secret token`,
      "  it is webhook 41",
      "test: delivered, and accepted by Pipegauge",
    ]);
    expect(code).to.equal(0);
    expect(peer.seen.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([
      `GET ${hooksPath}?per_page=100&page=1`,
      `POST ${hooksPath}`,
      `POST ${hooksPath}/41/test/pipeline_events`,
    ]);
    expect(peer.seen[1]?.json).to.deep.equal({
      url: `${url}/webhooks/gitlab`,
      name: "pipegauge",
      pipeline_events: true,
      job_events: true,
      deployment_events: true,
      merge_requests_events: true,
      push_events: true,
      enable_ssl_verification: true,
      token: plain,
    });
    const totals = await pipegauge.scrape();
    const labels = { provider: "gitlab", project: "shop/backend/checkout", result: "success" };
    expect(totals.total("cicd_pipeline_runs_total", labels)).to.equal(1);
    const [delivery] = await readRows(pipegauge, "deliveries");
    expect(delivery).to.include({ source: "gitlab", outcome: "accepted" });
  });

  it("can be repeated: the second time nothing changes, and nothing counts twice", async () => {
    const [peer, pipegauge] = [await gitlab(), await server(signing)];
    await callGitLab(peer, pipegauge.url, { secret: signing });

    const { code, lines } = await callGitLab(peer, pipegauge.url, { secret: signing });

    expect(lines.slice(2)).to.deep.equal([
      "webhook 41 exists and is up to date",
      "  the signing token set again: GitLab does not show which one it has",
      "test: delivered, and accepted by Pipegauge",
    ]);
    expect([code, peer.hooks.length]).to.deep.equal([0, 1]);
    expect(peer.hooks[0]).to.include({ signingToken: signing, token: undefined });
    expect((await pipegauge.scrape()).total("cicd_pipeline_runs_total")).to.equal(1);
  });

  it("repairs a webhook that is spelled otherwise, sends the wrong events through a template, and was switched off", async () => {
    const [peer, { url }] = [await gitlab(), await server()];
    for (let other = 0; other < 120; other++) peer.add({ url: `https://elsewhere.example.com/${other}` });
    const address = `${url.replace("http:", "https:")}/webhooks/gitlab/?token=old`;
    const hook = peer.add(
      { url: address, issues_events: true, custom_webhook_template: '{"event":"{{object_kind}}"}' },
      { token: "an older one" },
    );
    hook.recentFailures = 4;

    const { code, lines } = await callGitLab(peer, url);

    expect(lines.slice(2)).to.deep.equal([
      "webhook 161 exists; repaired:",
      `  url: ${address} → ${url}/webhooks/gitlab`,
      "  issues_events: true → false",
      "  pipeline_events: false → true",
      "  job_events: false → true",
      "  deployment_events: false → true",
      "  merge_requests_events: false → true",
      '  custom_webhook_template: {"event":"{{object_kind}}"} → none',
      "  the secret token set again: GitLab does not show which one it has",
      "test: delivered, and accepted by Pipegauge",
      "GitLab had switched the webhook off until 2026-11-22T09:00:00.000Z; it is on again",
    ]);
    expect(code).to.equal(0);
    expect(changesSeen(peer)).to.deep.equal([`PUT ${hooksPath}/161`, `POST ${hooksPath}/161/test/pipeline_events`]);
    expect(peer.seen.filter(({ path }) => path.startsWith(`${hooksPath}?`))).to.have.length(2);
    expect(hook).to.deep.include({ token: plain, recentFailures: 0 });
  });

  it("moves the webhook of an address that the server had before, and reports a second one", async () => {
    const [peer, { url }] = [await gitlab(), await server()];
    const moved = peer.add({ url: "https://old.example.com/ci/webhooks/gitlab", pipeline_events: true });
    peer.add({ url: `${url}/webhooks/gitlab?x` });

    const { code, lines } = await callGitLab(peer, url, { args: ["--old-url", "https://old.example.com/ci/"] });

    expect([code, lines[2]]).to.deep.equal([
      0,
      `webhook 42 also sends to this server (${url}/webhooks/gitlab?x): delete it, it sends everything twice`,
    ]);
    expect(moved.fields).to.include({ url: `${url}/webhooks/gitlab`, pipeline_events: true, job_events: true });
  });

  it("--dry-run looks and changes nothing", async () => {
    const peer = await gitlab();
    const created = await callGitLab(peer, "https://ci.example.com", {
      args: ["--dry-run", "--without-jobs", "--without-code"],
    });
    peer.add({ url: "https://ci.example.com/webhooks/gitlab", job_events: true });
    const repaired = await callGitLab(peer, "https://ci.example.com", {
      args: ["--dry-run", "--without-jobs", "--without-code"],
    });

    expect(created.lines.slice(1)).to.deep.equal([
      "webhook would be created: https://ci.example.com/webhooks/gitlab, Pipeline events, the secret token",
    ]);
    expect(repaired.lines.slice(1)).to.deep.equal([
      "webhook 41 exists; would be repaired:",
      "  pipeline_events: false → true",
      "  job_events: true → false",
      "  push_events: true → false",
      "  the secret token would be set again: GitLab does not show which one it has",
    ]);
    expect(changesSeen(peer)).to.deep.equal([]);
  });

  it("does the same for a group", async () => {
    const [peer, { url }] = [await gitlab(), await server()];

    expect((await callGitLab(peer, url, { target: ["--group", "shop"] })).code).to.equal(0);
    expect(changesSeen(peer)).to.deep.equal([
      "POST /api/v4/groups/shop/hooks",
      "POST /api/v4/groups/shop/hooks/41/test/pipeline_events",
    ]);
  });

  it("sends a push event where there is no pipeline yet, and nothing where there is no commit", async () => {
    const { url } = await server();

    const young = await callGitLab(await gitlab({ hasPipelines: false }), url);
    const empty = await callGitLab(await gitlab({ hasPipelines: false, hasCommits: false }), url);

    expect([young.code, ...young.lines.slice(-2)]).to.deep.equal([
      0,
      "test: there is no pipeline to send yet, so a push event is sent",
      "test: delivered, and accepted by Pipegauge",
    ]);
    expect([empty.code, empty.lines.at(-1)]).to.deep.equal([
      0,
      "test: there is no commit either; the first pipeline will show whether it works",
    ]);
  });
});
