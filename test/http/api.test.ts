import { expect } from "chai";
import { version } from "../../src/version.ts";
import { build, over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { testServers, type TestServer } from "../support/server/server.ts";

type Json = Readonly<Record<string, unknown>>;

const green = (id: number, more: Json = {}) =>
  pipelineHook("success", [{ ...unit, id }], { ...over("10:05", 240), id, iid: id, ...more });
const red = (id: number) => pipelineHook("failed", [{ ...unit, id, status: "failed" }], { ...over("10:05", 240), id });

for (const database of databases) {
  describe(`the read API: ${database.name}`, () => {
    const start = testServers();
    const box = sandbox(database);

    async function started(): Promise<TestServer> {
      return start({ databaseUrl: await box.url() });
    }
    const get = async (server: TestServer, path: string): Promise<Json> => {
      const { status, json, text, headers } = await server.request(path);
      expect(status, text).to.equal(200);
      expect(headers.get("cache-control")).to.equal("no-store");
      expect(headers.get("content-type")).to.match(/^application\/json/);
      return json;
    };
    const getRuns = async (server: TestServer, path: string) => (await get(server, path))["runs"] as readonly Json[];

    it("shows a run as it was delivered, with its jobs and results, at every link to it", async () => {
      const server = await started();
      await server.deliver("gitlab", red(700));
      await server.deliver(
        "gitlab",
        pipelineHook("success", [{ ...unit, id: 701 }], { ...over("10:15", 300), id: 700 }),
      );

      const [listed] = await getRuns(server, "/api/v1/runs");
      const [named] = await getRuns(server, "/api/v1/runs?native_id=700&source=gitlab");
      const whole = await get(server, `/api/v1/runs/${String(listed?.["id"])}`);

      expect(named).to.deep.equal(listed);
      expect(whole).to.deep.include(listed);
      expect(listed).to.include({
        source: "gitlab",
        provider: "gitlab",
        native_id: "700",
        project: "team/shop",
        ref: "main",
        url: "https://gitlab.example.com/team/shop/-/pipelines/700",
        native_status: "success",
        state: "finished",
        result: "success",
        queued_at: "2026-11-20T10:00:00.000Z",
        finished_at: "2026-11-20T10:15:00.000Z",
        duration_seconds: 300,
        restarts: 1,
        recovered: true,
      });
      const jobs = whole["jobs"] as readonly Json[];
      expect(jobs.map((job) => [job["name"], job["attempt"], job["result"]])).to.have.deep.members([
        ["unit", 1, "failure"],
        ["unit", 2, "success"],
      ]);
      const completions = whole["completions"] as readonly Json[];
      expect(completions.map(({ number, result, duration_seconds: took }) => [number, result, took])).to.deep.equal([
        [1, "failure", 240],
        [2, "success", 300],
      ]);
    });

    it("gives page after page, each as long as was asked for", async () => {
      const server = await started();
      for (let id = 1; id <= 7; id++) await server.deliver("gitlab", green(id));

      const seen: unknown[] = [];
      let path = "/api/v1/runs?limit=3&result=success,failure";
      const lengths: number[] = [];
      for (;;) {
        const { runs, next_cursor: next } = await get(server, path);
        lengths.push((runs as unknown[]).length);
        seen.push(...(runs as readonly Json[]).map((run) => run["native_id"]));
        if (next === null) break;
        await server.deliver("gitlab", green(100 + lengths.length));
        path = `/api/v1/runs?limit=3&result=success,failure&cursor=${next as string}`;
      }

      expect(lengths).to.deep.equal([3, 3, 1]);
      expect(seen).to.deep.equal(["7", "6", "5", "4", "3", "2", "1"]);
    });

    it("sums up what finished, in groups, by exact percentiles", async () => {
      const server = await started();
      for (const [i, seconds] of [100, 200, 300, 400].entries()) {
        await server.deliver("gitlab", green(i + 1, { duration: seconds }));
      }
      await server.deliver("gitlab", red(5));

      const span = "since=2026-11-20&until=2026-11-21";
      const { groups, ...about } = await get(server, `/api/v1/summary?by=project,day&${span}`);
      const none = await get(server, "/api/v1/summary?since=2026-10-20&until=2026-10-21");

      expect(about).to.deep.equal({
        since: "2026-11-20T00:00:00.000Z",
        until: "2026-11-21T00:00:00.000Z",
        by: ["project", "day"],
        truncated: false,
      });
      expect(groups).to.have.length(1);
      const [group = {}] = groups as readonly Json[];
      expect(group).to.deep.include({
        project: "team/shop",
        day: "2026-11-20",
        runs: 5,
        results: { success: 4, failure: 1, error: 0, timeout: 0, cancellation: 0, skip: 0 },
        success_ratio: 0.8,
        restarts: 0,
        recovered: 0,
      });
      const took = group["duration_seconds"] as Record<string, number>;
      for (const [name, seconds] of Object.entries({ p50: 240, p80: 320, p90: 360, p95: 380 }))
        expect(took[name], name).to.be.closeTo(seconds, 1e-9);
      const { groups: hours } = await get(server, `/api/v1/summary?by=hour&${span}`);
      expect((hours as readonly Json[]).map(({ hour }) => hour)).to.deep.equal(["2026-11-20T10:00:00.000Z"]);
      expect(none["groups"]).to.deep.equal([]);
    });

    it("sorts groups by what is asked for", async () => {
      const server = await started();
      const of = (project: string, hook: Json) => ({ ...hook, project: { path_with_namespace: project } });
      await server.deliver("gitlab", of("a/fast", green(1, { duration: 5 })));
      await server.deliver("gitlab", of("a/fast", green(2, { duration: 5 })));
      await server.deliver("gitlab", of("b/slow", green(3, { duration: 500 })));
      await server.deliver("gitlab", of("c/broken", red(4)));
      const first = async (sort: string) => {
        const { groups, truncated } = await get(
          server,
          `/api/v1/summary?by=project&since=2026-11-20&until=2026-11-21&limit=1&sort=${sort}`,
        );
        expect(truncated).to.equal(true);
        return (groups as readonly Json[]).map(({ project }) => project);
      };

      expect(await first("runs")).to.deep.equal(["a/fast"]);
      expect(await first("duration")).to.deep.equal(["b/slow"]);
      expect(await first("failures")).to.deep.equal(["c/broken"]);
    });

    it("tells what became of every delivery, without a word of what was in it", async () => {
      const server = await started();
      await server.deliver("gitlab", green(1));
      await server.deliver("gitlab", { object_kind: "push", message: "canary" });
      await server.deliver("gitlab", "{canary");
      await server.deliver("tekton", "canary", { "ce-id": "canary" });

      const { deliveries, next_cursor: next } = await get(server, "/api/v1/deliveries");
      const dead = await get(server, "/api/v1/deliveries?outcome=dead_letter&source=gitlab");

      const outcomes = (deliveries as readonly Json[]).map(
        ({ source, outcome }) => `${String(source)} ${String(outcome)}`,
      );
      expect(outcomes.toSorted()).to.deep.equal([
        "gitlab accepted",
        "gitlab dead_letter",
        "gitlab ignored",
        "tekton dead_letter",
      ]);
      expect(next).to.equal(null);
      expect(dead["deliveries"]).to.have.length(1);
      const [letter] = dead["deliveries"] as readonly Json[];
      expect(letter).to.include({ body_kept: true, bytes: 7 });
      expect(letter?.["reason"]).to.be.a("string").and.not.equal("");
      expect(JSON.stringify([deliveries, dead])).to.not.include("canary");
    });

    it("shows the server and its sources, and no secret", async () => {
      const env = {
        PIPEGAUGE_GITLAB_SECRET: "canary-secret",
        PIPEGAUGE_MAX_SERIES: "77",
        PIPEGAUGE_TRUST_LOCAL: "true",
      };
      const server = await start({ databaseUrl: await box.url(), env });
      await server.deliver("gitlab", green(1), { "x-gitlab-token": "canary-secret" });

      const status = await get(server, "/api/v1/status");

      expect(status).to.include({ version, database: database.engine, queue_length: 0, series_budget: 77 });
      expect(status["uptime_seconds"]).to.be.above(0);
      const sources = status["sources"] as readonly Json[];
      expect(sources.map(({ name }) => name)).to.deep.equal(["gitlab", "tekton", "jenkins", "github"]);
      expect(sources[0]).to.include({
        has_secret: true,
        configured: true,
        dead_letters: 0,
        webhook_path: "/webhooks/gitlab",
      });
      expect(Date.parse(String(sources[0]?.["last_delivery_at"]))).to.be.closeTo(Date.now(), 20_000);
      expect(sources[1]).to.include({ has_secret: false, last_delivery_at: null });
      expect(status["series"]).to.deep.include({ metric: "cicd_pipeline_runs_total", used: 6 });
      expect(JSON.stringify(status)).to.not.include("canary");
      expect(status["cut_projects"]).to.deep.equal([]);
    });

    it("names a project that reached its share of the series, in the API and on the page", async () => {
      const server = await start({ databaseUrl: await box.url(), env: { PIPEGAUGE_MAX_SERIES: "10" } });
      const jobs = Array.from({ length: 9 }, (_, i) => build({ id: i + 1, name: `job ${i}`, status: "success" }));
      await server.deliver("gitlab", pipelineHook("success", [], {}, { builds: jobs }));

      const { cut_projects: cuts } = await get(server, "/api/v1/status");

      expect(cuts).to.deep.include({
        metric: "cicd_job_runs_total",
        provider: "gitlab",
        project: "team/shop",
        increments: 4,
      });
      expect((await server.request("/")).text).to.match(/team\/shop<\/bdi><\/strong> reached its share of the series/);
    });
  });
}
