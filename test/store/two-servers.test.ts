import { expect } from "chai";
import { gitlab } from "../../src/adapters/gitlab/index.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { jobHook, over, pipelineHook, request, unit } from "../support/payloads/gitlab.ts";
import { allDatabases, sandbox } from "../support/database/databases.ts";
import { permutations } from "../support/model/fold.ts";
import type { Row } from "../../src/core/store/db/columns.ts";
import { toEntries, tables, totals } from "../support/database/tables.ts";

/** Deliveries of one of two servers about its pipeline 700, with jobs of its own. */
function createDeliveries(host: string, path: string, job: number, result: string) {
  const project = { path_with_namespace: path, web_url: `https://${host}/${path}`, default_branch: "main" };
  const url = `https://${host}/${path}/-/pipelines/700`;
  const of = { ...unit, id: job, status: result };
  return [
    jobHook(of, { project, repository: null }),
    pipelineHook(result, [of], { ...over("10:05", 240), url }, { project }),
  ];
}

const first = createDeliveries("gitlab.one.example", "a/one", 2111, "failed");
const second = createDeliveries("gitlab.two.example:8443", "b/two", 9111, "success");

function entriesFor(bodies: readonly unknown[]) {
  return toEntries(
    bodies.map((body) => {
      const outcome = gitlab.parse(request(body), "gitlab");
      if (outcome.kind !== "observed") throw new Error(`not observed: ${JSON.stringify(outcome)}`);
      return outcome.observations[0];
    }),
  );
}

async function totalsOfProject(store: TestStore, project: string) {
  return Object.entries(await totals(store)).filter(([series]) => series.includes(`project="${project}"`));
}

for (const database of allDatabases) {
  describe(`two GitLab servers that post to one source: ${database.name}`, () => {
    const { store: open } = sandbox(database);

    it("have runs of their own under one id, and no number of one changes with the other", async function () {
      this.timeout(60_000);
      const alone = await open();
      await alone.record(entriesFor(first));
      const other = await open();
      await other.record(entriesFor(second));

      for (const order of permutations([...first, ...second])) {
        const store = await open();
        for (const entry of entriesFor([...order, ...order])) await store.record([entry]);

        expect(await totalsOfProject(store, "a/one")).to.deep.equal(await totalsOfProject(alone, "a/one"));
        expect(await totalsOfProject(store, "b/two")).to.deep.equal(await totalsOfProject(other, "b/two"));
        const ids = (await tables(store)).runs.map((run: Row) => run["native_id"]);
        const isFirst = first.includes(order[0] as (typeof first)[0]);
        const later = isFirst ? "gitlab.two.example:8443/700" : "gitlab.one.example/700";
        expect(ids).to.have.members(["700", later]);
      }
    });

    it("are distinguished within one batch as well", async () => {
      const store = await open();
      await store.record(entriesFor([...first, ...second]));

      const runs = (await tables(store)).runs.map((run: Row) => [run["native_id"], run["project"], run["restarts"]]);
      expect(runs).to.have.deep.members([
        ["700", "a/one", 0],
        ["gitlab.two.example:8443/700", "b/two", 0],
      ]);
    });
  });
}
