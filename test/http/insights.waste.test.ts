import { expect } from "chai";
import { over, pipelineHook, type JobInput } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { freshFolder } from "../support/folder.ts";
import { askInEveryOrder, readInsight, type Delivered } from "../support/server/insights.ts";
import { testServers } from "../support/server/server.ts";

type Json = Readonly<Record<string, unknown>>;

let ids = 0;
const job = (name: string, status: string, created: string, started: string, seconds: number): JobInput => {
  const finished = `${started}:${String(seconds % 60).padStart(2, "0")}`;
  return { id: ++ids, name, status, created, started, finished, more: { duration: seconds } };
};
const ended = (run: number, status: string, jobs: readonly JobInput[], more: Json = {}): Delivered => ({
  source: "gitlab",
  body: pipelineHook(status, jobs, { ...over("10:40", 60), id: run, sha: `${run}`.padStart(40, "a"), ...more }),
});

const first = job("e2e", "failed", "10:00", "10:01", 30);
const lint = job("lint", "success", "10:00", "10:01", 20);
/** Run 1: a flake, and a green job again. Run 2 is superseded by run 3. Run 4 is cancelled, and a job of it had an error. */
const story: readonly Delivered[] = [
  ended(1, "failed", [first, lint], over("10:05", 60)),
  ended(1, "success", [
    first,
    lint,
    job("e2e", "success", "10:20", "10:21", 40),
    job("lint", "success", "10:20", "10:21", 21),
  ]),
  ended(2, "canceled", [job("e2e", "canceled", "10:00", "10:30", 50)], {
    ref: "topic",
    created_at: "2026-11-20 10:29:00 UTC",
  }),
  ended(3, "failed", [job("e2e", "failed", "10:35", "10:36", 55)], {
    ref: "topic",
    created_at: "2026-11-20 10:35:00 UTC",
  }),
  ended(4, "canceled", [job("build", "success", "10:00", "10:02", 5)], { ref: "other" }),
  ended(5, "failed", [{ ...job("build", "failed", "10:00", "10:02", 7), reason: "runner_system_failure" }]),
];

for (const database of databases) {
  describe(`GET /api/v1/insights/waste: ${database.name}`, function () {
    this.timeout(60_000);
    const start = testServers();
    const box = sandbox(database);
    const prices = [
      { runnerClass: "*", from: "2026-11-01", perMinute: 0.6, rounding: "second" },
      { runnerClass: "*", from: "2026-11-21", perMinute: 600 },
    ];
    const stage = { start, url: () => box.url(), folder: freshFolder(), settings: { prices } };

    it("gives each second one cause, and each job its cost, in every order", async () => {
      const found = await askInEveryOrder(stage, story, (server) => readInsight(server, "waste?by=project"));

      expect(found).to.include({ runs: 5, jobs: 8, exact: true });
      const total = 30 + 20 + 40 + 21 + 50 + 55 + 5 + 7;
      expect(found["items"]).to.deep.equal([
        {
          project: "team/shop",
          jobs: 8,
          total_seconds: total,
          flake_seconds: 30,
          retry_green_seconds: 21,
          superseded_seconds: 50,
          cancelled_seconds: 5,
          infra_seconds: 7,
          useful_seconds: 20 + 40 + 55,
          cost: 2.28,
          wasted_cost: 1.13,
          unpriced_seconds: 0,
          run_ids: ["1", "2", "5", "4"],
        },
      ]);
    });

    it("groups by what is asked, and knows no cost without prices", async () => {
      const server = await start({ databaseUrl: await box.url() });
      for (const { source, body } of story) await server.deliver(source, body);

      const { items } = await readInsight(server, "waste?by=job,day&sort=total");
      const shown = (items as readonly Json[]).map(({ job: name, day, total_seconds: seconds, cost }) => [
        name,
        day,
        seconds,
        cost,
      ]);
      expect(shown).to.deep.equal([
        ["e2e", "2026-11-20", 175, null],
        ["lint", "2026-11-20", 41, null],
        ["build", "2026-11-20", 12, null],
      ]);
    });
  });
}
