import { expect } from "chai";
import * as fc from "fast-check";
import type { JobFacts, JobObservation, Observation, RunFacts, Version } from "../../src/core/model.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { readRecords } from "../../src/core/store/record/read-records.ts";
import { toRunKey } from "../../src/core/store/db/rows.ts";
import { lockRuns } from "../../src/core/store/record/runs.ts";
import { wrapTransaction } from "../../src/core/store/db/transaction.ts";
import { databasesAndPartitions, sandbox } from "../support/database/databases.ts";
import { jobVariants, runFacts, runVariants } from "../support/model/facts.ts";
import { fold } from "../support/model/fold.ts";
import { at, mentioning, ofJob, ofRun } from "../support/model/observations.ts";
import { toEntries } from "../support/database/tables.ts";
import { runResults, states } from "../../src/core/states.ts";
import type { RunRecord } from "../../src/core/run-record.ts";

const version: Version = { epoch: 3, clock: at(70), rank: 7 };

function runSaying(run: string, facts: Partial<RunFacts>, more: Partial<Observation> = {}): Observation {
  return { provider: "gitlab", source: "main", run, version, facts, ...more };
}

/** What the store knows of the runs in `observations`, as the next delivery would find it. */
async function read(
  { connection }: TestStore,
  observations: readonly Observation[],
): Promise<Record<string, RunRecord>> {
  const identities = new Map(observations.map((observation) => [toRunKey(observation), observation]));
  const records = await connection.knex.transaction(async (knexTrx) => {
    const trx = wrapTransaction(knexTrx, connection.bulk);
    return readRecords(trx, (await lockRuns(trx, identities, false)).rows);
  });
  return Object.fromEntries(
    observations.map(({ source, run }) => [`${source}/${run}`, records.get(toRunKey({ source, run })) as RunRecord]),
  );
}

/** Half of all fields, with values that rows could confuse. */
const anyFacts = fc.record(
  {
    project: fc.constantFrom("", "null", "日本\u2028", '"\\'),
    ref: fc.constantFrom(null, "", "main"),
    defaultBranch: fc.constantFrom(null, true, false),
    state: fc.constantFrom(...states),
    result: fc.constantFrom(null, ...runResults),
    finishedAt: fc.constantFrom(null, at(10), at(20)),
    queueSeconds: fc.oneof(fc.constant(null), fc.double({ min: Number.MIN_VALUE, max: 1e6, noNaN: true })),
    durationSeconds: fc.constantFrom(null, 0, 1.1),
    detail: fc.constantFrom(null, "{}"),
  },
  { requiredKeys: [] },
);

const anyVersion = fc.record({
  epoch: fc.constantFrom(0, 1, Number.MAX_SAFE_INTEGER),
  clock: fc.constantFrom(0, at(0), at(1)),
  rank: fc.integer({ min: 0, max: 3 }),
});

const anyStatement = fc.record(
  {
    version: anyVersion,
    facts: anyFacts,
    queuedAt: fc.constantFrom(at(0), at(1)),
    startedAt: fc.constantFrom(at(2), at(3)),
  },
  { requiredKeys: ["version", "facts"] },
);

/** Facts that few jobs have are written apart: a job may get them sooner or later, and another value in a later delivery. */
const rareFacts: fc.Arbitrary<Partial<JobFacts>> = fc.constantFrom<Partial<JobFacts>[]>(
  {},
  {},
  { environment: "production" },
  { runnerClass: "docker,linux", steps: [["npm test", 1.5]] },
  { gate: "manual", gatedAt: at(1), steps: [["npm ci", 2]], exitCode: 0 },
);

