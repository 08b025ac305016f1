import { expect } from "chai";
import type { TestStore } from "../support/database/test-store.ts";
import type { Position, RunFilter, StoredRun } from "../../src/core/store/read/types.ts";
import { databasesAndPartitions, now, sandbox } from "../support/database/databases.ts";
import { fill, filled } from "../support/database/fill.ts";
import { ofRun } from "../support/model/observations.ts";
import { toEntries, rows } from "../support/database/tables.ts";

/** Every page of a list, and the runs on them. */
async function allPages(store: TestStore, filter: RunFilter, limit: number, between?: () => Promise<void>) {
  const found: StoredRun[] = [];
  let pages = 0;
  for (let after: Position | undefined; ; ) {
    const { items, next } = await store.read("runs", { filter, limit, after });
    expect(items.length).to.be.at.most(limit);
    found.push(...items);
    pages++;
    if (next === undefined) return { found, pages, names: found.map(({ nativeId }) => nativeId) };
    after = next;
    await between?.();
  }
}

const results = ["success", "failure", "error", "timeout", "cancellation", "skip"] as const;
const projects = ["shop/cart", "shop/ärger", "", "a'b\"c%_"];

/** Run i of the made-up ones, different in every respect that can be asked for. */
function made(i: number) {
  const facts = {
    project: projects[i % projects.length] ?? "",
    pipeline: `pipeline ${i % 3}`,
    ref: i % 5 === 0 ? "main" : `feature/${i}`,
    defaultBranch: i % 5 === 0,
  };
  const more = { clock: 10 + i, source: i % 7 === 0 ? "other" : "main", facts };
  return i % 4 === 3
    ? ofRun(String(i), "executing", more)
    : ofRun(String(i), results[i % results.length] ?? "success", more);
}

const numbers = Array.from({ length: 90 }, (_, i) => i + 1);
const descending = (all: readonly number[]) => all.toReversed().map(String);

for (const database of databasesAndPartitions) {
  describe(`reading runs: ${database.name}`, function () {
    this.timeout(60_000);
    const box = sandbox(database);

    async function made90(): Promise<TestStore> {
      let clock = now;
      const store = await box.store({ clock: () => (clock += 60_000) });
      for (const i of numbers) await store.record(toEntries([made(i)]));
      return store;
    }

    it("shows each once, the latest delivered first, for any page length", async () => {
      const store = await made90();

      for (const limit of [1, 7, 30, 45, 90, 200]) {
        const { names, pages } = await allPages(store, {}, limit);
        expect(names).to.deep.equal(descending(numbers));
        expect(pages).to.equal(Math.ceil(90 / limit));
      }
    });

    it("finds what fits a filter and nothing else, page by page", async () => {
      const store = await made90();
      const isDone = (i: number) => i % 4 !== 3;
      const filters: readonly (readonly [RunFilter, (i: number) => boolean])[] = [
        [{ project: "shop/cart" }, (i) => i % 4 === 0],
        [{ project: "a'b\"c%_" }, (i) => i % 4 === 3],
        [{ project: "shop/ärger", pipeline: "pipeline 2" }, (i) => i % 4 === 1 && i % 3 === 2],
        [{ project: "nowhere" }, () => false],
        [{ pipeline: "pipeline 1" }, (i) => i % 3 === 1],
        [{ source: "other" }, (i) => i % 7 === 0],
        [{ provider: "gitlab" }, () => true],
        [{ provider: "jenkins" }, () => false],
        [{ ref: "main" }, (i) => i % 5 === 0],
        [{ defaultBranch: false }, (i) => i % 5 !== 0],
        [{ states: ["executing"] }, (i) => !isDone(i)],
        [{ states: ["executing", "finished"] }, () => true],
        [{ results: ["failure", "timeout"] }, (i) => isDone(i) && (i % 6 === 1 || i % 6 === 3)],
        [
          { project: "shop/ärger", results: ["failure"], source: "other" },
          (i) => i % 4 === 1 && i % 6 === 1 && i % 7 === 0,
        ],
      ];

      for (const [filter, fits] of filters) {
        for (const limit of [3, 50]) {
          const { names } = await allPages(store, filter, limit);
          expect(names, JSON.stringify(filter)).to.deep.equal(descending(numbers.filter(fits)));
        }
      }
    });

    it("finds those whose first delivery was in a span, to the millisecond", async () => {
      const store = await made90();
      const seen = new Map(
        (await rows(store, "select native_id, first_seen_at from runs")).map((row) => [
          String(row["native_id"]),
          Number(row["first_seen_at"]),
        ]),
      );
      const moment = (i: number) => seen.get(String(i)) ?? 0;

      for (const [first, last] of [
        [1, 90],
        [20, 60],
        [33, 34],
        [90, 90],
      ] as const) {
        const span = { since: moment(first), until: moment(last) };
        const expected = numbers.filter((i) => i >= first && i < last);
        expect((await allPages(store, span, 7)).names).to.deep.equal(descending(expected));
      }
      expect((await allPages(store, { since: moment(90) + 1 }, 7)).names).to.deep.equal([]);
      expect((await allPages(store, { until: moment(1) }, 7)).names).to.deep.equal([]);
      expect((await allPages(store, { since: 0, until: now * 2 }, 50)).names).to.have.length(90);
    });

    it("shows nothing twice and leaves nothing out while others arrive and change", async () => {
      const store = await made90();
      let next = 91;
      const arrive = async () => {
        await store.record(toEntries([made(next++), ofRun("11", "success", { clock: 1000 + next }), made(50)]));
      };

      for (const filter of [{}, { project: "shop/cart" }, { states: ["finished", "executing"] } as const]) {
        const before = (await allPages(store, filter, 200)).names;
        expect((await allPages(store, filter, 10, arrive)).names).to.deep.equal(before);
      }
      expect(next).to.be.above(100);
    });

    it("finds a run by what its provider calls it, in whichever source", async () => {
      const store = await box.store();
      await store.record(toEntries(["a", "b", "c"].map((source) => ofRun("12", "success", { clock: 1, source }))));
      await store.record(toEntries([ofRun("13", "failure", { clock: 1 })]));

      const named = async (filter: RunFilter) =>
        (await allPages(store, filter, 50)).found.map(({ source, nativeId }) => `${source}/${nativeId}`);

      expect(await named({ nativeId: "12" })).to.have.members(["a/12", "b/12", "c/12"]);
      expect(await named({ nativeId: "12", source: "b" })).to.deep.equal(["b/12"]);
      expect(await named({ nativeId: "13" })).to.deep.equal(["main/13"]);
      expect(await named({ nativeId: "13", results: ["success"] })).to.deep.equal([]);
      expect(await named({ nativeId: "14" })).to.deep.equal([]);
    });

    it("looks at a bounded number of rows, says where it stopped, and misses nothing over several pages", async () => {
      const store = await box.store();
      const many = 45_000;
      await fill(store, many);
      const failed = numbersTo(many).filter(filled.isFailure);

      const nowhere = await allPages(store, { ref: "nowhere" }, 50);
      const failures = await allPages(store, { results: ["failure"] }, 200);
      const rare = await allPages(store, { project: "team/7", results: ["failure"] }, 200);

      expect([nowhere.names, nowhere.pages]).to.deep.equal([[], 3]);
      expect(failures.names).to.deep.equal(descending(failed));
      expect(rare.names).to.deep.equal(descending(failed.filter((i) => filled.getProject(i) === "team/7")));
      expect(rare.pages, "by the index of its pipelines").to.equal(Math.ceil(rare.names.length / 200));
    });
  });
}

function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}
