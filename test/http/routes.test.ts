import { expect } from "chai";
import { pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { readRows } from "../support/database/rows.ts";
import { testServers, type TestServer } from "../support/server/server.ts";
import { rawAnswer, requestText } from "../support/server/socket.ts";

describe("routes", () => {
  const start = testServers("shared");
  let server: TestServer;

  before(async () => {
    server = await start();
  });

  const ask = (method: string, path: string) => rawAnswer(server.port, requestText(method, path, [], "{}"));

  const sources = [
    "nowhere",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "%5f%5fproto%5f%5f",
    "..%2f..%2fetc%2fpasswd",
    "gitlab%2f..",
    "gitlab%00",
    "%00",
    "%ff",
    "gitlab%20",
    "-x",
    "$(id)",
    "gitlab;x",
  ];
  for (const source of sources) {
    it(`answers 404 to a delivery to ${source}`, async () => {
      const before = Object.keys((await server.scrape()).counted);

      const { status, text } = await ask("POST", `/webhooks/${source}`);

      expect(status).to.equal(404);
      expect(text).to.match(/"detail":"unknown source .*: `pipegauge check-config` lists/);
      expect(text, "no configured name").to.not.include("tekton");
      expect(Object.keys((await server.scrape()).counted), "no series of its own").to.deep.equal(before);
    });
  }

  const unknown = ["/webhooks", "/webhooks/", "/webhooks/gitlab/x", "/webhooks/../webhooks/x", "/metrics/nothing"];
  for (const path of [...unknown, "/../../etc/passwd", "//webhooks/gitlab", "/%2e%2e/", "/metrics%00"]) {
    it(`answers 404 to ${path}`, async () => {
      const { status, text } = await ask(path.startsWith("/metrics") ? "GET" : "POST", path);

      expect(status).to.equal(404);
      // Below /metrics/ are the exporters, whose answers are text.
      const answer = path.startsWith("/metrics/") ? "Exporter not found" : '"detail":"no route has this path"';
      expect(text).to.include(answer);
      expect(text).to.not.match(/ at |node_modules|Error/);
    });
  }

  const methods: readonly (readonly [string, string, RegExp])[] = [
    ["GET", "/webhooks/gitlab", /POST/],
    ["PUT", "/webhooks/gitlab", /POST/],
    ["DELETE", "/webhooks/gitlab", /POST/],
    ["PATCH", "/metrics", /GET/],
    ["POST", "/metrics/server", /GET/],
    ["POST", "/", /GET/],
    ["POST", "/healthz", /GET/],
    ["POST", "/-/ready", /GET/],
  ];
  for (const [method, path, allowed] of methods) {
    it(`answers 405 to ${method} ${path}, and says what is allowed`, async () => {
      const { status, text } = await ask(method, path);

      expect(status).to.equal(405);
      const detail = path.startsWith("/metrics/") ? "use GET" : `${method} is not allowed here: the Allow header lists`;
      expect(text).to.include(detail);
      expect(/^Allow: (.*)\r$/im.exec(text)?.[1]).to.match(allowed);
    });
  }

  for (const path of [
    "/METRICS",
    "/metrics/",
    "/Metrics/ledger",
    "/API/v1/runs",
    "/api/v1/runs/",
    "/healthz/",
    "/HEALTHZ",
  ])
    it(`answers 404 to ${path}: it is no other spelling of what a proxy may forbid`, async () => {
      expect(await ask("GET", path)).to.have.property("status", 404);
    });

  it("answers 404 to a source in capitals", async () => {
    expect(await ask("POST", "/WEBHOOKS/gitlab")).to.have.property("status", 404);
    expect(await ask("POST", "/webhooks/GITLAB")).to.have.property("status", 404);
  });

  const twoHosts: readonly (readonly [string, string])[] = [
    ["two Host headers", requestText("GET", "/metrics", ["Host: localhost"])],
    ["the same Host twice", requestText("GET", "/metrics", ["host: 127.0.0.1"])],
    ["a target with another host", requestText("GET", "http://ci.example.com/metrics")],
  ];
  for (const [what, text] of twoHosts)
    it(`answers 400 to ${what}`, async () => {
      expect(await rawAnswer(server.port, text)).to.have.property("status", 400);
    });

  it("takes a whole address as target where it names the same host", async () => {
    const { status } = await rawAnswer(server.port, requestText("GET", "http://127.0.0.1/healthz"));

    expect(status).to.equal(200);
  });

  it("takes a source whose name is percent-encoded", async () => {
    const { status, text } = await ask("POST", "/webhooks/gitl%61b");

    expect(text).to.include("dead_letter");
    expect(status).to.equal(202);
  });

  it("takes the trailing slash that people paste", async () => {
    expect(await server.deliver("gitlab/", { object_kind: "push" })).to.have.property("status", 200);
  });

  it("takes names of JavaScript's own objects as names of projects, jobs and fields", async () => {
    const names = ["__proto__", "constructor", "toString", "prototype"];
    const bodies = names.map((name, i) => {
      const hook = pipelineHook("success", [{ ...unit, id: 90 + i, name }], { id: 800 + i, ref: name });
      const text = JSON.stringify({ ...hook, project: { path_with_namespace: name, default_branch: name } });
      return `${text.slice(0, -1)},"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}`;
    });

    for (const body of bodies)
      expect((await server.deliver("gitlab", body)).json).to.deep.equal({ status: "accepted" });

    const runs = await readRows(server, "runs", { source: "gitlab" });
    expect(runs.map(({ project }) => project)).to.deep.equal(names);
    const totals = await server.scrape();
    for (const project of names) {
      expect(totals.total("cicd_pipeline_runs_total", { project, result: "success" })).to.equal(1);
      expect(totals.total("cicd_job_runs_total", { job_name: project, result: "success" })).to.equal(1);
    }
    expect(({} as Record<string, unknown>)["admin"]).to.equal(undefined);
  });

  it("counts requests by their status, and nothing that a client names", async () => {
    await ask("POST", "/webhooks/canary-of-a-path?canary-of-a-query");

    const { text } = await server.request("/metrics");

    expect(text).to.not.include("canary").and.not.include("__proto__,");
    expect((await server.scrape()).total("server_requests_total", { status: "404" })).to.be.at.least(10);
  });
});
