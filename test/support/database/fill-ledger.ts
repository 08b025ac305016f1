import { fullCodeEvents } from "../model/code-events.ts";
import { ofJob, ofRun } from "../model/observations.ts";
import type { TestStore } from "./test-store.ts";
import { importTotals } from "../../../src/core/store/maintenance/import-totals.ts";
import { now } from "./databases.ts";
import { toEntries, entry } from "./tables.ts";
import type { Entry } from "../../../src/core/delivery.ts";

/** Fills every table of a ledger: `runs` runs with two jobs each, and of everything else that can be stored some. */
export async function fillLedger(store: TestStore, runs: number): Promise<void> {
  for (let from = 0; from < runs; from += 100) {
    await store.record(toEntries(Array.from({ length: Math.min(100, runs - from) }, (_, i) => one(from + i)).flat()));
  }
  const active = ofRun("active", "executing", {
    clock: 5,
    queued: 0,
    started: 5,
    provider: "tekton",
    source: "tekton",
  });
  const saved = savedPipeline();
  await store.record([
    ...toEntries([active]),
    { ...entry("about code", []), codeEvents: fullCodeEvents },
    saved,
    entry("dead", [], { outcome: "dead_letter", reason: 'Ä "quoted" \\ {}', content: { headers: "{}", body: "{\\" } }),
  ]);
  const old = { metric: "runCounter", labels: "cart\u0001success", count: 12 } as const;
  await importTotals(store.connection, "run-counter", [old], now);
}

function one(i: number) {
  const facts = { project: `shop/${i % 7}`, pipeline: i % 2 === 0 ? "Checkout" : "check-out", detail: '{"Ä":"😀"}' };
  const jobs = [
    ofJob(`${i * 10 + 1}`, "check", "failure", {
      clock: 40,
      queued: 3,
      started: 10,
      facts: { allowFailure: true, runnerClass: "gpu" },
    }),
    ofJob(`${i * 10 + 2}`, "check", "success", {
      clock: 50,
      queued: 3,
      started: 12.345,
      facts: { environment: "Ä/1", steps: [["npm test", 1.5]] },
    }),
  ];
  return [
    ofRun(`${i + 1}`, "failure", {
      clock: 60,
      epoch: 1,
      attempt: 1,
      queued: 0,
      started: 1.001,
      jobs,
      retriesByName: true,
      facts,
    }),
    ofRun(`${i + 1}`, "success", { clock: 200 + i, epoch: 2, attempt: 2, queued: 100, facts }),
    ofRun(`${i + 1}`, "success", {
      clock: 200 + i,
      epoch: 2,
      attempt: 2,
      started: 110 + i / 8,
      facts: { ...facts, queueSeconds: 0.1 + 0.2 },
    }),
  ];
}

/** A pipeline as the old collector's client saves it: it fills the tables of the older tool. */
function savedPipeline(): Entry {
  const observation = ofRun("shop/saved#77", "success", {
    clock: 300,
    source: "pipeline-collector",
    completion: "saved",
  });
  const job = { job: "-1", name: "e2e", e2e: 3, up: 2, upWithoutPull: 1, pull: 1 };
  const saved = {
    savedAt: now,
    pipelineId: "77",
    duration: 30,
    durationE2e: 3,
    hasRestarts: true,
    jobs: [job],
  };
  return entry("saved", [
    { ...observation, extension: { saved }, jobs: [ofJob("-1", "e2e", "success", { clock: 290 })] },
  ]);
}
