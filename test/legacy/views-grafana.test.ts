import { expect } from "chai";
import { databases, sandbox } from "../support/database/databases.ts";
import { ofJob, ofRun } from "../support/model/observations.ts";
import { toEntries, rows } from "../support/database/tables.ts";
import { expandedPanels, from, panels } from "./panels.ts";
import { saved } from "./saved.ts";
import type { Entry } from "../../src/core/delivery.ts";

let created = 0;

/** A saved pipeline of the project and time that the panels look at, `before` seconds before its tests. */
function pipeline(before: number, tests: number, more: Readonly<Record<string, unknown>> = {}): Entry {
  const number = ++created;
  return saved({
    project: "shop/cart",
    pipeline_id: number,
    created_at: new Date(from + number * 3_600_000).toISOString(),
    duration: before + tests,
    duration_e2e: tests,
    // Several builds of a pipeline must not make it weigh more.
    builds: Array.from({ length: number % 3 }, (_, i) => ({ [`build-${i}`]: 10 })),
    jobs: [],
    ...more,
  });
}

/** The same, from a webhook. */
function run(before: number, tests: number): readonly Entry[] {
  const at = (seconds: number) => (from + 400 * 3_600_000 - Date.UTC(2026, 10, 20, 10)) / 1000 + seconds;
  const end = before + tests;
  return toEntries([
    ofRun("uid-1", "success", {
      provider: "tekton",
      source: "tekton",
      clock: at(end),
      queued: at(0),
      started: at(0),
      jobs: [
        ofJob("image", "image", "success", { clock: at(5), started: at(1), facts: { stage: "build" } }),
        ofJob("e2e", "e2e", "success", { clock: at(end), started: at(before) }),
      ],
    }),
  ]);
}

/** What the panels must not see: another project, branch or time. */
const elsewhere: readonly Entry[] = [
  pipeline(9000, 9000, { project: "shop/other" }),
  pipeline(9000, 9000, { ref: "feature" }),
  pipeline(9000, 9000, { created_at: "2026-10-31T23:59:59.999Z" }),
  pipeline(9000, 9000, { created_at: "2026-11-20T00:00:00.001Z" }),
];

// 0, 10, … 100 seconds before the tests, in no order; the tests take twice that and 1, and where something was restarted
// they take 7000.
const seen: readonly Entry[] = [
  ...[100, 30, 60, 0, 90].map((before) => pipeline(before, before * 2 + 1)),
  ...[20, 70, 40].map((before) => pipeline(before, 7000, { has_restarts: true })),
  ...[80, 10].map((before) => pipeline(before, before * 2 + 1)),
  ...run(50, 101),
];

const expected = [
  { count: 11 },
  // Of 0, 10, … 100: places 5, 8 and 9.5 of 0 to 10.
  { p50: 50, p80: 80, p95: 95 },
  // Of 1, 21, 61, 101, 121, 161, 181, 201: places 3.5, 5.6 and 6.65 of 0 to 7.
  { p50: 111, p80: 173, p95: 194 },
];

for (const database of databases) {
  describe(`the old Grafana panels: ${database.name}`, () => {
    const { store: open } = sandbox(database);

    expandedPanels(database.engine, "shop/cart").forEach((sql, i) => {
      it(`shows the right figures in panel ${i + 1}`, async () => {
        const store = await open();
        for (const entry of [...elsewhere, ...seen]) await store.record([entry]);

        const [row = {}] = await rows(store, sql);
        const figures = Object.values(row).map((value) => Math.round(Number(value) * 1e6) / 1e6);
        expect(figures).to.deep.equal(Object.values(expected[i] ?? {}));
      });

      it(`shows nothing in panel ${i + 1} where there is nothing`, async () => {
        const [row = {}] = await rows(await open(), sql);

        expect(Object.values(row).map(Number)).to.deep.equal(i === 0 ? [0] : [0, 0, 0]);
      });
    });
  });
}

describe("docs/grafana-legacy.md", () => {
  it("has three panels for each database", () => {
    for (const { engine } of databases) expect(panels(engine), engine).to.have.length(expected.length);
  });
});
