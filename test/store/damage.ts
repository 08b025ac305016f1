import type { Observation } from "../../src/core/model.ts";
import type { TestStore } from "../support/database/test-store.ts";
import type { Findings } from "../../src/core/store/maintenance/rebuild.ts";
import { ofJob, ofRun } from "../support/model/observations.ts";
import { rows } from "../support/database/tables.ts";

/** Some runs of several pipelines, with every kind of thing that is counted. */
export function several(): Observation[] {
  return Array.from({ length: 30 }, (_, i) => [
    ofRun(`${i}`, i % 3 === 0 ? "failure" : "success", {
      clock: 60 + i,
      epoch: 1,
      attempt: 1,
      queued: 0,
      started: 10,
      jobs: [
        ofJob(`${i}1`, "check", "failure", { clock: 50 + i, queued: 5, started: 20 }),
        ofJob(`${i}2`, "check", "success", { clock: 55 + i, queued: 5, started: 20 }),
        ofJob(`${i}3`, "check", "success", { clock: 58 + i, queued: 52 + i, started: 54 + i }),
      ],
      retriesByName: true,
      facts: { project: `shop/${i % 4}` },
    }),
    ofRun(`${i}`, "success", { clock: 500, epoch: 2, attempt: 2, facts: { project: `shop/${i % 4}` } }),
    // Times that come late, and under other labels than the completion was counted with.
    ofRun(`${i}`, "success", {
      clock: 501,
      epoch: 2,
      attempt: 2,
      queued: 100,
      started: 110,
      facts: { project: `renamed/${i % 4}` },
    }),
  ]).flat();
}

/** Changes the database by hand, which no operator should do. */
export async function damage(store: TestStore, sql: string): Promise<void> {
  await rows(store, sql);
}

/** What is wrong, in one number each. */
export function sums({ metrics, shortfalls, orphans }: Findings) {
  const sum = (key: "series" | "short" | "missing" | "above") => metrics.reduce((all, one) => all + one[key], 0);
  return { short: sum("short"), missing: sum("missing"), above: sum("above"), listed: shortfalls.length, orphans };
}

export const nothingWrong = { short: 0, missing: 0, above: 0, listed: 0, orphans: 0 };
