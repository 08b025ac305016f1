import { expect } from "chai";
import type { JobFilter, JobPosition, JobsQuery, RunJob } from "../../src/core/store/read/job-types.ts";
import { databasesAndPartitions, now, sandbox } from "../support/database/databases.ts";
import { toEntries } from "../support/database/tables.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { ofJob, ofRun } from "../support/model/observations.ts";

const results = ["success", "failure", "skip"] as const;
const names = ["unit", "E2E-Firefox", "e2e-chrome", "größe", "lint_%"];

/** Jobs of run i: their ids are in another order than their numbers, and some hold a colon. */
function listMade(i: number): readonly { id: string; name: string; result: (typeof results)[number] }[] {
  return Array.from({ length: i % 4 }, (_, k) => ({
    id: `${i}:${String.fromCharCode(90 - k)}`,
    name: names[(i + k) % names.length] ?? "",
    result: results[(i * 3 + k) % results.length] ?? "success",
  }));
}

const numbers = Array.from({ length: 60 }, (_, i) => i + 1);

function observe(i: number) {
  const jobs = listMade(i).map(({ id, name, result }) =>
    ofJob(id, name, result, {
      clock: 40,
      facts: { stage: i % 2 === 0 ? "test" : null, runnerClass: `class-${i % 3}` },
    }),
  );
  return ofRun(String(i), "success", {
    clock: 60,
    jobs,
    facts: {
      project: `shop/${i % 3}`,
      pipeline: `p${i % 2}`,
      refKind: i % 5 === 0 ? "tag" : "branch",
      trigger: "push",
    },
  });
}

interface Expected {
  readonly i: number;
  readonly id: string;
  readonly name: string;
  readonly result: string;
}

/** All made jobs in the order of the list. */
const all: readonly Expected[] = numbers.toReversed().flatMap((i) =>
  listMade(i)
    .map((job) => ({ i, ...job }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
);

for (const database of databasesAndPartitions) {
  describe(`reading jobs: ${database.name}`, () => {
    const box = sandbox(database);

    async function made(): Promise<TestStore> {
      let clock = now;
      const store = await box.store({ clock: () => (clock += 60_000) });
      for (const i of numbers) await store.record(toEntries([observe(i)]));
      return store;
    }

    async function pages(
      store: TestStore,
      query: Omit<JobsQuery, "limit">,
      limit: number,
      between?: () => Promise<void>,
    ) {
      const found: RunJob[] = [];
      for (let after: JobPosition | undefined; ; ) {
        const { items, next } = await store.read("jobs", { ...query, limit, after });
        expect(items.length).to.be.at.most(limit);
        found.push(...items);
        if (next === undefined) return found.map(({ job }) => job.nativeId);
        after = next;
        await between?.();
      }
    }

    it("shows each once, those of the last run first, for any page length", async () => {
      const store = await made();

      for (const limit of [1, 2, 7, 90, 200])
        expect(await pages(store, { runs: {}, jobs: {} }, limit)).to.deep.equal(all.map(({ id }) => id));
    });

    it("finds what fits a filter and nothing else", async () => {
      const store = await made();
      const filters: readonly (readonly [JobsQuery["runs"], JobFilter, (job: Expected) => boolean])[] = [
        [{ project: "shop/1" }, {}, ({ i }) => i % 3 === 1],
        [{ project: "shop/1", pipeline: "p0" }, {}, ({ i }) => i % 3 === 1 && i % 2 === 0],
        [{ refKind: "tag" }, { results: ["failure", "skip"] }, ({ i, result }) => i % 5 === 0 && result !== "success"],
        [{ trigger: "push" }, { jobName: "unit" }, ({ name }) => name === "unit"],
        [{ trigger: "schedule" }, {}, () => false],
        [{}, { search: "e2e-" }, ({ name }) => /^e2e-/i.test(name)],
        [{}, { search: "GRöSSE" }, () => false],
        [{}, { search: "GRö" }, ({ name }) => name === "größe"],
        [{}, { search: "_%" }, ({ name }) => name === "lint_%"],
        [{}, { stage: "test", runnerClass: "class-2" }, ({ i }) => i % 2 === 0 && i % 3 === 2],
        [{}, { states: ["executing"] }, () => false],
      ];
      for (const [runs, jobs, fits] of filters) {
        const expected = all.filter(fits).map(({ id }) => id);
        for (const limit of [3, 200])
          expect(await pages(store, { runs, jobs }, limit), JSON.stringify([runs, jobs])).to.deep.equal(expected);
      }
    });

    it("neither repeats nor hides one when a run of the last page gets another job", async () => {
      const store = await made();
      let more = 0;

      const found = await pages(store, { runs: {}, jobs: {} }, 5, async () => {
        const job = ofJob(`0 ${more++}`, "late", "success", { clock: 41 });
        await store.record(toEntries([ofRun("59", "success", { clock: 60 + more, jobs: [job] })]));
      });

      expect(found.filter((id) => !id.startsWith("0 "))).to.deep.equal(all.map(({ id }) => id));
    });
  });
}
