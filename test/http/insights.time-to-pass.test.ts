import { expect } from "chai";
import { over, pipelineHook, type JobInput } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { freshFolder } from "../support/folder.ts";
import { askInEveryOrder, readInsight, type Delivered } from "../support/server/insights.ts";
import { testServers } from "../support/server/server.ts";

type Json = Readonly<Record<string, unknown>>;

const job = (id: number, status: string, started: string, finished: string): JobInput => {
  return { id, name: "unit", status, created: "10:00", started, finished, more: { queued_duration: 60 } };
};
const ended = (run: number, status: string, end: string, jobs: readonly JobInput[], sha: string): Delivered => ({
  source: "gitlab",
  body: pipelineHook(status, jobs, { ...over(end, 60), id: run, sha: sha.padEnd(40, "0") }),
});
const first = job(1, "failed", "10:01", "10:05");
/** Commit a fails at 10:05, is retried at 10:19 and passes at 10:25; commit b passes at once, commit c has failed. */
const story: readonly Delivered[] = [
  ended(1, "failed", "10:05", [first], "a"),
  ended(1, "success", "10:25", [first, job(2, "success", "10:20", "10:25")], "a"),
  ended(2, "success", "10:03", [job(3, "success", "10:01", "10:03")], "b"),
  ended(3, "failed", "10:10", [job(4, "failed", "10:01", "10:10")], "c"),
];

for (const database of databases) {
  describe(`GET /api/v1/insights/time-to-pass: ${database.name}`, function () {
    this.timeout(60_000);
    const start = testServers();
    const box = sandbox(database);
    const stage = { start, url: () => box.url(), folder: freshFolder() };

    it("measures commits from the first run to green, and sums them up by week, in every order", async () => {
      const { found, weeks } = await askInEveryOrder(stage, story, async (server) => ({
        found: await readInsight(server, "time-to-pass"),
        weeks: await readInsight(server, "time-to-pass/weeks"),
      }));

      expect(found).to.include({ runs: 3, jobs: 4, exact: true });
      const [open, retried, quick, ...others] = found["items"] as readonly Json[];
      expect(others).to.deep.equal([]);
      expect(open).to.deep.include({ sha: "c".padEnd(40, "0"), passed_at: null, first_try: false, run_id: "3" });
      expect(open?.["seconds"]).to.equal(14 * 3600);
      expect(retried).to.deep.equal({
        provider: "gitlab",
        source: "gitlab",
        project: "team/shop",
        change: null,
        ref: "main",
        sha: "a".padEnd(40, "0"),
        queued_at: "2026-11-20T10:00:00.000Z",
        passed_at: "2026-11-20T10:25:00.000Z",
        seconds: 1500,
        parts: { execution: 540, queue: 120, approval: 0, idle: 840, other: 0 },
        attempts: 2,
        first_try: false,
        first_red_seconds: 300,
        run_id: "1",
        run_ids: ["1"],
      });
      expect(quick).to.deep.include({ seconds: 180, first_try: true, attempts: 1, first_red_seconds: null });
      expect(weeks["items"]).to.deep.equal([
        { week: "2026-11-16", commits: 3, passed: 2, first_try_share: 1 / 3, p50_seconds: 1500, p90_seconds: null },
      ]);
    });
  });
}
