import { expect } from "chai";
import { over, pipelineHook, unit, type JobInput } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { freshFolder } from "../support/folder.ts";
import { askInEveryOrder, readInsight, type Delivered } from "../support/server/insights.ts";
import { testServers } from "../support/server/server.ts";

type Json = Readonly<Record<string, unknown>>;

const failed = (id: number, name: string, reason: string): JobInput => ({
  ...unit,
  id,
  name,
  status: "failed",
  reason,
});
const ended = (run: number, jobs: readonly JobInput[]): Delivered => ({
  source: "gitlab",
  body: pipelineHook("failed", jobs, { ...over("10:30", 240), id: run }),
});
/** The end of a build of Jenkins, which has no jobs. */
const build: Delivered = {
  source: "jenkins",
  body: {
    name: "sweep",
    url: "job/sweep/",
    build: {
      number: 4,
      phase: "COMPLETED",
      status: "UNSTABLE",
      url: "job/sweep/4/",
      full_url: "https://ci.example.com/job/sweep/4/",
      timestamp: Date.UTC(2026, 10, 20, 10),
      duration: 60_000,
    },
  },
};
const story: readonly Delivered[] = [
  ended(1, [failed(1, "unit", "script_failure"), failed(2, "deploy", "job_execution_timeout"), { ...unit, id: 3 }]),
  ended(2, [failed(4, "e2e", "script_failure"), failed(5, "build", "runner_system_failure")]),
  build,
];

for (const database of databases) {
  describe(`GET /api/v1/insights/failures: ${database.name}`, function () {
    this.timeout(60_000);
    const start = testServers();
    const box = sandbox(database);
    const stage = { start, url: () => box.url(), folder: freshFolder() };

    it("shows what went wrong, by class, with the providers' words and the runs, in every order", async () => {
      const found = await askInEveryOrder(stage, story, (server) => readInsight(server, "failures"));

      expect(found).to.include({ runs: 3, jobs: 5, exact: true });
      const items = found["items"] as readonly Json[];
      const [tests] = items.filter((item) => item["class"] === "test");
      expect(tests).to.deep.include({
        jobs: 3,
        runs: 3,
        seconds: 180,
        share: 0.6,
        run_ids: ["1", "2", "job/sweep/4/"],
      });
      expect(tests?.["reasons"]).to.deep.equal([
        { reason: "script_failure", jobs: 2 },
        { reason: "UNSTABLE", jobs: 1 },
      ]);
      const others = items
        .filter((item) => item !== tests)
        .map((item) => [item["class"], item["jobs"], item["example_run_id"]]);
      expect(others).to.have.deep.members([
        ["timeout", 1, "1"],
        ["runner_lost", 1, "2"],
      ]);
    });
  });
}
