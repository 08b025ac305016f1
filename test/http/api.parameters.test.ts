import { expect } from "chai";
import { pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { alterDatabase } from "../support/database/lock.ts";
import { testServers, type TestServer } from "../support/server/server.ts";

describe("the read API: what cannot be asked", () => {
  const start = testServers("shared");
  let server: TestServer;

  before(async () => {
    server = await start();
    await server.deliver("gitlab", pipelineHook("success", [unit]));
  });

  const toCursor = (text: string) => Buffer.from(text).toString("base64url");
  const range = "limit must be an integer between 1 and 200";
  const cases: readonly (readonly [path: string, message: string | RegExp])[] = [
    ["runs?limit=0", `${range}, got "0"`],
    ["runs?limit=201", `${range}, got "201"`],
    ["runs?limit=ten", `${range}, got "ten"`],
    ["runs?limit=1e2", `${range}, got "1e2"`],
    ["runs?limit=5&limit=6", "limit must be given only once"],
    ["runs?projct=a", 'unknown parameter "projct", did you mean project?'],
    ["runs?qqqqqq=1", /^unknown parameter "qqqqqq", allowed: source, provider, .*cursor$/],
    ["runs?__proto__=1", /^unknown parameter "__proto__", allowed: /],
    [`runs?ref=${"x".repeat(1025)}`, "ref must be 1 to 1024 characters long"],
    ["runs?result=sucess", /^result must be one of success, failure, .*, got "sucess", did you mean success\?$/],
    ["runs?result=success,,failure", /^result must be one of success, .*, got ""$/],
    ["runs?result=success,success", "result must not contain a value twice"],
    ["runs?state=running", /^state must be one of pending, blocked, executing, stale, finished, got "running"/],
    ["runs?default_branch=yes", 'default_branch must be true or false, got "yes"'],
    [
      "runs?since=yesterday",
      /^since must be a date \(2026-11-20, UTC\), .* or an age \(90m, 24h, 7d\), got "yesterday"$/,
    ],
    [
      "runs?limit=0&result=x&since=x",
      /^(?=.*limit must be .*, got "0")(?=.*result must be .*, got "x")(?=.*; since must be .*, got "x")/,
    ],
    ["runs?cursor=x", "cursor is invalid: pass next_cursor from the previous page unchanged"],
    [`runs?cursor=${toCursor("deliveries:1:2")}`, /^cursor is invalid: /],
    [`runs?cursor=${toCursor("runs:-1")}`, /^cursor is invalid: /],
    [`runs?cursor=${toCursor("runs:1:2")}`, /^cursor is invalid: /],
    [`runs?cursor=${toCursor("runs:1'--")}`, /^cursor is invalid: /],
    [`deliveries?cursor=${toCursor("runs:1")}`, /^cursor is invalid: /],
    ["deliveries?outcome=dead", /^outcome must be one of accepted, ignored, dead_letter, got "dead"/],
    ["deliveries?outcome=duplicate", /^outcome must be one of .*, got "duplicate"$/],
    ["summary?by=week", /^by must be one of provider, project, pipeline, day, hour, got "week"/],
    ["summary?limit=1001", /^limit must be an integer between 1 and 1000, got "1001"$/],
    ["summary?sort=name", /^sort must be one of runs, failures, .*, got "name"$/],
    ["summary?since=93d", "since must be at most 92 days before until: split a longer span into several requests"],
    ["summary?since=2026-11-20&until=2026-11-20", "since must be before until (2026-11-20T00:00:00.000Z)"],
    ["insights/flaky?since=93d", /^since must be at most 92 days before until/],
    ["insights/flaky?state=brocken", /^state must be one of healthy, flaky, broken, .*, did you mean broken\?$/],
    [`insights/flaky?cursor=${toCursor("runs:1")}`, /^cursor is invalid: /],
    [`jobs?cursor=${toCursor("runs:1")}`, /^cursor is invalid: /],
    [`jobs?cursor=${toCursor("jobs:x:1")}`, /^cursor is invalid: /],
    [`deployments?cursor=${toCursor("pushes:1:gitlab:1")}`, /^cursor is invalid: /],
    [`pushes?cursor=${toCursor("pushes:x:gitlab:1")}`, /^cursor is invalid: /],
    ["deployments?state=running", /^state must be one of pending, blocked, executing, finished, got "running"/],
    ["changes?state=merge", /^state must be one of open, merged, closed, got "merge", did you mean merged\?$/],
    ["pushes?branch=main", /^unknown parameter "branch", allowed: .*ref, /],
    ["jobs/summary?by=year", /^by must be one of job, provider, .*, got "year"/],
    ["jobs/summary?since=401d", /^since must be at most 400 days before until/],
    ["jobs?state=stale", /^state must be one of pending, blocked, executing, finished, got "stale"/],
    ["jobs?ref_kind=brunch", /^ref_kind must be one of branch, tag, .*, did you mean branch\?$/],
    ["runs/0", /^id must be a positive integer, got "0"; .*native_id=$/],
    ["runs/abc", /^id must be a positive integer, got "abc"/],
    ["runs/1%27--", /^id must be a positive integer/],
    ["runs/9999999999999999999", /^id must be a positive integer/],
    ["runs/1?limit=1", 'unknown parameter "limit", none are allowed'],
    ["status?verbose=1", 'unknown parameter "verbose", none are allowed'],
  ];
  for (const [path, message] of cases) {
    it(`answers 400 to ${path.slice(0, 60)}, and says what to do`, async () => {
      const { status, json, headers } = await server.request(`/api/v1/${path}`);

      expect(status).to.equal(400);
      expect(Object.keys(json)).to.have.members(["type", "title", "status", "detail", "error"]);
      if (typeof message === "string") expect(json["error"]).to.equal(message);
      else expect(json["error"]).to.match(message);
      expect(headers.get("cache-control")).to.equal("no-store");
    });
  }

  it("takes what was left empty for what was not asked", async () => {
    const all = await server.request("/api/v1/runs");
    const empty = await server.request("/api/v1/runs?project=&limit=&result=&since=&cursor=&provider=gitlab");

    expect([empty.status, empty.json]).to.deep.equal([200, all.json]);
    expect(all.json["runs"]).to.have.length(1);
  });

  it("answers 404 for a run that is not there", async () => {
    const { status, json } = await server.request("/api/v1/runs/99");

    expect([status, json["detail"]]).to.deep.equal([404, "run 99 not found (never existed or expired)"]);
  });

  it("takes every value for what it is, and none for SQL or a pattern", async () => {
    for (const text of ["team/shop' or 1=1 --", "team/sho_", "team/%", "\u0000", "\ud800", "x\ny", "TEAM/SHOP"]) {
      for (const name of ["project", "pipeline", "ref", "source", "provider", "native_id"]) {
        const { status, json } = await server.request(
          `/api/v1/runs?${new URLSearchParams({ [name]: text }).toString()}`,
        );
        expect([status, json["runs"]], `${name}=${text}`).to.deep.equal([200, []]);
      }
    }
  });

  it("answers 405 to requests that would change something", async () => {
    for (const path of [
      "/api/v1/runs",
      "/api/v1/runs/1",
      "/api/v1/summary",
      "/api/v1/deliveries",
      "/api/v1/status",
      "/",
    ]) {
      for (const method of ["POST", "PUT", "DELETE"]) {
        expect((await server.request(path, { method })).status, `${method} ${path}`).to.equal(405);
      }
    }
  });

  it("answers 503 with Retry-After while the database cannot be read, and in words that tell nothing of it", async () => {
    const broken = await start();
    alterDatabase(broken.file, "alter table runs rename to away");

    const { status, headers, json } = await broken.request("/api/v1/runs");
    alterDatabase(broken.file, "alter table away rename to runs");

    expect([status, headers.get("retry-after")]).to.deep.equal([503, "5"]);
    expect(json["detail"]).to.equal("the server could not handle the request, try again");
    expect((await broken.request("/api/v1/runs")).status).to.equal(200);
  });

  it("leads to the next page by a header with an address relative to the request", async () => {
    for (let id = 1; id <= 3; id++) await server.deliver("gitlab", pipelineHook("running", [], { id, iid: id }));

    const first = await server.request("/api/v1/runs?limit=3&source=gitlab");
    const [, address = ""] = /^<(.*)>; rel="next"$/.exec(first.headers.get("link") ?? "") ?? [];
    const { pathname, search } = new URL(address, `${server.url}/api/v1/runs`);
    const second = await server.request(pathname + search);

    expect(address).to.match(/^\?limit=3&source=gitlab&cursor=/);
    expect(second.json["runs"]).to.have.length(1);
    expect(second.headers.get("link")).to.equal(null);
  });
});
