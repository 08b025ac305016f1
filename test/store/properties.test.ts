import { expect } from "chai";
import * as fc from "fast-check";
import type { Observation } from "../../src/core/model.ts";
import { databasesAndShards, sandbox } from "../support/database/databases.ts";
import { fold, type Folded } from "../support/model/fold.ts";
import { recordings, redelivered } from "../support/model/histories.ts";
import { toEntries, orderless, tables, totals } from "../support/database/tables.ts";

const start = Date.UTC(2026, 0, 1);
const numRuns = { sqlite: 100, postgres: 30 } as const;

/** One attempt with two results, and a duration that comes later: which of the two gets it must not depend on a row's place. */
const twoResults: Observation[][] = (["c", "1/1"] as const)
  .map((completion) => observe({ state: "finished", result: "success", finishedAt: start }, completion))
  .concat(observe({ state: "finished", durationSeconds: 1.25 }))
  .map((observation) => [observation]);

function observe(facts: Observation["facts"], completion?: string): Observation {
  const version = { epoch: 1, clock: start, rank: 1 };
  const named = { project: "shop", pipeline: "build", state: "finished", result: "success", ...facts } as const;
  return { provider: "github", source: "main", run: "1", version, facts: named, completion };
}

/** A series may stand at 0 that nothing has moved: it was made for a completion that turned out to be counted already. */
function moved(all: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== 0));
}

/** The rows of the in-memory ledger, in the terms of the tables. */
function toExpectedRows({ runs }: Folded) {
  const summary = Object.entries(runs).map(
    ([run, { folded: latest, attempt, restarts, recovered, jobs, completions }]) => ({
      run,
      state: latest.facts.state ?? null,
      result: latest.facts.result ?? null,
      clock: latest.version.clock,
      attempt,
      restarts,
      recovered,
      jobs: [...jobs].map(([job, { folded: k }]) => `${job} ${k.facts.state} ${k.facts.result}`).toSorted(),
      completions: [...completions]
        .map(([key, c]) => [key, c.order, c.result, c.finishedAt, c.queueSeconds, c.durationSeconds].join())
        .toSorted(),
    }),
  );
  return summary.toSorted((a, b) => (a.run < b.run ? -1 : 1));
}

async function rowsIn(store: Parameters<typeof tables>[0]) {
  const { runs, jobs, runCompletions } = await tables(store);
  const of = <T extends { run?: string }>(all: readonly T[], run: string) => all.filter((row) => row.run === run);
  const summary = runs.map((row: Record<string, unknown>) => {
    const run = `${String(row["source"])}/${String(row["native_id"])}`;
    return {
      run,
      state: row["state"],
      result: row["result"],
      clock: row["version_clock"],
      attempt: row["attempt"],
      restarts: row["restarts"],
      recovered: row["recovered"],
      jobs: of(jobs, run)
        .map((job: Record<string, unknown>) => [job["native_id"], job["state"], job["result"]].map(String).join(" "))
        .toSorted(),
      completions: of(runCompletions, run)
        .map((c: Record<string, unknown>) =>
          [
            c["key"],
            c["attempt_order"],
            c["result"],
            c["finished_at"],
            c["queue_seconds"],
            c["duration_seconds"],
          ].join(),
        )
        .toSorted(),
    };
  });
  return summary.toSorted((a, b) => (a.run < b.run ? -1 : 1));
}

for (const database of databasesAndShards) {
  describe(`store, properties: ${database.name}`, () => {
    const box = sandbox(database);

    it("holds what the core computes, for any deliveries in any batches", async () => {
      await fc.assert(
        fc
          .asyncProperty(recordings, async (all) => {
            const store = await box.store();
            let before: Record<string, number> = {};
            for (const batch of all) {
              await store.record(toEntries(batch));
              const after = await totals(store);
              for (const [series, value] of Object.entries(before)) {
                expect(after[series], `${series} went down`).to.be.at.least(value);
              }
              before = after;
            }

            const expected = fold(all.flat());
            expect(moved(await totals(store))).to.deep.equal(moved(expected.totals));
            expect(await totals(store)).to.include.all.keys(Object.keys(expected.totals));
            expect(await rowsIn(store)).to.deep.equal(toExpectedRows(expected));
          })
          .afterEach(box.clear),
        { numRuns: numRuns[database.engine], examples: [[twoResults]] },
      );
    });

    it("holds the same in any order and with any duplicates", async () => {
      await fc.assert(
        fc
          .asyncProperty(redelivered, async ([inOrder, otherwise]) => {
            const [one, other] = [await box.store(), await box.store()];
            for (const observed of inOrder) await one.record(toEntries([observed]));
            await other.record(toEntries(otherwise));

            expect(await orderless(other)).to.deep.equal(await orderless(one));
          })
          .afterEach(box.clear),
        { numRuns: numRuns[database.engine] / 5 },
      );
    });
  });
}

const [sqlite, postgres] = databasesAndShards;

if (sqlite !== undefined && postgres !== undefined) {
  describe("store, properties: SQLite and PostgreSQL", () => {
    const one = sandbox(sqlite);
    const other = sandbox(postgres);

    it("show the same and hold the same after the same deliveries", async () => {
      await fc.assert(
        fc
          .asyncProperty(recordings, async (all) => {
            const [a, b] = [await one.store(), await other.store()];
            for (const batch of all) {
              const entries = toEntries(batch);
              expect(await a.record(entries)).to.deep.equal(await b.record(entries));
            }

            expect(await b.snapshot()).to.deep.equal(await a.snapshot());
            expect(await tables(b)).to.deep.equal(await tables(a));
          })
          .afterEach(async () => {
            await one.clear();
            await other.clear();
          }),
        { numRuns: 20 },
      );
    });
  });
}
