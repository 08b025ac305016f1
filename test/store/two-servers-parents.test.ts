import { expect } from "chai";
import type { TestStore } from "../support/database/test-store.ts";
import { fromWebhook } from "../legacy/saved.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { rows } from "../support/database/tables.ts";
import { permutations } from "../support/model/fold.ts";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import type { Entry } from "../../src/core/delivery.ts";

/** Deliveries of one of two servers about its pipeline `id`, of which 705 is a child of 700. */
function pipeline(host: string, path: string, id: number): Entry {
  const project = { path_with_namespace: path, web_url: `https://${host}/${path}`, default_branch: "main" };
  const child = { source: "parent_pipeline" };
  const job = { ...unit, id: 10 * id + (path === "a/one" ? 1 : 2) };
  const attributes = { ...over("10:05", 240), id, url: `https://${host}/${path}/-/pipelines/${id}` };
  return fromWebhook(
    pipelineHook(
      "success",
      [job],
      { ...attributes, ...(id === 705 ? child : {}) },
      {
        project,
        ...(id === 705 ? { source_pipeline: { pipeline_id: 700, job_id: 1, project: {} } } : {}),
      },
    ),
  );
}

const one = [pipeline("gitlab.one.example", "a/one", 700), pipeline("gitlab.one.example", "a/one", 705)];
const two = [pipeline("10.0.0.2:8443", "b/two", 700), pipeline("10.0.0.2:8443", "b/two", 705)];

/** The project of each child, and that of the run that its delivery names as its parent. */
async function families(store: TestStore) {
  const found = await rows(
    store,
    `select child.project as child, parent.project as parent from runs as child
     left join runs as parent on parent.source = child.source and parent.native_id = child.parent
     where child.parent is not null order by child.project`,
  );
  return found.map(({ child, parent }) => [child, parent]);
}

const right = [
  ["a/one", "a/one"],
  ["b/two", "b/two"],
];

for (const database of databases) {
  describe(`children at two GitLab servers that post to one source: ${database.name}`, function () {
    this.timeout(60_000);
    const box = sandbox(database);

    it("are parts of the run of their own server, in every order, each delivery sent twice", async () => {
      for (const order of permutations([...one, ...two])) {
        const store = await box.store();
        for (const entry of order) await store.record([entry]);
        expect(await families(store)).to.deep.equal(right);

        for (const entry of order) await store.record([again(entry)]);
        expect(await families(store)).to.deep.equal(right);
        await box.clear();
      }
    });

    it("are so where several come in one batch", async () => {
      for (const order of permutations([...one, ...two])) {
        for (const size of [2, 4]) {
          const store = await box.store();
          for (let from = 0; from < order.length; from += size) await store.record(order.slice(from, from + size));

          expect(await families(store)).to.deep.equal(right);
          await box.clear();
        }
      }
    });

    it("are so where only one of the servers has the id of the parent, or only the ids of the children are equal", async () => {
      for (const order of [...permutations([...two, ...one.slice(1)]), ...permutations([...two, ...one.slice(0, 1)])]) {
        const store = await box.store();
        for (const entry of order) await store.record([entry]);

        expect((await families(store)).filter(([child]) => child === "b/two")).to.deep.equal([["b/two", "b/two"]]);
        await box.clear();
      }
    });
  });
}

let repeated = 0;

/** The same under another key, as a sender repeats it that gives each attempt its own. */
function again({ delivery, observations }: Entry): Entry {
  return { delivery: { ...delivery, key: `${delivery.key} ${++repeated}` }, observations };
}
