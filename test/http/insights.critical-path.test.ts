import { expect } from "chai";
import { over, pipelineHook, unit, type JobInput } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { freshFolder } from "../support/folder.ts";
import { askInEveryOrder, readInsight, type Delivered } from "../support/server/insights.ts";
import { testServers, type Reachable } from "../support/server/server.ts";

type Json = Readonly<Record<string, unknown>>;

const job = (id: number, name: string, started: string, finished: string, queued: number): JobInput => ({
  ...unit,
  id,
  name,
  started,
  finished,
  more: { queued_duration: queued },
});

/** A run from 10:00 to 10:10: the unit tests waited for `compile`, and nothing for `lint`. */
const jobs = (run: number) => [
  job(run * 10, "compile", "10:01", "10:05", 60),
  job(run * 10 + 1, "lint", "10:01", "10:03", 60),
  job(run * 10 + 2, "unit", "10:05:10", "10:09", 8),
];
const hook = (id: number, status: string, attributes: Json, builds: readonly JobInput[] = jobs(id)): Delivered => ({
  source: "gitlab",
  body: pipelineHook(status, builds, { id, ...attributes }),
});
const story: readonly Delivered[] = [
  hook(1, "running", {}),
  hook(1, "success", over("10:10", 540)),
  hook(2, "failed", over("10:11", 600)),
  hook(3, "running", {}, [job(30, "compile", "10:01", "10:05", 60)]),
  hook(4, "canceled", over("10:10", 0), []),
];

/** The critical paths of runs 1 to 4, without our ids. */
async function readPaths(server: Reachable): Promise<Json[]> {
  const runs = (await server.request("/api/v1/runs")).json["runs"] as readonly Json[];
  const ids = new Map(runs.map(({ id, native_id: nativeId }) => [nativeId, id]));
  const paths: Json[] = [];
  for (const nativeId of ["1", "2", "3", "4"]) {
    const { status, json } = await server.request(`/api/v1/runs/${String(ids.get(nativeId))}/critical-path`);
    expect(status).to.equal(200);
    const { run_id: runId, ...rest } = json;
    expect(runId).to.equal(ids.get(nativeId));
    paths.push(rest);
  }
  return paths;
}

for (const database of databases) {
  describe(`critical paths: ${database.name}`, function () {
    this.timeout(60_000);
    const start = testServers();
    const box = sandbox(database);
    const stage = { start, url: () => box.url(), folder: freshFolder() };

    it("GET /api/v1/runs/:id/critical-path: the jobs that decided when a run ended, and where its time went", async () => {
      const [first, second, unfinished, withoutJobs] = await askInEveryOrder(stage, story, readPaths);

      const parts = { work: 240 + 230, queue: 60 + 8, gate: 0, gap: 2 + 60 };
      const time = (text: string) => `2026-11-20T${text}.000Z`;
      const named = (id: string, name: string) => ({ job_id: id, name });
      expect(first).to.deep.equal({
        exact: false,
        wall_seconds: 600,
        parts,
        path: [
          {
            ...named("10", "compile"),
            started_at: time("10:01:00"),
            finished_at: time("10:05:00"),
            exclusive_seconds: 120,
          },
          {
            ...named("12", "unit"),
            started_at: time("10:05:10"),
            finished_at: time("10:09:00"),
            exclusive_seconds: 230,
          },
        ],
      });
      expect(second).to.deep.include({ wall_seconds: 660, parts: { ...parts, gap: 2 + 120 } });
      const none = { exact: false, wall_seconds: null, parts: null, path: [] };
      expect(unfinished).to.deep.equal(none);
      expect(withoutJobs).to.deep.equal(none);
    });

    it("GET /api/v1/insights/critical-path: which jobs hold up their runs, in every order", async () => {
      const found = await askInEveryOrder(stage, story, (server) => readInsight(server, "critical-path"));

      const names = {
        provider: "gitlab",
        source: "gitlab",
        project: "team/shop",
        pipeline: "team/shop",
        runs: 2,
        run_id: "2",
      };
      expect(found).to.include({ exact: true, runs: 3, jobs: 6, next_cursor: null });
      expect(found["definition"]).to.match(/critical paths of the runs that finished in the span/);
      expect(found["items"]).to.deep.equal([
        { ...names, job_name: "compile", on_path_share: 1, exclusive_seconds: 240, saved_if_20_percent: 96 },
        { ...names, job_name: "unit", on_path_share: 1, exclusive_seconds: 460, saved_if_20_percent: 92 },
        { ...names, job_name: "lint", on_path_share: 0, exclusive_seconds: 0, saved_if_20_percent: 0 },
      ]);
    });

    it("says what is wrong with an id", async () => {
      const server = await start({ databaseUrl: await box.url() });

      expect((await server.request("/api/v1/runs/x/critical-path")).status).to.equal(400);
      expect((await server.request("/api/v1/runs/7/critical-path")).json).to.deep.equal({
        error: "run 7 not found (never existed or expired)",
      });
    });
  });
}
