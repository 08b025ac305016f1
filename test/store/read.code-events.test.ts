import { expect } from "chai";
import type { CodeEvent, CodeEventKind } from "../../src/core/code-event.ts";
import type { CodeEventFilters, CodeEventPosition } from "../../src/core/store/read/code-event-types.ts";
import { databases, now, sandbox } from "../support/database/databases.ts";
import { entry } from "../support/database/tables.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { fullCodeEvents } from "../support/model/code-events.ts";

/** The reads that list each kind. */
const lists = { deployment: "deployments", change: "codeChanges", push: "pushes" } as const;

const [deployment, change, push] = fullCodeEvents as readonly [
  Extract<CodeEvent, { kind: "deployment" }>,
  Extract<CodeEvent, { kind: "change" }>,
  Extract<CodeEvent, { kind: "push" }>,
];

const numbers = Array.from({ length: 40 }, (_, i) => i);
/** Some are first seen in the same millisecond, in two sources; ids hold what a cursor separates its parts by. */
const toId = (i: number) => `host:${String.fromCharCode(65 + (i % 7))}/${i}`;
const toSource = (i: number) => (i % 2 === 0 ? "main" : "Other");
const toSha = (i: number) => `${String(i).padStart(8, "a")}${"0".repeat(32)}`;

/** One of each kind; what is undefined is not stated. */
function make(i: number): readonly CodeEvent[] {
  const identity = { source: toSource(i), id: toId(i) };
  const project = `shop/${i % 3}`;
  const environment = i % 2 === 0 ? "production" : "staging";
  return [
    {
      ...deployment,
      ...identity,
      facts: {
        ...deployment.facts,
        project,
        environment,
        sha: i % 4 === 0 ? toSha(i).slice(0, 8) : toSha(i),
        state: i % 5 === 0 ? "executing" : "finished",
        result: i % 5 === 0 ? null : "success",
      },
    },
    {
      ...change,
      ...identity,
      facts: {
        project,
        number: String(i),
        status: i % 2 === 0 ? "merged" : "open",
        headSha: toSha(i),
        mergeSha: i % 2 === 0 ? toSha(100 + i) : null,
      },
    },
    { ...push, ...identity, facts: { ...push.facts, project, defaultBranch: i % 2 === 0, after: toSha(i) } },
  ];
}

/** Four are seen in one millisecond; of these the greatest source comes first, and of it the greatest id, byte by byte. */
const tick = (i: number) => Math.floor(i / 4);
const inOrder = numbers.toSorted(
  (a, b) =>
    tick(b) - tick(a) || (toSource(a) < toSource(b) ? 1 : toSource(a) > toSource(b) ? -1 : toId(a) < toId(b) ? 1 : -1),
);

