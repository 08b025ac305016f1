import { expect } from "chai";
import { over, pipelineHook, unit, type JobInput } from "../support/payloads/gitlab.ts";
import { at, condition, event, pipelineRun, taskRun, uid } from "../support/payloads/tekton.ts";
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

/** A job that was played at 10:30, after it had waited since 10:05. */
const deploy = (times: Partial<JobInput>, more: Json): JobInput => ({
  id: 51,
  name: "deploy",
  status: "manual",
  ...times,
  more: { stage: "deploy", when: "manual", manual: true, ...more },
});
const gatedStory: readonly Delivered[] = [
  { status: "manual", attributes: {}, job: deploy({}, {}) },
  {
    status: "success",
    attributes: over("10:41", 840),
    job: deploy({ status: "success", started: "10:30:10", finished: "10:40" }, { queued_duration: 10 }),
  },
].map(({ status, attributes, job: played }) =>
  hook(5, status, { stages: ["test", "deploy"], ...attributes }, [job(50, "compile", "10:01", "10:05", 60), played]),
);

/** Tasks of one run: `scan` ended just before `unit` was created, which waits for `compile` alone; `report` waits for all. */
function createTektonStory(): Delivered[] {
  const send = ({ headers, body }: ReturnType<typeof event>): Delivered => {
    return { source: "tekton", body, headers: headers as Record<string, string> };
  };
  const task = (name: string, created: number, from: number, to: number) => {
    const status = { ...condition("True", "Succeeded", to), startTime: at(from), completionTime: at(to) };
    const metadata = { name: `train-b4k9z-${name}`, uid: name, creationTimestamp: at(created) };
    return send(event("taskRun", "successful", taskRun(status, metadata, { "tekton.dev/pipelineTask": name })));
  };
  const pipelineSpec = {
    tasks: [{ name: "compile" }, { name: "scan" }, { name: "unit", runAfter: ["compile"] }],
    finally: [{ name: "report" }],
  };
  const times = { startTime: at(0), completionTime: at(130), pipelineSpec };
  return [
    task("compile", 1, 2, 40),
    task("scan", 1, 1, 42),
    task("unit", 43, 45, 107),
    task("report", 108, 108, 128),
    send(event("pipelineRun", "successful", pipelineRun({ ...condition("True", "Succeeded", 130), ...times }))),
  ];
}

/** The critical paths of these runs, without our ids. */
async function readPaths(server: Reachable, nativeIds: readonly string[]): Promise<Json[]> {
  const runs = (await server.request("/api/v1/runs")).json["runs"] as readonly Json[];
  const ids = new Map(runs.map(({ id, native_id: nativeId }) => [nativeId, id]));
  const paths: Json[] = [];
  for (const nativeId of nativeIds) {
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
      const [first, second, unfinished, withoutJobs] = await askInEveryOrder(stage, story, (server) =>
        readPaths(server, ["1", "2", "3", "4"]),
      );

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

    it("shows how long a run waited for the person who played a manual job", async () => {
      const [path] = await askInEveryOrder(stage, gatedStory, (server) => readPaths(server, ["5"]));

      const parts = { work: 240 + 590, queue: 60 + 10, gate: 1500, gap: 60 };
      expect(path).to.deep.include({ wall_seconds: 2460, parts });
    });

    it("is exact where Tekton sent which task waits for which", async () => {
      const [path] = await askInEveryOrder(stage, createTektonStory(), (server) => readPaths(server, [uid]));

      expect(path).to.deep.include({ exact: true, wall_seconds: 130, parts: { work: 120, queue: 3, gate: 0, gap: 7 } });
      const steps = path?.["path"] as readonly Json[] | undefined;
      expect(steps?.map(({ name }) => name)).to.deep.equal(["compile", "unit", "report"]);
    });

    it("says what is wrong with an id", async () => {
      const server = await start({ databaseUrl: await box.url() });

      expect((await server.request("/api/v1/runs/x/critical-path")).status).to.equal(400);
      const { status, json } = await server.request("/api/v1/runs/7/critical-path");
      expect([status, json["detail"]]).to.deep.equal([404, "run 7 not found (never existed or expired)"]);
    });
  });
}
