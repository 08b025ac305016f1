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

  const cursorOf = (text: string) => Buffer.from(text).toString("base64url");
  const number = "give a whole number from 1 to 200";
  const cases: readonly (readonly [path: string, message: string | RegExp])[] = [
    ["runs?limit=0", `limit: "0" is not possible: ${number}`],
    ["runs?limit=201", `limit: "201" is not possible: ${number}`],
    ["runs?limit=ten", `limit: "ten" is not possible: ${number}`],
    ["runs?limit=1e2", `limit: "1e2" is not possible: ${number}`],
    ["runs?limit=5&limit=6", "limit is given more than once: give it once"],
    ["runs?projct=a", '"projct" is not a parameter: did you mean project?'],
    ["runs?qqqqqq=1", /^"qqqqqq" is not a parameter: there are source, provider, .*cursor$/],
    ["runs?__proto__=1", /^"__proto__" is not a parameter/],
    [`runs?ref=${"x".repeat(1025)}`, "ref: give 1 to 1024 characters, or leave it out"],
    ["runs?result=sucess", /^result: "sucess" is not one of success, failure, .*: did you mean success\?$/],
    ["runs?result=success,,failure", /^result: "" is not one of success/],
    ["runs?result=success,success", "result has the same word twice: give it once"],
    ["runs?state=running", /^state: "running" is not one of pending, blocked, executing, stale, finished/],
    ["runs?default_branch=yes", 'default_branch: "yes" is neither true nor false'],
    ["runs?since=yesterday", /^since: "yesterday" is not a time: write 2026-11-20, /],
    ["runs?limit=0&result=x&since=x", /^(?=.*limit: "0" is)(?=.*result: "x" is)(?=.*; since: "x" is)/],
    ["runs?cursor=x", /^cursor: this is none: give the next_cursor/],
    [`runs?cursor=${cursorOf("deliveries:1:2")}`, /^cursor: this is none/],
    [`runs?cursor=${cursorOf("runs:-1")}`, /^cursor: this is none/],
    [`runs?cursor=${cursorOf("runs:1:2")}`, /^cursor: this is none/],
    [`runs?cursor=${cursorOf("runs:1'--")}`, /^cursor: this is none/],
    [`deliveries?cursor=${cursorOf("runs:1")}`, /^cursor: this is none/],
    ["deliveries?outcome=dead", /^outcome: "dead" is not one of accepted, ignored, dead_letter/],
    ["deliveries?outcome=duplicate", /^outcome: "duplicate" is not one of/],
    ["summary?by=week", /^by: "week" is not one of provider, project, pipeline, day/],
    ["summary?limit=1001", /from 1 to 1000$/],
    ["summary?sort=name", /^sort: "name" is not one of runs, failures/],
    ["summary?since=93d", "since: give a time at most 92 days before until, or ask for shorter spans in turn"],
    ["summary?since=2026-11-20&until=2026-11-20", "since: give a time before until, which is 2026-11-20T00:00:00.000Z"],
    ["runs/0", /^id: give the id of a run/],
    ["runs/abc", /^id: give the id of a run/],
    ["runs/1%27--", /^id: give the id of a run/],
    ["runs/9999999999999999999", /^id: give the id of a run/],
    ["runs/1?limit=1", '"limit" is not a parameter: there are none'],
    ["status?verbose=1", '"verbose" is not a parameter: there are none'],
  ];
  for (const [path, message] of cases) {
    it(`answers 400 to ${path.slice(0, 60)}, and says what to do`, async () => {
      const { status, json, headers } = await server.request(`/api/v1/${path}`);

      expect(status).to.equal(400);
      expect(Object.keys(json)).to.deep.equal(["error"]);
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

    expect([status, json]).to.deep.equal([404, { error: "there is no run 99, or no longer" }]);
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

  it("answers 405 to whoever wants to change something", async () => {
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
    expect(json).to.deep.equal({ error: "the server could not handle the request, try again" });
    expect((await broken.request("/api/v1/runs")).status).to.equal(200);
  });
});
