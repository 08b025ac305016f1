import type { Observation } from "../../../src/core/model.ts";
import { now } from "./databases.ts";
import type { Millis } from "../../../src/core/time.ts";
import type { Entry } from "../../../src/core/delivery.ts";

/** A green run with one job. */
export function finishedRun(run: string): Observation {
  const version = { epoch: 0, clock: now - 1000, rank: 3 };
  const finished = { nativeStatus: "success", state: "finished", result: "success", finishedAt: now - 1000 } as const;
  return {
    provider: "gitlab",
    source: "gitlab",
    run,
    version,
    facts: { project: "shop/cart", pipeline: "shop/cart", defaultBranch: true, ...finished, durationSeconds: 60 },
    completion: `success:${run}`,
    jobs: [{ job: `${run}-job`, version, facts: { name: "unit", stage: "test", ...finished, durationSeconds: 50 } }],
  };
}

/** It, in a delivery of its own. */
export function entry(observation: Observation, receivedAt: Millis): Entry {
  const { run, source, provider } = observation;
  const delivery = { key: `key of ${run}`, source, provider, receivedAt, bytes: 100, content: null, replayed: false };
  return { delivery: { ...delivery, outcome: "accepted", reason: null }, observations: [observation] };
}
