import { expect } from "chai";
import { testServers } from "../support/server/server.ts";
import { readRefusal } from "./call.ts";
import { callGitLab, gitLabs, plain, signing, type CallOptions } from "./gitlab-call.ts";
import { changesSeen } from "../support/server/peer.ts";

describe("pipegauge hooks gitlab: what does not work", () => {
  const start = testServers();
  const gitlab = gitLabs();
  const server = (secret = plain) => start({ env: { PIPEGAUGE_GITLAB_SECRET: secret } });

  describe("on a GitLab without signing tokens", () => {
    it("sets the secret token that the source has besides", async () => {
      const [peer, { url }] = [await gitlab({ version: 18 }), await server(`${signing},${plain}`)];

      const { code, lines } = await callGitLab(peer, url, { secret: `${signing},${plain}` });

      expect(code).to.equal(0);
      expect(lines).to.include(
        "  this GitLab has no signing tokens (19.0 brought them): the source's secret token is set instead",
      );
      expect(peer.hooks[0]).to.include({ token: plain });
    });

    it("leaves no webhook behind that proves nothing", async () => {
      const peer = await gitlab({ version: 18 });

      expect(await readRefusal(callGitLab(peer, "https://ci.example.com", { secret: signing }))).to.equal(
        "this GitLab has no signing tokens (19.0 brought them): give the source a secret that does not begin with" +
          " whsec_, beside or instead of the other; the new webhook was removed again",
      );
      expect(peer.hooks).to.deep.equal([]);
    });

    it("prints it when the test delivery cannot be requested", async () => {
      const [peer, { url }] = [await gitlab({ version: 16 }), await server()];

      const { code, lines } = await callGitLab(peer, url);

      expect([code, lines.at(-1)]).to.deep.equal([
        0,
        "test: this GitLab cannot send one over its API (16.11 and later can): press Test → Pipeline events",
      ]);
    });
  });

  describe("a test that fails", () => {
    it("because the server has another secret", async () => {
      const [peer, { url }] = [await gitlab(), await server("another")];
      const hook = peer.add({ url: `${url}/webhooks/gitlab` });
      hook.recentFailures = 4;

      const { code, lines } = await callGitLab(peer, url);

      expect([code, lines.at(-1)]).to.deep.equal([
        1,
        "test: failed: the server that was reached has another secret: run this command with the settings of the server",
      ]);
    });

    it("because no server listens there", async () => {
      const { code, lines } = await callGitLab(await gitlab(), "http://127.0.0.1:9");

      expect(code).to.equal(1);
      expect(lines.at(-1)).to.match(/^test: failed: GitLab could not deliver: Failed to open TCP connection .*\?$/);
    });

    it("because too many were asked for", async () => {
      const [peer, { url }] = [await gitlab(), await server()];
      for (let times = 0; times < 5; times++) await callGitLab(peer, url);

      const { code, lines } = await callGitLab(peer, url);

      expect([code, lines.at(-1)]).to.deep.equal([
        1,
        "test: failed: GitLab allows five tests a minute: wait 60 s, then try again",
      ]);
    });
  });

  it("does not touch a webhook with a signing token that the source was not given", async () => {
    const peer = await gitlab();
    peer.add({ url: "https://ci.example.com/webhooks/gitlab" }, { signingToken: signing });

    expect(await readRefusal(callGitLab(peer, "https://ci.example.com"))).to.match(
      /^webhook 41 has a signing token that the source was not given: add it/,
    );
    expect(changesSeen(peer)).to.deep.equal([]);
  });

  const refusals: readonly (readonly [string, CallOptions, RegExp])[] = [
    [
      "a wrong token",
      { apiToken: "glpat-old" },
      /^GitLab answered 401 to GET .*hooks \(401 Unauthorized\): the token is not valid/,
    ],
    [
      "a token that may not",
      { apiToken: "glpat-guest" },
      /403 .*: the token may not do that: it needs the scope api, and its owner the Maintainer role/,
    ],
    [
      "an unknown project",
      { target: ["--project", "no/such"] },
      /404 .*\(404 Project Not Found\): project no\/such not found, or/,
    ],
    ["a malformed signing token", { secret: "whsec_c2hvcnQ=" }, /422 to POST .*32 bytes in Base64/],
  ];
  for (const [name, options, words] of refusals) {
    it(`says what to do about ${name}, and tells no secret`, async () => {
      const message = await readRefusal(callGitLab(await gitlab(), "https://ci.example.com", options));

      expect(message)
        .to.match(words)
        .and.not.match(/glpat|whsec_c2|a-secret-token|\n/);
    });
  }

  it("prints it when there is no GitLab", async () => {
    const peer = await gitlab();
    await peer.close();

    expect(await readRefusal(callGitLab(peer, "https://ci.example.com"))).to.match(
      /^GitLab at http:.*\/api\/v4 does not answer: .*ECONNREFUSED.*--api names another/,
    );
  });
});
