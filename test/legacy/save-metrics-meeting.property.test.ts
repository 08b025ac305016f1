import { expect } from "chai";
import * as fc from "fast-check";
import { going, over, pipelineHook, type JobInput } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { batches } from "../support/model/histories.ts";
import { counts, saved, fromWebhook } from "./saved.ts";
import type { Entry } from "../../src/core/delivery.ts";

/** A test and a deployment; one of them fails so often and is retried until it is green. */
interface History {
  readonly job: "e2e" | "ship";
  readonly failures: number;
}

const history: fc.Arbitrary<History> = fc.record({
  job: fc.constantFrom("e2e", "ship"),
  failures: fc.nat({ max: 3 }),
});

function clock(minute: number): string {
  return `10:${String(minute).padStart(2, "0")}`;
}

/** The attempt that began at `minute`. */
function attempt(id: number, name: string, minute: number, status: "running" | "failed" | "success"): JobInput {
  const began = { id, name, status, created: clock(minute), started: clock(minute + 1) };
  return status === "running" ? began : { ...began, finished: clock(minute + 3) };
}

const begins = (i: number) => i * 10;

/** What GitLab delivers: each attempt while it runs, and when it is over. */
function deliveries({ job, failures }: History): Entry[] {
  const other = job === "e2e" ? "ship" : "e2e";
  return Array.from({ length: failures + 1 }, (_, i) => i).flatMap((i) => {
    const beside = attempt(1, other, 0, i === 0 ? "running" : "success");
    const end = i < failures ? "failed" : "success";
    const jobs = (status: "running" | typeof end) => [
      status === "running" ? beside : attempt(1, other, 0, "success"),
      attempt(2 + i, job, begins(i), status),
    ];
    return [
      fromWebhook(pipelineHook("running", jobs("running"), going)),
      fromWebhook(pipelineHook(end, jobs(end), over(clock(begins(i) + 4), 200))),
    ];
  });
}

/** What the old collector's client sends of it after its end. */
function clientsWord({ job, failures }: History): Entry {
  const e2e = (i: number) => ({
    name: "e2e",
    duration: 120,
    started_at: `2026-11-20T${clock(begins(i) + 1)}:00.250Z`,
    finished_at: `2026-11-20T${clock(begins(i) + 3)}:00.750Z`,
  });
  const failed = job === "e2e" ? Array.from({ length: failures }, (_, i) => e2e(i)) : [];
  return saved({ jobs: [e2e(failed.length)], jobs_failed: failed, builds: [], has_restarts: failed.length > 0 });
}

/** All that is delivered, in any order, some of it twice, cut into batches. */
const arrivals = history.chain((story) => {
  const all = [clientsWord(story), ...deliveries(story)];
  return fc
    .tuple(fc.shuffledSubarray(all, { minLength: all.length }), fc.array(fc.constantFrom(...all), { maxLength: 3 }))
    .chain(([order, again]) => fc.tuple(fc.constant(story), batches([...order, ...again])));
});

for (const database of databases) {
  describe(`any pipeline that is saved and delivered by GitLab: ${database.name}`, () => {
    const { store: open } = sandbox(database);

    async function counted(all: readonly (readonly Entry[])[]) {
      const store = await open();
      for (const batch of all) await store.record(batch);
      // How long a job waited is observed with its completion, and a saved pipeline does not tell it; it measures how long it ran by
      // a clock of its own.
      const { cicd_job_queue_seconds: _, cicd_job_seconds_total: _s, ...rest } = await counts(store);
      return rest;
    }

    it("counts as GitLab's deliveries alone do", async function () {
      this.timeout(120_000);
      await fc.assert(
        fc.asyncProperty(arrivals, async ([story, all]) => {
          expect(await counted(all)).to.deep.equal(await counted(deliveries(story).map((entry) => [entry])));
        }),
        { numRuns: database.engine === "sqlite" ? 100 : 20 },
      );
    });
  });
}
