import { expect } from "chai";
import { lint, pipelineHook, type JobInput } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { rows } from "../support/database/tables.ts";
import { testServers, type TestServer } from "../support/server/server.ts";

const day = 86_400_000;

async function shown(server: TestServer) {
  const page = (await server.request("/ui/runs")).text.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
  const { runs } = (await server.request("/api/v1/runs")).json as { runs: readonly { id: number; state: string }[] };
  const one = await server.request(`/api/v1/runs/${runs[0]?.id}`);
  const { text } = await server.request("/metrics/ledger");
  const gauge = text.matchAll(/^cicd_pipeline_run_active\{.*project="team\/shop".*,state="(\w+)"\} 1$/gm);
  return {
    page: /▸ executing|\? stale running/.exec(page)?.[0],
    list: runs.map(({ state }) => state),
    run: one.json["state"],
    native: one.json["native_status"],
    gauge: [...gauge].map(([, state]) => state),
  };
}

for (const database of databases) {
  describe(`a run without new deliveries: ${database.name}`, () => {
    const start = testServers();
    const box = sandbox(database);
    const executing = {
      page: "▸ executing",
      list: ["executing"],
      run: "executing",
      native: "running",
      gauge: ["executing"],
    };
    const stale = { page: "? stale running", list: ["stale"], run: "stale", native: "running", gauge: ["stale"] };
    const running = (...jobs: JobInput[]) => pipelineHook("running", [lint, ...jobs]);
    const silentFor = (server: TestServer, days: number) =>
      rows(server.store, `update runs set (first_seen_at, updated_at) = (0, ${Date.now() - days * day})`);

    it("is stale after seven days on the page, in the API and in the gauge, until the next delivery about it", async () => {
      const server = await start({ databaseUrl: await box.url() });
      await server.deliver("gitlab", running());
      await silentFor(server, 6.9);
      expect(await shown(server)).to.deep.equal(executing);

      await silentFor(server, 7.1);

      expect(await shown(server)).to.deep.equal(stale);
      const asked = async (state: string) =>
        (await server.request(`/api/v1/runs?state=${state}`)).json["runs"] as readonly object[];
      expect(await asked("stale")).to.have.length(1);
      expect(await asked("executing")).to.have.length(0);
      await server.deliver("gitlab", running({ id: 3, name: "ship", status: "created" }));
      expect(await shown(server)).to.deep.equal(executing);
    });

    it("is stale after the days that are set, and with 0 never", async () => {
      const databaseUrl = await box.url();
      const patient = await start({ databaseUrl, env: { PIPEGAUGE_STALE_DAYS: "30" } });
      await patient.deliver("gitlab", running());
      await silentFor(patient, 29);
      expect(await shown(patient)).to.deep.equal(executing);
      await silentFor(patient, 31);
      expect(await shown(patient)).to.deep.equal(stale);

      const never = await start({ databaseUrl, env: { PIPEGAUGE_STALE_DAYS: "0" } });

      expect(await shown(never)).to.deep.equal(executing);
    });
  });
}
