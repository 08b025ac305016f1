import { expect } from "chai";
import type { AnswerJob } from "../../src/answers/answer.ts";
import { createJobReader } from "../../src/core/store/read/answer-jobs.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { randomFrom } from "../support/random.ts";

const around = Date.UTC(2026, 10, 20);

const unstated: AnswerJob = {
  nativeId: "",
  name: null,
  stage: null,
  result: null,
  nativeStatus: null,
  failureReason: null,
  allowFailure: null,
  attempt: null,
  retries: null,
  runnerClass: null,
  gate: null,
  gatedAt: null,
  gateOpenedAt: null,
  detail: null,
  queuedAt: null,
  startedAt: null,
  finishedAt: null,
  queueSeconds: null,
  durationSeconds: null,
};

const full: AnswerJob = {
  nativeId: 'a "quoted" id',
  name: "tests: [ünïcode, '🚀', \\, \t]",
  stage: "",
  result: "failure",
  nativeStatus: "failed",
  failureReason: "script_failure",
  allowFailure: true,
  attempt: 2,
  retries: 0,
  runnerClass: "large,linux",
  gate: "manual",
  gatedAt: around - 5,
  gateOpenedAt: around + 1,
  detail: { failedStep: 'echo "[1, null]"', steps: [["build", 3.5]], exitCode: 137 },
  queuedAt: around - 1,
  startedAt: 0,
  finishedAt: around + 400 * 86_400_000,
  queueSeconds: null,
  durationSeconds: 12.345,
};

for (const database of databases) {
  describe(`jobs as answers read them: ${database.name}`, () => {
    const box = sandbox(database);

    async function insert(store: TestStore, runId: number, jobs: readonly AnswerJob[]): Promise<void> {
      const { knex } = store.connection;
      const run = { id: runId, source: "main", native_id: String(runId), provider: "gitlab", first_seen_at: around };
      await knex("runs").insert({ ...run, updated_at: around });
      const version = { version_epoch: 0, version_clock: 0, version_rank: 0 };
      for (const job of jobs) {
        await knex("jobs").insert({
          run_id: runId,
          native_id: job.nativeId,
          name: job.name,
          stage: job.stage,
          result: job.result,
          native_status: job.nativeStatus,
          failure_reason: job.failureReason,
          allow_failure: job.allowFailure,
          attempt: job.attempt,
          retries: job.retries,
          runner_class: job.runnerClass,
          gate: job.gate,
          gated_at: job.gatedAt,
          gate_opened_at: job.gateOpenedAt,
          detail: job.detail === null ? null : JSON.stringify(job.detail),
          queued_at: job.queuedAt,
          started_at: job.startedAt,
          finished_at: job.finishedAt,
          queue_seconds: job.queueSeconds,
          duration_seconds: job.durationSeconds,
          ...version,
        });
      }
    }

    const reading = ({ connection: { knex: trx, engine, bulk } }: TestStore) => ({ trx, engine, bulk });
    const sort = (jobs: readonly AnswerJob[] = []) => jobs.toSorted((a, b) => (a.nativeId < b.nativeId ? -1 : 1));

    it("have every field, whatever is in it, by their runs", async () => {
      const store = await box.store();
      const gated = { ...unstated, nativeId: "g", gate: "manual" as const };
      const detailed = { ...unstated, nativeId: "d", detail: { retriesBefore: 1 } };
      const reported = { ...unstated, nativeId: "q", queueSeconds: 7.25, startedAt: around };
      const ofRuns = new Map([
        [12, [full, { ...unstated, nativeId: "n" }, gated]],
        [7, [detailed, reported]],
        [9, []],
      ]);
      for (const [id, jobs] of ofRuns) await insert(store, id, jobs);

      const read = createJobReader(reading(store), {});
      const found = await read([9, 12, 7], around);
      expect([...found.keys()].toSorted((a, b) => a - b)).to.deep.equal([7, 12]);
      for (const id of [7, 12]) expect(sort(found.get(id))).to.deep.equal(sort(ofRuns.get(id)));
      expect(await read([], around)).to.deep.equal(new Map());
      expect(await read([9], around)).to.deep.equal(new Map());
    });

    it("have the fields that are asked for alone, of the jobs that are asked for", async () => {
      const store = await box.store();
      const other = { ...full, nativeId: "b", result: "success" as const };
      await insert(store, 3, [full, other]);
      const fields = ["gateOpenedAt", "name", "durationSeconds"] as const;
      const read = createJobReader(reading(store), { fields, only: "result = 'failure'" });
      const { name, durationSeconds, gateOpenedAt } = full;
      const expected = [{ ...unstated, name, durationSeconds, gateOpenedAt }];
      expect(await read([3], 0)).to.deep.equal(new Map([[3, expected]]));
    });

    it("have seconds to the last bit, whole milliseconds or not", async () => {
      const store = await box.store();
      const random = randomFrom(3);
      const seconds = [0, 1, 0.001, 0.1 + 0.2, 1e-7, 86_400.123, 316_223_999.999, 1 / 3, 4.35, 1.005];
      for (let i = 0; i < 200; i++) seconds.push(random() * 10 ** (i % 8), Math.floor(random() * 1e7) / 1000);
      const jobs = seconds.map((durationSeconds, i) => ({ ...unstated, nativeId: String(1000 + i), durationSeconds }));
      await insert(store, 1, jobs);
      const found = await createJobReader(reading(store), {})([1], around);
      expect(sort(found.get(1)).map(({ durationSeconds }) => durationSeconds)).to.deep.equal(seconds);
    });
  });
}