const anyStatements = fc
  .array(fc.tuple(anyStatement, fc.option(anyStatement), rareFacts), { minLength: 1, maxLength: 4 })
  .map((all) =>
    all.map(([observation, job, rare]): Observation => {
      const { project: name, ref: stage, defaultBranch: allowFailure, detail: runner, ...rest } = job?.facts ?? {};
      const renamed = { name, stage, allowFailure, runner };
      const stated = Object.fromEntries(Object.entries(renamed).filter(([, value]) => value !== undefined));
      const jobs =
        job === null ? [] : [{ ...job, job: "11", facts: { ...rest, ...stated, ...rare } } as JobObservation];
      return { ...runSaying("1", observation.facts), ...observation, jobs };
    }),
  );

for (const database of databasesAndPartitions) {
  describe(`store, rows and model: ${database.name}`, () => {
    const box = sandbox(database);

    it("gives back every fact of a run as it was stated: a value, null, or not at all", async () => {
      const store = await box.store();
      const all = runVariants.map((facts, i) => runSaying(String(i), facts));

      await store.record(toEntries(all));

      const found = await read(store, all);
      for (const { run, facts } of all) {
        expect(found[`main/${run}`]?.folded.facts, JSON.stringify(facts)).to.deep.equal(facts);
        expect(found[`main/${run}`]?.folded.version).to.deep.equal(version);
      }
      expect(found).to.deep.equal(fold(all).runs);
    });

    it("gives back every fact of a job as it was stated: a value, null, or not at all", async () => {
      const store = await box.store();
      const jobs = jobVariants.map((facts, i): JobObservation => ({ job: String(i), version, facts }));
      const all = [runSaying("1", runFacts, { jobs })];

      await store.record(toEntries(all));

      const found = await read(store, all);
      for (const { job, facts } of jobs) {
        expect(found["main/1"]?.jobs.get(job)?.folded.facts, JSON.stringify(facts)).to.deep.equal(facts);
      }
      expect(found).to.deep.equal(fold(all).runs);
    });

    it("keeps a fact that only an older statement has, with its version", async () => {
      const store = await box.store();
      const older = ofRun("1", "executing", { clock: 10, facts: { sha: "a1", ref: null, detail: "{}" } });
      const newer = runSaying(
        "1",
        { state: "finished", result: "skip" },
        { version: { epoch: 0, clock: at(70), rank: 3 } },
      );
      const job = mentioning("1", [ofJob("11", "check", "failure", { clock: 50, facts: { runner: null } })]);
      const later: JobObservation = { job: "11", version: { epoch: 1, clock: at(99), rank: 1 }, facts: { url: "u" } };
      const all = [older, newer, job, mentioning("1", [later])];

      for (const entry of toEntries(all)) await store.record([entry]);

      const found = await read(store, [older]);
      expect(found["main/1"]?.folded.versions?.sha).to.deep.equal(older.version);
      expect(found["main/1"]?.jobs.get("11")?.folded.versions?.name).to.deep.equal({
        epoch: 0,
        clock: at(50),
        rank: 3,
      });
      expect(found).to.deep.equal(fold(all).runs);
    });

    it("remembers moments, attempts and completions", async () => {
      const store = await box.store();
      const all = [
        ofRun("1", "failure", { clock: 60, epoch: 1, attempt: 1, queued: 0, started: 10 }),
        ofRun("1", "success", { clock: 150, epoch: 2, attempt: 2, started: 105 }),
        mentioning("2", [ofJob("21", "build-e2e", "skip", { clock: 5, queued: 1, facts: { stage: "build" } })]),
      ];

      for (const entry of toEntries(all)) await store.record([entry]);

      const found = await read(store, all);
      expect(found["main/1"]).to.include({ attempt: 2, restarts: 1, recovered: true });
      expect(found["main/1"]?.completions.size).to.equal(2);
      expect(found).to.deep.equal(fold(all).runs);
    });

    it("holds after any statements what the core computes", async () => {
      const store = await box.store();
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(anyStatements, async (statements) => {
          const run = `p${++runs}`;
          const all = statements.map((observation) => ({ ...observation, run }));

          for (const entry of toEntries(all)) await store.record([entry]);

          expect(await read(store, all)).to.deep.equal(fold(all).runs);
        }),
        { numRuns: 100 },
      );
    });
  });
}
