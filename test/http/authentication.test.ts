import { expect } from "chai";
import { createHmac } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshFolder } from "../support/folder.ts";
import { readRows } from "../support/database/rows.ts";
import { testServers, type Headers, type TestServer } from "../support/server/server.ts";
import { rawAnswer, requestText } from "../support/server/socket.ts";
import { until } from "../support/wait.ts";

const body = JSON.stringify({ object_kind: "push" });
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const basic = (secret: string) => ({ authorization: `Basic ${Buffer.from(`ci:${secret}`).toString("base64")}` });
const signed = (secret: string, algorithm = "sha256") =>
  `${algorithm}=${createHmac(algorithm, secret).update(body).digest("hex")}`;
const github = (signature: string) => ({ "x-hub-signature-256": signature, "x-github-event": "ping" });

/** Headers, or what makes them when they are sent: a signature is good for five minutes, and a suite may take longer. */
type Given = Headers | (() => Headers);

function createHeaders(given: Given): Headers {
  return typeof given === "function" ? given() : given;
}

function standardWebhook(key: string, later = 0): Headers {
  const at = Date.now() + later;
  const timestamp = String(Math.floor(at / 1000));
  const digest = createHmac("sha256", Buffer.from(key, "base64")).update(`id-1.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": "id-1", "webhook-timestamp": timestamp, "webhook-signature": `v1,${digest}` };
}

const signingKey = Buffer.from("a key of thirty-two bytes, at least").toString("base64");

describe("secrets of senders", () => {
  const start = testServers("shared");
  let server: TestServer;

  before(async () => {
    server = await start({
      env: {
        PIPEGAUGE_GITLAB_SECRET: `current-gitlab,previous-gitlab,whsec_${signingKey}`,
        PIPEGAUGE_TEKTON_SECRET: "current-tekton",
        PIPEGAUGE_JENKINS_SECRET: "current-jenkins",
        PIPEGAUGE_GITHUB_SECRET: "current-github,previous-github",
      },
    });
  });

  const refused: readonly (readonly [string, string, Given])[] = [
    ["no token", "gitlab", {}],
    ["a wrong token", "gitlab", { "x-gitlab-token": "guessed" }],
    ["an empty token", "gitlab", { "x-gitlab-token": "" }],
    ["the beginning of the token", "gitlab", { "x-gitlab-token": "current-gitla" }],
    ["more than the token", "gitlab", { "x-gitlab-token": "current-gitlab0" }],
    ["all tokens at once", "gitlab", { "x-gitlab-token": "current-gitlab,previous-gitlab" }],
    ["a token in Latin-1", "gitlab", { "x-gitlab-token": "current-gitl\u00e4b" }],
    ["another source's token", "gitlab", { "x-gitlab-token": "current-tekton" }],
    ["a token where GitLab has none", "gitlab", bearer("current-gitlab")],
    [
      "a wrong signature beside the right token",
      "gitlab",
      () => ({ "x-gitlab-token": "current-gitlab", ...standardWebhook("AAAA") }),
    ],
    ["a signature of an hour ago", "gitlab", () => standardWebhook(signingKey, -3_600_000)],
    ["a signature of the next hour", "gitlab", () => standardWebhook(signingKey, 3_600_000)],
    ["no authorization", "tekton", {}],
    ["a wrong bearer", "tekton", bearer("guessed")],
    ["a bearer without a token", "tekton", { authorization: "Bearer" }],
    ["a scheme that is not known", "tekton", { authorization: "Digest current-tekton" }],
    ["a wrong password", "jenkins", basic("guessed")],
    ["a password that is no base64", "jenkins", { authorization: "Basic \u00ff\u00fe!" }],
    ["no signature", "github", { "x-github-event": "ping" }],
    ["an empty signature", "github", github("")],
    ["a signature without its algorithm", "github", github(signed("current-github").slice(7))],
    ["a signature cut short", "github", github(signed("current-github").slice(0, -2))],
    ["a signature of another algorithm", "github", github(signed("current-github", "sha1"))],
    ["a SHA-1 signature alone", "github", { "x-hub-signature": signed("current-github", "sha1") }],
    ["a signature by another secret", "github", github(signed("current-gitlab"))],
    ["a signature in Latin-1", "github", github("sha256=\u00e4\u00f6\u00fc")],
    ["the secret itself", "github", github("current-github")],
  ];
  for (const [what, source, headers] of refused) {
    it(`answers 401 to ${what} for ${source}`, async () => {
      const count = async () =>
        (await server.scrape()).total("pipegauge_deliveries_total", { source, outcome: "unauthorized" });
      const before = await count();

      const answer = await server.deliver(source, body, createHeaders(headers));

      expect(answer.status).to.equal(401);
      expect(answer.headers.get("www-authenticate")).to.equal("Bearer");
      expect(answer.json["detail"]).to.equal("the secret is missing or wrong");
      expect(await count()).to.equal(before + 1);
      expect(await readRows(server, "deliveries", { source })).to.deep.equal([]);
    });
  }

  it("answers 401 to a token that is sent twice", async () => {
    const twice = ["X-Gitlab-Token: current-gitlab", "X-Gitlab-Token: current-gitlab"];

    expect(await rawAnswer(server.port, requestText("POST", "/webhooks/gitlab", twice, body))).to.have.property(
      "status",
      401,
    );
  });

  it("answers 401 to a wrong ?token=, and does not log it", async () => {
    const answer = await server.request("/webhooks/jenkins?token=guessed-token", { method: "POST", body });

    expect(answer.status).to.equal(401);
    expect(server.output()).to.not.include("guessed-token");
  });

  const accepted: readonly (readonly [string, string, Given, string?])[] = [
    ["the current token", "gitlab", { "x-gitlab-token": "current-gitlab" }],
    ["the previous token", "gitlab", { "x-gitlab-token": "previous-gitlab" }],
    ["a signature", "gitlab", () => standardWebhook(signingKey)],
    ["a bearer", "tekton", bearer("current-tekton")],
    ["a password", "tekton", basic("current-tekton")],
    ["?token=", "tekton", {}, "?token=current-tekton"],
    ["a password", "jenkins", basic("current-jenkins")],
    ["?token=", "jenkins", {}, "?token=current-jenkins"],
    ["a signature by the current secret", "github", github(signed("current-github"))],
    ["a signature by the previous secret", "github", github(signed("previous-github"))],
  ];
  for (const [what, source, headers, query = ""] of accepted) {
    it(`accepts ${what} for ${source}`, async () => {
      const { status } = await server.deliver(source + query, body, createHeaders(headers));

      expect(status).to.be.oneOf([200, 202]);
    });
  }
});

describe("which secret of a source proved a delivery", () => {
  const start = testServers();

  it("is counted, so that one sees when the old one is no longer used", async () => {
    const server = await start({
      env: {
        PIPEGAUGE_GITLAB_SECRET: "new,middle,old",
        PIPEGAUGE_GITHUB_SECRET: "new,old",
        PIPEGAUGE_TEKTON_SECRET: "s",
      },
    });
    const sent: readonly (readonly [string, Headers])[] = [
      ["gitlab", { "x-gitlab-token": "old" }],
      ["gitlab", { "x-gitlab-token": "new" }],
      ["gitlab", { "x-gitlab-token": "old" }],
      ["gitlab", { "x-gitlab-token": "wrong" }],
      ["github", github(signed("old"))],
      ["tekton", bearer("s")],
    ];
    for (const [source, headers] of sent) await server.deliver(source, body, headers);

    const totals = await server.scrape();
    const uses = (source: string, index: number) =>
      totals.total("pipegauge_secret_uses_total", { source, secret_index: String(index) });
    expect([1, 2, 3].map((index) => uses("gitlab", index))).to.deep.equal([1, 0, 2]);
    expect([uses("github", 1), uses("github", 2), uses("tekton", 1)]).to.deep.equal([0, 1, 1]);
  });
});

describe("a secret in a file", () => {
  const start = testServers();
  const folder = freshFolder();

  it("is exchanged without a restart, with both in force in between", async () => {
    const file = join(folder(), "secret");
    writeFileSync(file, "old-secret\n");
    const server = await start({ env: { PIPEGAUGE_JENKINS_SECRET_FILE: file } });
    // Asking again and again with a wrong one is answered 429 after a while.
    const isTaken = async (secret: string) =>
      ![401, 429].includes((await server.deliver("jenkins", body, basic(secret))).status);
    expect([await isTaken("old-secret"), await isTaken("new-secret")]).to.deep.equal([true, false]);

    writeFileSync(file, "new-secret\nold-secret\n");
    await until(() => isTaken("new-secret"), "the new secret");
    expect(await isTaken("old-secret")).to.equal(true);

    writeFileSync(file, "new-secret\n");
    await until(async () => !(await isTaken("old-secret")), "the end of the old secret");
    expect(await isTaken("new-secret")).to.equal(true);
    expect(server.output()).to.not.match(/old-secret|new-secret/);
  });
});
