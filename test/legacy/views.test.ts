import { expect } from "chai";
import type { JobObservation, Observation } from "../../src/core/model.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { at, ofJob, ofRun, type RunStatement } from "../support/model/observations.ts";
import { toEntries, rows } from "../support/database/tables.ts";
import { openWithViews, view } from "./saved.ts";

/** A run from second 5 to second 100 after it was queued. */
function run(id: string, more: Partial<RunStatement> = {}): Observation {
  return ofRun(id, "success", { clock: 100, epoch: 10, queued: 0, started: 5, retriesByName: true, ...more });
}

const build = ofJob("1", "image", "success", { clock: 30, started: 6, facts: { stage: "build" } });
const e2e = ofJob("2", "e2e", "success", { clock: 70.9, started: 31 });
const api = ofJob("3", "api", "success", { clock: 80, started: 29.5 });
const brokenE2e = ofJob("2", "e2e", "failure", { clock: 60, started: 31 });
const secondE2e = ofJob("9", "e2e", "success", { clock: 95, queued: 62, started: 65 });

for (const database of databases) {
  describe(`the old collector's tables: ${database.name}`, () => {
    const open = openWithViews(sandbox(database).store);

    async function holding(...observations: readonly Observation[]): Promise<TestStore> {
      const store = await open();
      for (const observation of observations) await store.record(toEntries([observation]));
      return store;
    }

    async function pipeline(...observations: readonly Observation[]) {
      const found = await view(await holding(...observations), "metrics_pipeline");
      expect(found).to.have.length(1);
      return found[0];
    }

    it("have the old columns", async () => {
      const store = await open();
      const columns = async (name: string) => Object.keys(await store.connection.knex(name).columnInfo());

      expect(await columns("metrics_pipeline")).to.deep.equal([
        "id",
        "pipeline_id",
        "project",
        "duration",
        "duration_e2e",
        "created_at",
        "is_master",
        "has_restarts",
      ]);
      expect(await columns("metrics_build")).to.deep.equal(["id", "pipeline_id", "name", "duration"]);
      expect(await columns("metrics_job")).to.deep.equal([
        "id",
        "pipeline_id",
        "name",
        "duration_e2e",
        "duration_up",
        "duration_up_without_pull",
        "duration_pull",
        "duration",
      ]);
      expect(await columns("metrics_job_failed")).to.deep.equal(["id", "pipeline_id", "name", "duration"]);
    });

    it("show a run of a webhook, in whole seconds", async () => {
      const store = await holding(run("4711", { jobs: [build, e2e, api], facts: { durationSeconds: 95.9 } }));

      expect(await view(store, "metrics_pipeline")).to.deep.equal([
        {
          pipeline_id: 4711,
          project: "shop/cart",
          duration: 95,
          duration_e2e: 50,
          created_at: at(0),
          is_master: true,
          has_restarts: false,
        },
      ]);
      expect(await view(store, "metrics_build")).to.deep.equal([{ pipeline_id: 4711, name: "image", duration: 24 }]);
      const steps = { duration_e2e: null, duration_up: null, duration_up_without_pull: null, duration_pull: null };
      expect(await view(store, "metrics_job")).to.deep.equal([
        { pipeline_id: 4711, name: "api", duration: 50, ...steps },
        { pipeline_id: 4711, name: "e2e", duration: 39, ...steps },
      ]);
      expect(await view(store, "metrics_job_failed")).to.deep.equal([]);
    });

    it("give every row an id of its own", async () => {
      const store = await holding(
        run("1", { jobs: [build, e2e, api] }),
        run("2", { jobs: [e2e, brokenE2e, secondE2e] }),
      );

      for (const name of ["metrics_pipeline", "metrics_build", "metrics_job", "metrics_job_failed"]) {
        const ids = (await rows(store, `select id from ${name}`)).map(({ id }) => Number(id));
        expect(new Set(ids).size, name).to.equal(ids.length);
        expect(ids.every(Number.isSafeInteger), name).to.be.true;
      }
    });

    it("keep a native number unless it is taken, and make one of what is no number", async () => {
      const store = await holding(
        run("7"),
        run("7", { source: "lab" }),
        run("7", { source: "hub", provider: "github" }),
        run("job/cart/7/", { source: "jenkins", provider: "jenkins" }),
        run("2f0c7d5e-uid", { source: "tekton", provider: "tekton" }),
        run("007"),
        run("9007199254740993"),
        run("8"),
      );

      const found = await rows(
        store,
        "select p.pipeline_id, r.source, r.native_id, r.id from metrics_pipeline p join runs r on r.id = p.id",
      );
      const numbers = found.map(({ pipeline_id: number }) => Number(number));
      expect(new Set(numbers).size).to.equal(8);
      for (const { pipeline_id: number, source, native_id: native, id } of found) {
        const keeps = source === "main" && (native === "7" || native === "8");
        expect(Number(number), `${String(source)} ${String(native)}`).to.equal(keeps ? Number(native) : -Number(id));
      }
    });

    it("number runs of one batch the same way", async () => {
      const store = await open();
      await store.record(toEntries(["a", "b", "c"].map((source) => run("7", { source }))));

      const numbers = (await view(store, "metrics_pipeline")).map(({ pipeline_id: number }) => Number(number));
      expect(numbers.filter((number) => number === 7)).to.have.length(1);
      expect(new Set(numbers).size).to.equal(3);
    });

    const branches: readonly (readonly [string, Observation["facts"], boolean])[] = [
      ["the default branch", { ref: "trunk", defaultBranch: true }, true],
      ["another branch", { ref: "feature", defaultBranch: false }, false],
      ["a branch called master that is not the default one", { ref: "master", defaultBranch: false }, false],
      ["master where the default branch is unknown", { ref: "master", defaultBranch: null }, true],
      ["main where the default branch is unknown", { ref: "main", defaultBranch: null }, false],
      ["no ref at all", { ref: null, defaultBranch: null }, false],
    ];
    for (const [name, facts, expected] of branches) {
      it(`say of ${name} that it is ${expected ? "" : "not "}master`, async () => {
        expect(await pipeline(run("1", { facts }))).to.include({ is_master: expected });
      });
    }

    const histories: readonly (readonly [string, readonly Observation[], boolean])[] = [
      ["a green run", [run("1", { jobs: [e2e] })], false],
      ["a run with a test that failed for good", [run("1", { jobs: [brokenE2e] })], false],
      ["a run with a test that failed and ran again", [run("1", { jobs: [brokenE2e, secondE2e] })], true],
      ["a run with a test that was green and ran again", [run("1", { jobs: [e2e, secondE2e] })], false],
      ["a run with a build that failed and ran again", [run("1", { jobs: builtTwice() })], false],
      [
        "a run with a test that its CI system ran again under one id",
        [run("1", { jobs: [ofJob("2", "e2e", "success", { clock: 70, started: 31, facts: { retries: 1 } })] })],
        true,
      ],
      [
        "a second attempt",
        [run("1", { attempt: 1, epoch: 1 }), run("1", { attempt: 2, epoch: 2, clock: 200, started: 150 })],
        true,
      ],
    ];
    for (const [name, observations, expected] of histories) {
      it(`say of ${name} that it has ${expected ? "" : "no "}restarts`, async () => {
        expect(await pipeline(...observations)).to.include({ has_restarts: expected });
      });
    }

    it("span the tests from the first start to the last end, however often they ran", async () => {
      const skipped = ofJob("4", "late", "skip", { clock: 99 });
      const jobs = [build, brokenE2e, secondE2e, skipped];

      expect(await pipeline(run("1", { jobs }))).to.include({ duration_e2e: 64 });
      expect(await pipeline(run("1", { jobs: [build, skipped] }))).to.include({ duration_e2e: null });
    });

    it("show the last attempt of each job, and every attempt of a test that failed", async () => {
      const timedOut = ofJob("10", "api", "timeout", { clock: 90, started: 20 });
      const store = await holding(run("1", { jobs: [...builtTwice(), brokenE2e, secondE2e, timedOut] }));
      const shown = async (name: string) =>
        (await view(store, name)).map(({ name: job, duration }) => `${String(job)} ${String(duration)}`);

      expect(await shown("metrics_build")).to.deep.equal(["image 4"]);
      expect(await shown("metrics_job")).to.deep.equal(["api 70", "e2e 30"]);
      expect(await shown("metrics_job_failed")).to.deep.equal(["api 70", "e2e 29"]);
    });

    it("leave out what is not over, what never ran, and what is not a pipeline", async () => {
      const jobs = [
        ofJob("2", "e2e", "executing", { clock: 31, started: 31 }),
        ofJob("3", "api", "skip", { clock: 40 }),
      ];
      const store = await holding(
        ofRun("1", "executing", { clock: 40, queued: 0, started: 5, jobs: [build, ...jobs] }),
        ofRun("2", "skip", { clock: 0, queued: 0 }),
        run("some-uuid", { provider: "run-counter", source: "run-counter" }),
      );

      for (const name of ["metrics_pipeline", "metrics_build", "metrics_job", "metrics_job_failed"])
        expect(await rows(store, `select * from ${name}`), name).to.deep.equal([]);
    });

    it("show a run that is over although its start is not known", async () => {
      const cancelled = ofRun("1", "cancellation", { clock: 30, queued: 0, facts: { durationSeconds: null } });

      expect(await pipeline(cancelled)).to.include({ duration: null, duration_e2e: null, created_at: at(0) });
    });
  });
}

/** A build that failed and ran again. */
function builtTwice(): JobObservation[] {
  const facts = { stage: "build" };
  return [
    ofJob("1", "image", "failure", { clock: 10, started: 6, facts }),
    ofJob("5", "image", "success", { clock: 16, queued: 11, started: 12, facts }),
  ];
}
