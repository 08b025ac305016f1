import { expect } from "chai";
import { XMLValidator } from "fast-xml-parser";
import { pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { rawAnswer, requestText } from "../support/server/socket.ts";
import { testServers, type Answer, type TestServer } from "../support/server/server.ts";

const token = "the-token-of-the-page";
const reader = { authorization: `Bearer ${token}` };

async function deliver(
  server: TestServer,
  id: number,
  status: string,
  ref: string,
  project = "shop/cart",
): Promise<void> {
  const hook = {
    ...pipelineHook(status, [{ ...unit, id, status }], { id, iid: id, ref }),
    project: { path_with_namespace: project, web_url: "https://gitlab.example.com", default_branch: "main" },
  };
  expect((await server.deliver("gitlab", hook, { "x-gitlab-token": "the-secret-of-gitlab" })).status).to.equal(202);
}

async function readBadge(server: TestServer, path: string): Promise<string> {
  const { status, text, headers } = await server.request(path, { headers: reader });
  expect([status, headers.get("content-type")], path).to.deep.equal([200, "image/svg+xml"]);
  expect(XMLValidator.validate(text)).to.equal(true);
  const [, state = ""] = /<title>pipeline: (\w+)<\/title>/.exec(text) ?? [];
  expect(text).to.include(`aria-label="pipeline: ${state}"`);
  return state;
}

for (const database of databases) {
  describe(`badges: ${database.name}`, () => {
    const start = testServers();
    const box = sandbox(database);

    it("show the last result of the default branch or of another one, whatever the names", async () => {
      const env = { PIPEGAUGE_API_TOKEN: token, PIPEGAUGE_GITLAB_SECRET: "the-secret-of-gitlab" };
      const server = await start({ databaseUrl: await box.url(), env });
      await deliver(server, 1, "failed", "main");
      await deliver(server, 2, "success", "main");
      await deliver(server, 3, "failed", "feature/x");
      await deliver(server, 4, "canceled", "main");
      await deliver(server, 5, "success", "main", "a/b/c");
      await deliver(server, 6, "running", "main", "a/b/c");
      await deliver(server, 7, "failed", "main", "red/one");

      const cases = [
        ["/badge/shop/cart.svg", "passing"],
        ["/badge/shop%2Fcart/shop%2Fcart.svg", "passing"],
        ["/badge/shop/cart/shop/cart.svg", "passing"],
        ["/badge/shop/cart.svg?ref=feature%2Fx", "failing"],
        ["/badge/shop/cart.svg?ref=nowhere", "unknown"],
        ["/badge/a/b/c.svg", "running"],
        ["/badge/red/one.svg", "failing"],
        ["/badge/shop/nowhere.svg", "unknown"],
        ["/badge/%3Cscript%3E/%FF.svg", "unknown"],
        [`/badge/${"a/".repeat(300)}b.svg`, "unknown"],
      ] as const;
      for (const [path, state] of cases) expect(await readBadge(server, path), path).to.equal(state);
      expect((await server.request("/badge/shop/cart.svg?branch=x", { headers: reader })).status).to.equal(400);
    });

    it("fall back to all branches where the provider does not report the default one", async () => {
      const env = { PIPEGAUGE_API_TOKEN: token, PIPEGAUGE_JENKINS_SECRET: "the-secret-of-jenkins" };
      const server = await start({ databaseUrl: await box.url(), env });
      const build = {
        full_url: "https://ci.example.com/job/team/job/app/1/",
        number: 1,
        phase: "FINALIZED",
        status: "SUCCESS",
      };
      await server.deliver("jenkins?token=the-secret-of-jenkins", { name: "app", url: "job/team/job/app/", build });
      const { json } = await server.request("/api/v1/runs", { headers: reader });
      const [run] = json["runs"] as readonly Record<string, unknown>[];
      expect(run).to.include({ default_branch: null, result: "success" });

      const path = [run?.["project"], run?.["pipeline"]].map((name) => encodeURIComponent(String(name))).join("/");

      expect(await readBadge(server, `/badge/${path}.svg`)).to.equal("passing");
    });
  });
}

describe("who may see a badge", () => {
  const start = testServers();
  const get = (server: TestServer, headers: Record<string, string> = {}): Promise<Answer> =>
    server.request("/badge/shop/cart.svg", { headers });

  it("is who may see the page, unless a setting says that anyone may", async () => {
    const env = { PIPEGAUGE_API_TOKEN: token, PIPEGAUGE_GITLAB_SECRET: "the-secret-of-gitlab" };
    const [closed, open] = [await start({ env }), await start({ env: { ...env, PIPEGAUGE_PUBLIC_BADGES: "true" } })];

    expect((await get(closed)).status).to.equal(401);
    expect((await get(closed, reader)).status).to.equal(200);
    expect((await get(open)).status).to.equal(200);
    expect((await open.request("/ui/")).status, "nothing else").to.equal(401);
  });

  it("tells a cache whether it changed", async () => {
    const env = { PIPEGAUGE_PUBLIC_BADGES: "true", PIPEGAUGE_GITLAB_SECRET: "the-secret-of-gitlab" };
    const server = await start({ env });
    await deliver(server, 1, "success", "main");
    const { headers } = await get(server);
    const etag = headers.get("etag") ?? "";
    expect(headers.get("cache-control")).to.equal("no-cache");

    // Not by fetch, which asks with `Cache-Control: no-cache` then.
    const ask = () => rawAnswer(server.port, requestText("GET", "/badge/shop/cart.svg", [`If-None-Match: ${etag}`]));
    const again = await ask();
    await deliver(server, 2, "failed", "main");
    const changed = await ask();

    expect(again.status).to.equal(304);
    expect(again.text).to.include(etag).and.not.include("<svg");
    expect(changed.status).to.equal(200);
    expect(changed.text).to.include("failing").and.not.include(etag);
  });
});
