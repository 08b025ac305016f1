import { expect } from "chai";
import { closeAfterEach } from "../support/close-after-each.ts";
import { readRows } from "../support/database/rows.ts";
import { testServers } from "../support/server/server.ts";
import { callHooks, readRefusal, type Called } from "./call.ts";
import { startGitHub, token, type GitHubPeer } from "./github-peer.ts";
import { changesSeen } from "../support/server/peer.ts";

const secret = "lantern";
const hooksPath = "/api/v3/repos/northwind/storefront/hooks";

describe("pipegauge hooks github", () => {
  const start = testServers();
  const github = closeAfterEach(startGitHub);
  const server = () => start({ env: { PIPEGAUGE_GITHUB_SECRET: secret } });

  interface CallOptions {
    readonly own?: string;
    readonly apiToken?: string;
    readonly args?: readonly string[];
    readonly target?: readonly string[];
  }

  function call(peer: GitHubPeer, url: string, options: CallOptions = {}): Promise<Called> {
    const { own = secret, apiToken = token, args = [], target = ["--project", "northwind/storefront"] } = options;
    const env = { PIPEGAUGE_GITHUB_SECRET: own, PIPEGAUGE_GITHUB_TOKEN: apiToken };
    return callHooks("github", ["--url", url, "--api", peer.url, ...target, ...args], env);
  }

  it("creates the webhook, and its ping reaches the server", async () => {
    const [peer, pipegauge] = [await github(), await server()];

    const { code, lines } = await call(peer, pipegauge.url);

    expect(lines.slice(2)).to.deep.equal([
      `webhook created: ${pipegauge.url}/webhooks/github, deployment_status, pull_request, push, workflow_job, workflow_run, the secret`,
      "  it is webhook 480112233",
      "test: ping delivered, and accepted by Pipegauge",
    ]);
    expect(code).to.equal(0);
    expect(changesSeen(peer)).to.deep.equal([`POST ${hooksPath}`, `POST ${hooksPath}/480112233/pings`]);
    expect(peer.seen.find(({ method }) => method === "POST")?.json).to.deep.equal({
      name: "web",
      active: true,
      events: ["workflow_run", "workflow_job", "deployment_status", "pull_request", "push"],
      config: { url: `${pipegauge.url}/webhooks/github`, content_type: "json", insecure_ssl: "0", secret },
    });
    const deliveries = await readRows(pipegauge, "deliveries");
    expect(deliveries.map(({ source, outcome }) => [source, outcome])).to.deep.equal([["github", "ignored"]]);
  });

  it("can be repeated, and never drops the secret", async () => {
    const [peer, { url }] = [await github(), await server()];
    await call(peer, url);

    const { code, lines } = await call(peer, url);

    expect(lines.slice(2)).to.deep.equal([
      "webhook 480112233 exists and is up to date",
      "  the secret set again: GitHub does not show which one it has",
      "test: ping delivered, and accepted by Pipegauge",
    ]);
    expect([code, peer.hooks.length, peer.hooks[0]?.config["secret"]]).to.deep.equal([0, 1, secret]);
  });

  it("repairs a webhook on a later page that was switched off, sends forms and other events", async () => {
    const [peer, { url }] = [await github(), await server()];
    for (let other = 0; other < 130; other++) peer.add({ config: { url: `https://elsewhere.example.com/${other}` } });
    peer.add({
      active: false,
      events: ["fork", "workflow_run"],
      config: { url: `${url}/webhooks/github/`, content_type: "form", insecure_ssl: "1", secret: "older" },
    });

    const { code, lines } = await call(peer, url);

    expect(lines.slice(2)).to.deep.equal([
      "webhook 480112363 exists; repaired:",
      `  url: ${url}/webhooks/github/ → ${url}/webhooks/github`,
      "  content_type: form → json",
      "  insecure_ssl: 1 → 0",
      "  active: false → true",
      "  events: fork, workflow_run → deployment_status, pull_request, push, workflow_job, workflow_run",
      "  the secret set again: GitHub does not show which one it has",
      "test: ping delivered, and accepted by Pipegauge",
    ]);
    expect(code).to.equal(0);
    expect(changesSeen(peer)).to.deep.equal([`PATCH ${hooksPath}/480112363`, `POST ${hooksPath}/480112363/pings`]);
  });

  it("does the same for an organization; --dry-run changes nothing", async () => {
    const [peer, { url }] = [await github(), await server()];
    const target = ["--org", "northwind"];

    const { lines } = await call(peer, url, { target, args: ["--dry-run", "--without-jobs", "--without-code"] });
    expect(lines[2]).to.equal(`webhook would be created: ${url}/webhooks/github, workflow_run, the secret`);
    expect(changesSeen(peer)).to.deep.equal([]);

    expect((await call(peer, url, { target })).code).to.equal(0);
    expect(changesSeen(peer)).to.deep.equal([
      "POST /api/v3/orgs/northwind/hooks",
      "POST /api/v3/orgs/northwind/hooks/480112233/pings",
    ]);
  });

  it("says why a ping was not taken, and exits with 1", async () => {
    const [peer, { url }] = [await github(), await server()];

    const wrong = await call(peer, url, { own: "another" });
    const unreachable = await call(peer, "http://127.0.0.1:9");
    const silent = await call(await github({ silent: true }), url);

    expect([wrong.code, wrong.lines.at(-1)]).to.deep.equal([
      1,
      "test: failed: the server that was reached has another secret: run this command with the settings of the server",
    ]);
    expect([unreachable.code, unreachable.lines.at(-1)]).to.deep.equal([
      1,
      "test: failed: no answer (failed to connect to host); is the address reachable from GitHub?",
    ]);
    expect([silent.code, silent.lines.at(-1)]).to.deep.equal([
      1,
      "test: GitHub has accepted the ping, but does not show a delivery yet: look at the webhook's Recent Deliveries",
    ]);
  });

  const refusals: readonly (readonly [string, CallOptions, RegExp])[] = [
    [
      "a wrong token",
      { apiToken: "ghp_old" },
      /^GitHub answered 401 to GET .*hooks \(Bad credentials\): the token is not valid/,
    ],
    [
      "an unknown repository",
      { target: ["--project", "no/such"] },
      /404 .*repository no\/such not found, or .*admin:repo_hook/,
    ],
    [
      "an unknown organization",
      { target: ["--org", "such"] },
      /404 .*organization such not found, or .*admin:org_hook/,
    ],
  ];
  for (const [name, options, words] of refusals) {
    it(`says what to do about ${name}`, async () => {
      expect(await readRefusal(call(await github(), "https://ci.example.com", options))).to.match(words);
    });
  }

  it("says until when GitHub's limit lasts", async () => {
    expect(await readRefusal(call(await github({ limited: true }), "https://ci.example.com"))).to.equal(
      `GitHub answered 403 to GET /repos/northwind/storefront/hooks (API rate limit exceeded): try again after 2026-11-21T10:00:00.000Z`,
    );
  });

  it("passes on GitHub's error about a webhook of another user that the token cannot see", async () => {
    const peer = await github();
    peer.add({ config: { url: "https://ci.example.com/webhooks/github" }, hidden: true });

    expect(await readRefusal(call(peer, "https://ci.example.com"))).to.match(
      /422 to POST .*Hook already exists on this repository.*does not see$/,
    );
  });
});
