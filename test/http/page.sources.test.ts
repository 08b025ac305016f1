import { expect } from "chai";
import { pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { testServers, type Answer, type Headers, type TestServer } from "../support/server/server.ts";

type Json = Readonly<Record<string, unknown>>;

const token = "the-token-of-the-page";
const reader = { authorization: `Bearer ${token}` };
const secret = { "x-gitlab-token": "the-secret-of-gitlab" };
const env = { PIPEGAUGE_API_TOKEN: token, PIPEGAUGE_GITLAB_SECRET: "the-secret-of-gitlab" };
const two = [
  { ...unit, id: 1, name: "unit" },
  { ...unit, id: 2, name: "lint" },
] as const;

/** A run that ended five seconds ago. */
function hook(id: number): Json {
  const at = new Date(Date.now() - 5000).toISOString();
  return pipelineHook("success", two, { id, iid: id, created_at: at, finished_at: at });
}

function toText(markup: string): string {
  return markup.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
}

function getSection(markup: string, id: string): string {
  return new RegExp(`<section aria-labelledby="${id}">.*?</section>`, "s").exec(markup)?.[0] ?? "";
}

function get(server: TestServer, path: string, headers: Headers = reader): Promise<Answer> {
  return server.request(path, { headers });
}

function replay(server: TestServer, id: number, headers: Headers = {}): Promise<Answer> {
  return server.request(`/ui/deliveries/${id}/replay`, {
    method: "POST",
    redirect: "manual",
    headers: { origin: server.url, ...reader, ...headers },
    body: new URLSearchParams(),
  });
}

async function findDeliveries(server: TestServer, query: string): Promise<readonly Json[]> {
  return (await get(server, `/api/v1/deliveries?${query}`)).json["deliveries"] as readonly Json[];
}

for (const database of databases) {
  describe(`sources and deliveries: ${database.name}`, () => {
    const start = testServers();
    const box = sandbox(database);

    it("show of each source its address, its deliveries by outcome, its lag, and what was refused and why", async () => {
      const server = await start({ databaseUrl: await box.url(), env });
      const run = hook(700);
      await server.deliver("gitlab", run, secret);
      await server.deliver("gitlab", run, secret);
      await server.deliver("gitlab", { object_kind: "push" }, secret);
      await server.deliver("gitlab", "{", secret);
      await server.deliver("gitlab", hook(701), { "x-gitlab-token": "wrong" });
      await server.deliver("gitlab", hook(701));

      const { status, text } = await get(server, "/ui/sources");

      expect(status).to.equal(200);
      const sources = toText(getSection(text, "sources"));
      expect(sources).to.match(/gitlab just now secret holders .*2 .*1 http/);
      expect(sources).to.include(`${server.url}/webhooks/gitlab`);
      expect(sources).to.match(/Refused since this process started .*X-Gitlab-Token.* 1 127\.0\.0\.1 just now/);
      expect(sources).to.match(/tekton never no sender/);
      const received = toText(getSection(text, "received"));
      expect(received).to.match(/accepted 1, duplicate 1, ignored 1, dead letter 1, unauthorized 2 [5-9](\.\d)? s/);
      expect(received).to.match(/tekton nothing –/);
      expect(toText(getSection(text, "deliveries")))
        .to.include("dead letter")
        .and.include("Latest dead letters");
      expect((await get(server, "/ui/sources?x=1")).status).to.equal(400);
    });

    it("lead from a run to the deliveries that named it, and back", async () => {
      const server = await start({ databaseUrl: await box.url(), env });
      await server.deliver("gitlab", hook(700), secret);
      await server.deliver("gitlab", hook(701), secret);
      await server.deliver("gitlab", { object_kind: "push" }, secret);
      const [first] = await findDeliveries(server, "run=700");
      expect(first).to.include({ outcome: "accepted", run: "700", body_kept: false });
      expect((await findDeliveries(server, "")).map(({ run }) => run)).to.deep.equal([null, "701", "700"]);
      expect(await findDeliveries(server, "run=700&since=1h&until=2020-01-01")).to.deep.equal([]);

      const run = getSection((await get(server, "/ui/runs/1")).text, "deliveries");
      const one = await get(server, `/ui/deliveries/${String(first?.["id"])}`);

      expect(run).to.include(`href="../deliveries/${String(first?.["id"])}"`);
      expect(toText(run)).to.include("accepted").and.not.include("701");
      expect(getSection(one.text, "delivery")).to.include('href="../runs/1"');
      expect(toText(getSection(one.text, "body"))).to.include("It is not stored");
      const list = await get(server, "/ui/deliveries?run=701&outcome=accepted");
      expect(toText(getSection(list.text, "deliveries")))
        .to.include("701")
        .and.not.include("700");
      expect((await get(server, "/ui/deliveries/99")).status).to.equal(404);
      expect((await get(server, "/ui/deliveries/x")).status).to.equal(400);
    });

    it("replay a dead letter by a button, once somebody with the token says so on our own page", async () => {
      const databaseUrl = await box.url();
      const strict = await start({ databaseUrl, env: { ...env, PIPEGAUGE_MAX_JOBS: "1" } });
      await strict.deliver("gitlab", hook(700), secret);
      const [{ id } = {}] = await findDeliveries(strict, "outcome=dead_letter");
      const still = await replay(strict, Number(id));
      expect([still.status, still.headers.get("location")]).to.deep.equal([
        303,
        `../${String(id)}?replayed=dead_letter`,
      ]);
      await strict.stop();
      const server = await start({ databaseUrl, env });
      const refused: readonly (readonly [Headers, number])[] = [
        [{ authorization: "" }, 401],
        [{ origin: "https://evil.example.com" }, 403],
        [{ "sec-fetch-site": "same-site" }, 403],
        [{ "content-type": "text/plain" }, 415],
      ];
      for (const [headers, status] of refused)
        expect((await replay(server, Number(id), headers)).status, JSON.stringify(headers)).to.equal(status);
      expect((await get(server, "/api/v1/runs")).json["runs"]).to.deep.equal([]);

      const { status, headers } = await replay(server, Number(id));

      expect([status, headers.get("location")]).to.deep.equal([303, `../${String(id)}?replayed=accepted`]);
      const { text } = await get(server, `/ui/deliveries/${String(id)}?replayed=accepted`);
      expect(toText(getSection(text, "replayed"))).to.include("understood now");
      expect(getSection(text, "delivery")).to.include('href="../runs/1"').and.include("accepted");
      const total = async () => (await server.scrape()).total("cicd_pipeline_runs_total", { result: "success" });
      expect(await total()).to.equal(1);
      expect((await replay(server, Number(id))).status).to.equal(303);
      expect(await total(), "nothing counts twice").to.equal(1);
      expect((await replay(server, 99)).status).to.equal(404);
    });
  });
}

describe("the body of a delivery", () => {
  const start = testServers();

  const withBody = '{"email": "ada@example.com", "x": "<script>alert(1)</script>"';

  it("is shown to who has a token, as it is stored", async () => {
    const server = await start({ env });
    await server.deliver("gitlab", withBody, secret);

    const { text } = await get(server, "/ui/deliveries/1");

    const body = getSection(text, "body");
    expect(body).to.include("&lt;script&gt;alert(1)&lt;/script&gt;").and.include("content-type: application/json");
    expect(body).to.not.include("ada@example.com").and.not.include("the-secret-of-gitlab");
    expect((await get(server, "/ui/deliveries/1", {})).status).to.equal(401);
  });

  it("is shown to this host in a trial, where a form may be sent too", async () => {
    const server = await start();
    await server.deliver("gitlab", withBody);

    expect((await get(server, "/ui/deliveries/1", {})).text).to.include("alert(1)");
    expect((await replay(server, 1, { authorization: "" })).status).to.equal(303);
    expect((await replay(server, 1, { origin: "https://evil.example.com" })).status).to.be.oneOf([401, 403]);
  });

  it("is hidden where the page is open to anyone, and cannot be replayed there", async () => {
    const server = await start({ env: { PIPEGAUGE_ALLOW_UNAUTHENTICATED: "true" } });
    await server.deliver("gitlab", withBody);

    const { status, text } = await get(server, "/ui/deliveries/1", {});

    expect(status).to.equal(200);
    expect(text).to.not.include("alert(1)");
    expect(toText(text)).to.include("shown where PIPEGAUGE_API_TOKEN is set");
    expect((await replay(server, 1, { authorization: "" })).status).to.equal(403);
  });

  it("says why it was not stored, and cannot be replayed then", async () => {
    const server = await start({ env });
    await server.deliver("gitlab", { object_kind: "push" }, secret);

    const { status, text } = await replay(server, 1);

    expect(status).to.equal(400);
    expect(text).to.include("not stored: let the sender send it again");
  });
});
