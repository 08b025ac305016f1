import { expect } from "chai";
import { databases, sandbox } from "../support/database/databases.ts";
import { pipelineHook, type JobInput } from "../support/payloads/gitlab.ts";
import { testServers, type TestServer } from "../support/server/server.ts";

/** What people read of one section, by the id of its heading, without tags. */
function readSection(markup: string, id: string): string {
  const section = new RegExp(`<section aria-labelledby="${id}">.*?</section>`, "s").exec(markup)?.[0] ?? "";
  return section
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

const compile: JobInput = {
  id: 1,
  name: "compile",
  status: "success",
  started: "10:00:03",
  finished: "10:05",
  more: { stage: "build", duration: 297 },
};
const failedUnit: JobInput = {
  id: 2,
  name: "unit",
  status: "failed",
  started: "10:05:03",
  finished: "10:08",
  reason: "script_failure",
};
const passedUnit: JobInput = { id: 3, name: "unit", status: "success", started: "10:08:03", finished: "10:12" };
const lint: JobInput = {
  id: 4,
  name: "lint",
  status: "failed",
  started: "10:05:03",
  finished: "10:06",
  reason: "runner_system_failure",
  more: { allow_failure: true },
};

for (const database of databases) {
  describe(`GET /ui/runs/:id: ${database.name}`, () => {
    const start = testServers();
    const box = sandbox(database);

    async function openServer(): Promise<TestServer> {
      return start({ databaseUrl: await box.url() });
    }

    /** The text of the view of the run with this native id. */
    async function openRun(server: TestServer, nativeId: string): Promise<string> {
      const { json } = await server.request(`/api/v1/runs?native_id=${nativeId}`);
      const { id } = (json["runs"] as readonly { id: number }[])[0] ?? { id: 0 };
      const { status, text } = await server.request(`/ui/runs/${id}`);
      expect(status).to.equal(200);
      return text;
    }

    it("says what failed and why first, then when each job ran, and where the time went", async () => {
      const server = await openServer();
      const attributes = { finished_at: "2026-11-20 10:12:00 UTC", duration: 700, queued_duration: 3 };
      await server.deliver("gitlab", pipelineHook("success", [compile, failedUnit, passedUnit, lint], attributes));

      const text = await openRun(server, "700");

      expect(readSection(text, "run")).to.match(/^team\/shop 12 .*✓ success .*Ref main default branch .*Trigger push/);
      const failed = readSection(text, "failed");
      expect(failed).to.match(/lint test ! error allowed to fail runner lost runner_system_failure/);
      expect(failed).to.match(/unit test ✗ failure passed later test script_failure/);
      expect(failed.indexOf("lint"), "what no later try made good comes first").to.be.below(failed.indexOf("unit"));
      const jobs = readSection(text, "jobs");
      expect(jobs).to.match(/compile build ◆ on the critical path ✓ success/);
      expect(jobs).to.match(/unit test ◆ on the critical path ✓ success again once, failure/);
      expect(jobs.match(/unit/g), "both tries on one line").to.have.length(1);
      expect(readSection(text, "time")).to.match(
        /12 min from queued to finished.*from the times of the jobs.*Work of the/,
      );
      expect(text)
        .to.include('<a href="../../api/v1/runs/')
        .and.include('<a href="../runs?project=team%2Fshop&amp;ref=main">');
    });

    it("lists the runs that belong to it: parent, children, and others of the same commit", async () => {
      const server = await openServer();
      const parent = {
        source_pipeline: { pipeline_id: 700, job_id: 1, project: { path_with_namespace: "team/shop" } },
      };
      await server.deliver("gitlab", pipelineHook("running", [compile]));
      await server.deliver(
        "gitlab",
        pipelineHook("running", [], { id: 701, iid: 13, source: "parent_pipeline" }, parent),
      );
      await server.deliver("gitlab", pipelineHook("running", [], { id: 702, iid: 14, source: "schedule" }));
      await server.deliver("gitlab", pipelineHook("running", [], { id: 703, iid: 15, sha: "another" }));

      const text = await openRun(server, "700");
      const child = await openRun(server, "701");

      expect(readSection(text, "children"))
        .to.include(" 13 ")
        .and.not.match(/ 1[245] /);
      expect(readSection(text, "commit"))
        .to.include(" 14 ")
        .and.not.match(/ 1[25] /);
      expect(readSection(child, "run")).to.match(/Part of team\/shop 12/);
    });

    it("shows a run of which no job is known", async () => {
      const server = await openServer();
      await server.deliver("gitlab", pipelineHook("pending", []));

      const text = await openRun(server, "700");

      expect(readSection(text, "jobs")).to.include("No job of this run is known yet.");
      expect(readSection(text, "failed")).to.equal("");
    });
  });
}
