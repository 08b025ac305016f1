import { expect } from "chai";
import { over, pipelineHook, type JobInput } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { freshFolder } from "../support/folder.ts";
import { askInEveryOrder, readInsight, type Delivered } from "../support/server/insights.ts";
import { testServers } from "../support/server/server.ts";

type Json = Readonly<Record<string, unknown>>;

/** `after`: minutes after 10:00. */
const clock = (after: number) => `${10 + Math.floor(after / 60)}:${String(after % 60).padStart(2, "0")}`;
let ids = 0;
const job = (name: string, status: string, end: number): JobInput => {
  return { id: ++ids, name, status, created: clock(end - 3), started: clock(end - 2), finished: clock(end) };
};
const ended = (
  run: number,
  status: string,
  end: number,
  jobs: readonly JobInput[] = [],
  more: Json = {},
): Delivered => ({
  source: "gitlab",
  body: pipelineHook(status, jobs, { ...over(clock(end), 60), id: run, sha: `${run}`.padStart(40, "a"), ...more }),
});

const rerun = job("e2e", "failed", 50);
/** Red from 10:10 to 10:40 (runs 2 and 3), from 10:50 to 11:00 (run 6, repaired by a retry), and from 11:20 on (9 to 11). */
const story: readonly Delivered[] = [
  ended(1, "success", 2),
  ended(2, "failed", 10, [job("lint", "failed", 9), job("e2e", "failed", 10)]),
  ended(3, "failed", 20, [job("lint", "success", 19), job("e2e", "failed", 20)]),
  ended(4, "success", 40),
  ended(5, "canceled", 42),
  ended(6, "failed", 50, [rerun]),
  ended(6, "success", 60, [rerun, job("e2e", "success", 60)]),
  ended(7, "skipped", 62),
  ended(8, "success", 70),
  ended(9, "failed", 80, [job("build", "failed", 79), job("unit", "failed", 80)]),
  ended(10, "failed", 90, [job("build", "failed", 89), job("unit", "failed", 90)]),
  ended(11, "failed", 100, [job("build", "failed", 99), job("unit", "failed", 100)]),
  ended(12, "canceled", 110),
  ended(13, "failed", 115, [], { ref: "topic" }),
];

for (const database of databases) {
  describe(`GET /api/v1/insights/red-main: ${database.name}`, function () {
    this.timeout(60_000);
    const start = testServers();
    const box = sandbox(database);
    const stage = { start, url: () => box.url(), folder: freshFolder() };

    it("shows how often and how long the default branch was red, and what alone made it so, in every order", async () => {
      const found = await askInEveryOrder(stage, story, (server) => readInsight(server, "red-main"));

      const open = 24 * 60 - (10 * 60 + 80);
      expect(found).to.include({ exact: true, runs: 9, jobs: 12 });
      expect(found["definition"]).to.match(/default branch/);
      const [item = {}, ...others] = found["items"] as readonly Json[];
      expect(others).to.deep.equal([]);
      expect(item).to.deep.include({
        provider: "gitlab",
        source: "gitlab",
        project: "team/shop",
        pipeline: "team/shop",
        ref: "main",
        breaks: 3,
        recoveries: 2,
        red_seconds: (30 + 10 + open) * 60,
        flaky_red_seconds: 600,
        red_share: (40 + open) / (24 * 60),
        open_since: "2026-11-20T11:20:00.000Z",
        first_bad_run_id: "9",
        first_good_run_id: null,
        sole_blockers: [{ job_name: "e2e", runs: 2, run_ids: ["6", "3"] }],
      });
      expect((item["periods"] as readonly Json[])[1]).to.deep.equal({
        since: "2026-11-20T10:50:00.000Z",
        until: "2026-11-20T11:00:00.000Z",
        seconds: 600,
        flaky_seconds: 600,
        first_bad_run_id: "6",
        first_good_run_id: "6",
      });
    });

    it("reads only default branches, and looks back for how the span began", async () => {
      const server = await start({ databaseUrl: await box.url() });
      for (const { source, body } of story) await server.deliver(source, body);
      const ask = async (query: string) => (await server.request(`/api/v1/insights/red-main?${query}`)).json["items"];

      expect(await ask("since=2026-11-20&until=2026-11-21&ref=topic")).to.deep.equal([]);
      const [later] = (await ask("since=2026-11-21&until=2026-11-22")) as readonly Json[];
      expect(later).to.deep.include({ breaks: 0, red_seconds: 86_400, red_share: 1 });
      expect(later).to.deep.include({ open_since: "2026-11-20T11:20:00.000Z" });
      const [future] = (await ask("since=2026-11-21&until=2027-01-01")) as readonly Json[];
      expect(future?.["red_seconds"], "not after now").to.be.at.most((Date.now() - Date.UTC(2026, 10, 21)) / 1000);
    });
  });
}