for (const database of databases) {
  describe(`reading deployments, changes and pushes: ${database.name}`, () => {
    const box = sandbox(database);

    async function made(): Promise<TestStore> {
      let clock = now;
      const store = await box.store({ clock: () => clock });
      for (const i of numbers) {
        clock = now + tick(i) * 1000;
        await store.record([{ ...entry(`code ${i}`, []), codeEvents: make(i) }]);
      }
      clock = now + 1_000_000;
      return store;
    }

    async function page<K extends CodeEventKind>(
      store: TestStore,
      kind: K,
      filter: CodeEventFilters[K],
      limit: number,
      between?: () => Promise<unknown>,
    ): Promise<string[]> {
      const found: string[] = [];
      for (let after: CodeEventPosition | undefined; ; ) {
        const { items, next } = await store.read(lists[kind], { filter, limit, after });
        expect(items.length).to.be.at.most(limit);
        found.push(...items.map(({ nativeId }) => nativeId));
        if (next === undefined) return found;
        after = next;
        await between?.();
      }
    }

    it("shows each once, the last first seen first, for any page length", async () => {
      const store = await made();

      for (const kind of Object.keys(lists) as CodeEventKind[]) {
        for (const limit of [1, 3, 40, 200])
          expect(await page(store, kind, {}, limit), `${kind} ${limit}`).to.deep.equal(inOrder.map(toId));
      }
    });

    it("finds what fits a filter and nothing else", async () => {
      const store = await made();
      const filters: {
        readonly [K in CodeEventKind]: readonly (readonly [CodeEventFilters[K], (i: number) => boolean])[];
      } = {
        deployment: [
          [{ project: "shop/1" }, (i) => i % 3 === 1],
          [{ source: "main" }, (i) => i % 2 === 0],
          [{ provider: "github" }, () => false],
          [{ project: "shop/1", environment: "staging" }, (i) => i % 3 === 1 && i % 2 === 1],
          [{ states: ["executing", "pending"] }, (i) => i % 5 === 0],
          [{ results: ["success"] }, (i) => i % 5 !== 0],
          [{ since: now + 2000, until: now + 4000 }, (i) => tick(i) === 2 || tick(i) === 3],
          [{ ref: "main", tier: "production", sha: toSha(8) }, (i) => i === 8],
          [{ sha: toSha(9).slice(0, 10) }, (i) => i === 9],
          [{ sha: "a" }, () => true],
          [{ environment: "nowhere" }, () => false],
        ],
        change: [
          [{ project: "shop/2", number: "5" }, (i) => i === 5],
          [{ statuses: ["open", "closed"] }, (i) => i % 2 === 1],
          [{ sha: toSha(7) }, (i) => i === 7],
          [{ sha: toSha(106) }, (i) => i === 6],
          [{ target: "main" }, () => false],
        ],
        push: [
          [{ project: "shop/0", defaultBranch: true }, (i) => i % 6 === 0],
          [{ defaultBranch: false, ref: "main" }, (i) => i % 2 === 1],
          [{ sha: toSha(11).slice(0, 8) }, (i) => i === 11],
          [{ ref: "other" }, () => false],
        ],
      };
      for (const kind of Object.keys(filters) as CodeEventKind[]) {
        for (const [filter, fits] of filters[kind]) {
          const expected = inOrder.filter(fits).map(toId);
          for (const limit of [2, 200])
            expect(await page(store, kind, filter, limit), JSON.stringify(filter)).to.deep.equal(expected);
        }
      }
    });

    it("neither repeats nor hides one that later deliveries change, or that comes meanwhile", async () => {
      const store = await made();
      let more = 0;
      const version = { epoch: 1, clock: now, rank: 9 };

      const found = await page(store, "push", {}, 5, () => {
        more++;
        const again = make(more).map((event) => ({
          ...event,
          version,
          facts: { ...event.facts, ref: `branch ${more}` },
        }));
        const late = { ...push, id: `late ${more}` };
        return store.record([{ ...entry(`later ${more}`, []), codeEvents: [...again, late] as CodeEvent[] }]);
      });

      expect(found).to.deep.equal(inOrder.map(toId));
    });

    it("goes on behind the rows that one request scans", async function () {
      this.timeout(60_000);
      const store = await made();
      const { knex, engine } = store.connection;
      const numbered =
        engine === "postgres"
          ? "generate_series(1, 20010) as n(i)"
          : "(with recursive n(i) as (select 1 union all select i + 1 from n where i < 20010) select i from n) as n";
      await knex.raw(`
        insert into pushes (source, native_id, provider, project, first_seen_at, ref)
        select 'main', 'many ' || i, 'gitlab', 'shop/many', ${now + 500_000}, 'other' from ${numbered}`);

      const first = await store.read("pushes", { filter: { ref: "main" }, limit: 5 });
      const { items } = await store.read("pushes", { filter: { ref: "main" }, limit: 5, after: first.next });

      expect(first.items).to.deep.equal([]);
      expect(items.map(({ nativeId }) => nativeId)).to.deep.equal(inOrder.slice(0, 5).map(toId));
    });
  });
}
