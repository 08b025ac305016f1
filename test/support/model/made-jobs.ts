import type { Observation, RefKind } from "../../../src/core/model.ts";
import type { RunResult } from "../../../src/core/states.ts";
import { randomFrom } from "../random.ts";
import { dawn, ofJob, ofRun } from "./observations.ts";

/** A job that ended, and what jobs are summarised by, as plain data. */
export interface MadeJob {
  readonly project: string;
  readonly pipeline: string;
  readonly stage: string;
  readonly job_name: string;
  readonly runner_class: string | null;
  readonly ref_kind: string;
  readonly trigger: string;
  readonly defaultBranch: boolean;
  readonly result: RunResult;
  readonly finishedAt: number;
  readonly duration: number | null;
  readonly queue: number | null;
}

const results = ["success", "success", "success", "failure", "timeout", "cancellation", "skip"] as const;
const refKinds: readonly RefKind[] = ["branch", "tag", "merge_request"];

/** Runs with up to five jobs over some weeks before `dawn`, and the jobs that they have. */
export function makeJobs(seed: number, runs: number): { observations: Observation[]; jobs: MadeJob[] } {
  const random = randomFrom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const observations: Observation[] = [];
  const jobs: MadeJob[] = [];
  for (let run = 1; run <= runs; run++) {
    const end = -Math.floor(random() * 40 * 86_400);
    const project = pick(["shop/cart", "shop/till"]);
    const facts = {
      project,
      pipeline: project,
      refKind: pick(refKinds),
      trigger: pick(["push", "schedule"]),
      defaultBranch: random() < 0.5,
    };
    const own = Array.from({ length: Math.floor(random() * 6) }, (_, i) => {
      const result = pick(results);
      const queue = result === "skip" ? null : Math.round(random() * 60_000) / 1000;
      const duration = result === "skip" || random() < 0.1 ? null : Math.round(Math.exp(random() * 9) * 1000) / 1000;
      const name = pick(["unit", "E2E", "lint"]);
      const stage = pick(["test", "build"]);
      const runnerClass = pick(["linux", "gpu", null]);
      const clock = end - i;
      const measured = { queueSeconds: queue, durationSeconds: duration };
      jobs.push({
        project,
        pipeline: project,
        stage,
        job_name: name,
        runner_class: runnerClass,
        ref_kind: facts.refKind,
        trigger: facts.trigger,
        defaultBranch: facts.defaultBranch,
        result,
        finishedAt: dawn + clock * 1000,
        duration,
        queue,
      });
      return ofJob(`${run}-${i}`, name, result, { clock, facts: { stage, runnerClass, ...measured } });
    });
    observations.push(ofRun(String(run), "success", { clock: end + 10, jobs: own, facts }));
  }
  return { observations, jobs };
}
