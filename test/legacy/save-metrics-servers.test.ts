import { expect } from "chai";
import type { TestStore } from "../support/database/test-store.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { rows, totals } from "../support/database/tables.ts";
import { permutations } from "../support/model/fold.ts";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { saved, fromWebhook } from "./saved.ts";
import type { Entry } from "../../src/core/delivery.ts";

/** What one of two servers sends about its pipeline 700. */
function hook(host: string, path: string, job: number): Entry {
  const project = { path_with_namespace: path, web_url: `https://${host}/${path}`, default_branch: "main" };
  const url = `https://${host}/${path}/-/pipelines/700`;
  return fromWebhook(
    pipelineHook("success", [{ ...unit, id: job, name: "e2e" }], { ...over("10:05", 240), url }, { project }),
  );
}

const one = hook("gitlab.one.example", "a/one", 2111);
const two = hook("gitlab.two.example", "b/two", 9111);
/** What the old collector's client sends about the second server's. */
const client = saved({
  project: "b/two",
  pipeline_id: 700,
  jobs: [{ name: "e2e", started_at: "2026-11-20T10:01:00Z", finished_at: "2026-11-20T10:05:00Z", duration: 240 }],
  builds: [],
  created_at: "2026-11-20T10:00:00Z",
  duration: 240,
});

const counters = ["cicd_pipeline_runs_total", "cicd_job_runs_total", "cicd_pipeline_run_restarts_total"];

/** By project: whether a run is of the default branch a saved pipeline does not tell, and it is counted as it came. */
async function counted(store: TestStore): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const [series, count] of Object.entries(await totals(store))) {
    const [name = ""] = series.split("{");
    const [, project] = /project="(.*?)"/.exec(series) ?? [];
    if (count > 0 && counters.includes(name)) sums[`${name} ${project}`] = (sums[`${name} ${project}`] ?? 0) + count;
  }
  return sums;
}

const collected = `select runs.source, runs.project, legacy_runs.duration from runs
  left join legacy_runs on legacy_runs.run_id = runs.id order by runs.project`;

for (const database of databases) {
  describe(`a saved pipeline whose id two GitLab servers have: ${database.name}`, function () {
    this.timeout(60_000);
    const box = sandbox(database);

    it("is the run of its own project, in every order and in any batches", async () => {
      const reference = await box.store();
      await reference.record([one]);
      await reference.record([two]);
      const expected = await counted(reference);
      expect(Object.values(expected)).to.deep.equal([1, 1, 1, 1]);

      for (const order of permutations([one, two, client])) {
        for (const batches of [order.map((entry) => [entry]), [order], [order.slice(0, 1), order.slice(1)]]) {
          const store = await box.store();
          for (const batch of [...batches, ...batches]) await store.record(batch);

          expect(await counted(store)).to.deep.equal(expected);
          expect(await rows(store, collected)).to.deep.equal([
            { source: "gitlab", project: "a/one", duration: null },
            { source: "gitlab", project: "b/two", duration: 240 },
          ]);
          await store.close();
        }
      }
    });
  });
}
