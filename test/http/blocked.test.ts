import { expect } from "chai";
import { lint, pipelineHook } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { testServers } from "../support/server/server.ts";

interface Job {
  readonly name: string;
  readonly state: string;
  readonly native_status: string;
}

for (const database of databases) {
  describe(`a run that waits for a person: ${database.name}`, () => {
    const start = testServers();
    const box = sandbox(database);

    it("is blocked on the page, in the API and in the gauge, with the reason beside it", async () => {
      const server = await start({ databaseUrl: await box.url() });
      const body = pipelineHook("manual", [lint, { id: 3, name: "ship", status: "manual" }]);

      expect((await server.deliver("gitlab", body)).status).to.equal(202);

      const page = (await server.request("/ui/runs")).text.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
      expect(page).to.include("‖ blocked manual");
      const answer = await server.request("/api/v1/runs?state=blocked");
      const { runs } = JSON.parse(answer.text) as { runs: readonly { readonly id: number }[] };
      expect(runs).to.have.length(1);
      expect(runs[0]).to.include({ state: "blocked", native_status: "manual", result: null });
      const run = await server.request(`/api/v1/runs/${runs[0]?.id}`);
      const { jobs } = JSON.parse(run.text) as { readonly jobs: readonly Job[] };
      expect(jobs.map(({ name, state, native_status }) => [name, state, native_status])).to.have.deep.members([
        ["lint", "finished", "success"],
        ["ship", "blocked", "manual"],
      ]);
      const labels = 'provider="gitlab",project="team/shop",pipeline="team/shop"';
      const { text } = await server.request("/metrics/ledger");
      expect(text).to.include(`cicd_pipeline_run_active{${labels},state="blocked"} 1\n`);
      expect(text).to.include(`cicd_pipeline_run_active{${labels},state="pending"} 0\n`);
    });
  });
}
