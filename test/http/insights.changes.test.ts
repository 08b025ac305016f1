import { expect } from "chai";
import { databases, sandbox } from "../support/database/databases.ts";
import { freshFolder } from "../support/folder.ts";
import { pipelineHook, unit, type JobInput } from "../support/payloads/gitlab.ts";
import { askInEveryOrder, readInsight, type Delivered } from "../support/server/insights.ts";
import { testServers } from "../support/server/server.ts";

type Json = Readonly<Record<string, unknown>>;

/** The day of the fixtures, which the tests ask about. */
const day = Date.UTC(2026, 10, 20);
const hour = 3_600_000;
const stamp = (millis: number) => new Date(millis).toISOString().replace("T", " ").replace(".000Z", " UTC");

/** A run that was created at `createdAt`; its jobs waited `wait` seconds, and `e2e` worked `seconds`. */
function makeHook(id: number, createdAt: number, { seconds = 300, wait = 3, lint = "success" }): Delivered {
  const startedAt = createdAt + wait * 1000;
  const job = (number: number, name: string, status: string, duration: number): JobInput => ({
    ...unit,
    id: id * 10 + number,
    name,
    status,
    more: {
      created_at: stamp(createdAt),
      started_at: stamp(startedAt),
      finished_at: stamp(startedAt + duration * 1000),
      duration,
      queued_duration: wait,
    },
  });
  const attributes = {
    id,
    sha: `${id}`.padStart(40, "a"),
    created_at: stamp(createdAt),
    finished_at: stamp(startedAt + (seconds + 10) * 1000),
    duration: seconds + 10,
    queued_duration: wait,
  };
  const jobs = [job(0, "e2e", "success", seconds), job(1, "lint", lint, 60)];
  return { source: "gitlab", body: pipelineHook(lint, jobs, attributes) };
}

/** Two runs a day for 34 days, then twelve: `e2e` is slower, `lint` fails in every third run, and all wait longer. */
const story: readonly Delivered[] = [
  ...Array.from({ length: 68 }, (_, i) => makeHook(i + 1, day - (68 - i) * 12 * hour, { seconds: 300 + (i % 3) })),
  ...Array.from({ length: 12 }, (_, i) => {
    const lint = i % 3 === 1 ? "failed" : "success";
    return makeHook(i + 101, day + i * hour, { seconds: 390 + (i % 3), wait: 100, lint });
  }),
];

for (const database of databases) {
  describe(`GET /api/v1/insights/changes: ${database.name}`, function () {
    this.timeout(120_000);
    const start = testServers();
    const box = sandbox(database);
    const stage = { start, url: () => box.url(), folder: freshFolder() };

    it("says what became slower, fails more often and waits longer since which run, in every order", async () => {
      const found = await askInEveryOrder(stage, story, (server) => readInsight(server, "changes"));

      expect(found).to.include({ exact: true, runs: 80, jobs: 160, next_cursor: null });
      const names = { provider: "gitlab", source: "gitlab", project: "team/shop", pipeline: "team/shop" };
      const items = (found["items"] as readonly Json[]).map(({ p, sha, at, ...item }) => {
        expect(p, JSON.stringify(item)).to.be.below(0.05);
        expect(sha).to.equal(String(item["run_id"]).padStart(40, "a"));
        expect(at).to.match(/^2026-11-20T0/);
        return item;
      });
      const pipeline = { ...names, stage: null, job_name: null, runner_class: null };
      const nothing = { provider: null, source: null, project: null, pipeline: null, stage: null, job_name: null };
      expect(items).to.deep.equal([
        { what: "queue", ...nothing, runner_class: null, before: 3, after: 100, run_id: "101" },
        { ...pipeline, what: "duration", stage: "test", job_name: "e2e", before: 301, after: 391, run_id: "101" },
        { ...pipeline, what: "duration", before: 311, after: 401, run_id: "101" },
        { ...pipeline, what: "success", before: 1, after: 20 / 24, run_id: "102" },
        { ...pipeline, what: "success", stage: "test", job_name: "lint", before: 1, after: 20 / 24, run_id: "102" },
      ]);
    });

    it("takes the filters of runs, and what changed", async () => {
      const server = await start({ databaseUrl: await box.url() });
      for (const { source, body } of story) await server.deliver(source, body);
      const listKinds = async (query: string) => {
        const { items } = await readInsight(server, `changes?${query}`);
        return (items as readonly Json[]).map(({ what }) => what);
      };

      expect(await listKinds("what=duration")).to.deep.equal(["duration", "duration"]);
      expect(await listKinds("what=queue,success&project=team/shop")).to.deep.equal(["queue", "success", "success"]);
      expect(await listKinds("provider=github")).to.deep.equal([]);
      expect(await listKinds("default_branch=false")).to.deep.equal([]);
    });
  });
}
