import { expect } from "chai";
import { createHmac } from "node:crypto";
import { createRefusedRegister } from "../../src/http/refused-deliveries.ts";
import { testServers, type Headers } from "../support/server/server.ts";

const body = "{}";
const signingToken = `whsec_${Buffer.from("a-key-of-the-webhook").toString("base64")}`;
const env = {
  PIPEGAUGE_GITLAB_SECRET: "the-secret-of-gitlab",
  PIPEGAUGE_GITHUB_SECRET: "the-secret-of-github",
  PIPEGAUGE_JENKINS_SECRET: "the-secret-of-jenkins",
  PIPEGAUGE_TEKTON_SECRET: "the-secret-of-tekton",
  PIPEGAUGE_API_TOKEN: "the-token-of-the-page",
};
const reader = { headers: { authorization: "Bearer the-token-of-the-page" } };

/** As GitLab signs, at `seconds` after 1970. */
function sign(key: string, seconds: number): Headers {
  const digest = createHmac("sha256", key).update(`id-1.${seconds}.${body}`).digest("base64");
  return { "webhook-id": "id-1", "webhook-timestamp": String(seconds), "webhook-signature": `v1,${digest}` };
}

interface Refused {
  readonly reason: string;
  readonly count: number;
  readonly last_at: string;
  readonly last_address: string;
}

describe("refused deliveries", () => {
  const start = testServers();
  const sha256 = `sha256=${"0".repeat(64)}`;
  const cases: readonly (readonly [source: string, headers: Headers, reason: RegExp])[] = [
    ["gitlab", {}, /^no X-Gitlab-Token and no webhook-signature header/],
    ["gitlab", { "x-gitlab-token": "wrong" }, /^X-Gitlab-Token is not the secret of this source/],
    ["gitlab", sign("another", Date.now() / 1000), /^it is signed, but the source has no signing token/],
    ["github", {}, /^no X-Hub-Signature-256 header/],
    ["github", { "x-hub-signature": "sha1=00" }, /^X-Hub-Signature \(SHA-1\) alone proves nothing/],
    ["github", { "x-hub-signature-256": "sha256=0" }, /^X-Hub-Signature-256 is not sha256= with 64/],
    ["github", { "x-hub-signature-256": sha256 }, /^X-Hub-Signature-256 is not made with the secret/],
    ["jenkins", {}, /^no secret was sent/],
    ["tekton", { authorization: "Bearer wrong" }, /^the secret in the URL or in the Authorization header is not/],
  ];

  for (const [source, headers, reason] of cases)
    it(`of ${source}: ${reason.source.replaceAll(/[\\^]/g, "")}`, async () => {
      const server = await start({ env });

      const answer = await server.deliver(source, body, headers);
      await server.deliver(source, body, headers);

      expect([answer.status, answer.json["detail"]]).to.deep.equal([401, "the secret is missing or wrong"]);
      const { json } = await server.request("/api/v1/status", reader);
      const sources = json["sources"] as readonly { name: string; refused: readonly Refused[] }[];
      const [refused, ...others] = sources.find(({ name }) => name === source)?.refused ?? [];
      expect(others).to.deep.equal([]);
      expect(refused?.reason).to.match(reason);
      expect(refused).to.include({ count: 2, last_address: "127.0.0.1" });
      expect(Date.parse(refused?.last_at ?? "")).to.be.closeTo(Date.now(), 60_000);
      expect(sources.filter(({ name }) => name !== source).flatMap((one) => one.refused)).to.deep.equal([]);
      const page = (await server.request("/ui/", reader)).text.replaceAll(/<[^>]*>/g, "");
      expect(page)
        .to.match(/Refused since this process started/)
        .and.include(refused?.reason.slice(0, 16));
      const logged = server.logged().filter(({ msg }) => msg === "delivery refused: unauthorized");
      expect(logged[0]).to.include({ source, reason: refused?.reason, address: "127.0.0.1" });
    });

  it("of a signing token say whether it is another, or the clock is", async () => {
    const server = await start({ env: { ...env, PIPEGAUGE_GITLAB_SECRET: signingToken } });
    const now = Math.floor(Date.now() / 1000);

    await server.deliver("gitlab", body, sign("a-key-of-the-webhook", now - 3600));
    await server.deliver("gitlab", body, sign("another", now));
    await server.deliver("gitlab", body, { "webhook-signature": "v1,x", "webhook-timestamp": String(now) });

    const { json } = await server.request("/api/v1/status", reader);
    const [gitlab] = json["sources"] as readonly { refused: readonly Refused[] }[];
    expect(gitlab?.refused.map(({ reason }) => reason)).to.deep.equal([
      "it is signed, but webhook-id or webhook-timestamp is missing: does a proxy remove headers?",
      "webhook-signature is not made with a signing token of this source, or a proxy changed the body",
      "the signature is right, but its time is more than five minutes from this server's: synchronize the clocks",
    ]);
  });

  it("that are too large say so, and what is accepted is not among them", async () => {
    const server = await start({ env: { ...env, PIPEGAUGE_BODY_MAX_BYTES: "1024" } });
    const headers = { "x-gitlab-token": "the-secret-of-gitlab" };

    expect((await server.deliver("gitlab", `{"a": "${"a".repeat(2000)}"}`, headers)).status).to.equal(413);
    expect((await server.deliver("gitlab", { object_kind: "push" }, headers)).status).to.equal(200);

    const { json } = await server.request("/api/v1/status", reader);
    const [gitlab] = json["sources"] as readonly { refused: readonly Refused[] }[];
    expect(gitlab?.refused.map(({ reason, count }) => [reason.includes("1024"), count])).to.deep.equal([[true, 1]]);
  });

  it("keep twenty reasons of a source, the latest first", () => {
    let now = 0;
    const register = createRefusedRegister(() => now);
    for (let i = 1; i <= 25; i++) {
      now = i;
      register.add("gitlab", `reason ${i}`, "192.0.2.1");
    }
    now = 26;
    register.add("gitlab", "reason 7", "192.0.2.2");

    const refused = register.list("gitlab");

    expect(refused.map(({ reason }) => reason))
      .to.have.length(20)
      .and.not.include("reason 5");
    expect(refused[0]).to.deep.equal({ reason: "reason 7", count: 2, lastAt: 26, lastAddress: "192.0.2.2" });
    expect(register.list("github")).to.deep.equal([]);
  });
});
