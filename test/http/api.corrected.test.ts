import { expect } from "chai";
import type { RawRequest } from "../../src/core/adapter.ts";
import { at, condition, run, runFailed, runSucceeded, steps, task } from "../support/payloads/tekton.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { testServers, type Headers, type TestServer } from "../support/server/server.ts";

type Json = Readonly<Record<string, unknown>>;

/** From v1.13 Tekton lets a task come back whose pod was evicted, under the same uid. */
const evicted = task("failed", { ...condition("False", "PodEvicted", 40), startTime: at(2), completionTime: at(40) });
const cameBack = task("successful", {
  ...condition("True", "Succeeded", 80),
  startTime: at(2),
  completionTime: at(80),
  ...steps(22, 79),
});
const skipped = run("successful", {
  ...condition("True", "Completed", 90),
  startTime: at(1),
  completionTime: at(90),
  skippedTasks: [{ name: "deploy", reason: "None" }],
});
const later = run("successful", { ...condition("True", "Succeeded", 95), startTime: at(1), completionTime: at(95) });

for (const database of databases) {
  describe(`read API: what was corrected after it was counted, on ${database.name}`, () => {
    const box = sandbox(database);
    const start = testServers();

    async function shown(...sent: readonly RawRequest[]): Promise<{ server: TestServer; run: Json; jobs: Json }> {
      const server = await start({ databaseUrl: await box.url() });
      for (const { headers, body } of sent)
        await server.deliver("tekton", Buffer.from(body).toString(), headers as Headers);
      const { json } = await server.request("/api/v1/runs");
      const [listed] = json["runs"] as readonly Json[];
      const { json: whole } = await server.request(`/api/v1/runs/${String(listed?.["id"])}`);
      expect(whole["corrected"]).to.equal(listed?.["corrected"]);
      const jobs = (whole["jobs"] as readonly Json[]).map((job) => [job["name"], [job["result"], job["corrected"]]]);
      return { server, run: whole, jobs: Object.fromEntries(jobs) as Json };
    }

    it("a job that came back is shown as corrected; its counter keeps the first result", async () => {
      const { server, run: stored, jobs } = await shown(evicted, cameBack, skipped);

      expect(jobs).to.deep.equal({ compile: ["success", true], deploy: ["skip", false] });
      expect(stored["corrected"]).to.equal(false);
      const totals = await server.scrape();
      expect(totals.total("cicd_job_runs_total", { result: "error" })).to.equal(1);
      expect(totals.total("cicd_job_runs_total", { job_name: "compile", result: "success" })).to.equal(0);
    });

    it("a run whose result was changed is shown as corrected, one that was delivered twice is not", async () => {
      const { run: corrected } = await shown(runFailed, later);
      expect(corrected).to.include({ result: "success", corrected: true });

      const { run: same } = await shown(runSucceeded, later);
      expect(same).to.include({ result: "success", corrected: false });
    });

    it("what is not over, and what arrived late, is not corrected", async () => {
      const { run: mentioned, jobs } = await shown(cameBack, evicted);

      expect(mentioned).to.include({ result: null, corrected: false });
      expect(jobs).to.deep.equal({ compile: ["success", false] });
    });
  });
}
