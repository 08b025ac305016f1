import { expect } from "chai";
import type { TestStore } from "../support/database/test-store.ts";
import { lint, over, pipelineHook } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { rows } from "../support/database/tables.ts";
import { saved, fromWebhook, view } from "./saved.ts";
import type { Entry } from "../../src/core/delivery.ts";

const createdAt = Date.UTC(2026, 10, 20, 10, 0, 0, 500);
const none = { duration_e2e: null, duration_up: null, duration_up_without_pull: null, duration_pull: null };

for (const database of databases) {
  describe(`a saved pipeline in the old collector's tables: ${database.name}`, () => {
    const { store: open } = sandbox(database);

    async function holding(entries: readonly Entry[], taskRules?: readonly []): Promise<TestStore> {
      const store = await open(taskRules === undefined ? {} : { taskRules });
      expect(await store.record(entries)).to.deep.equal(entries.map(() => "accepted"));
      return store;
    }

    it("is what was sent", async () => {
      const store = await holding([saved()]);

      expect(await view(store, "metrics_pipeline")).to.deep.equal([
        {
          pipeline_id: 700,
          project: "team/shop",
          duration: 190,
          duration_e2e: 41,
          created_at: createdAt,
          is_master: true,
          has_restarts: false,
        },
      ]);
      expect(await view(store, "metrics_build")).to.deep.equal([{ pipeline_id: 700, name: "build-e2e", duration: 64 }]);
      expect(await view(store, "metrics_job")).to.deep.equal([
        { pipeline_id: 700, name: "e2e", duration: 40, ...none, duration_up: 12, duration_e2e: 21 },
      ]);
      expect(await view(store, "metrics_job_failed")).to.deep.equal([]);
    });

    it("is what was sent, with any task rules", async () => {
      const store = await holding([saved({ jobs_failed: [{ name: "e2e", duration: 9 }] })], []);

      expect(await view(store, "metrics_build")).to.have.length(1);
      expect(await view(store, "metrics_job")).to.have.length(1);
      expect(await view(store, "metrics_job_failed")).to.have.length(1);
    });

    it("keeps every job, even of one name, and every failure", async () => {
      const jobs = [
        { name: "e2e", duration: 10.9, pull: 5, up: 9.5, e2e: 0, up_without_pull: 4 },
        { name: "e2e", duration: 20, up: null, started_at: null, finished_at: null },
        { name: "api", duration: 0 },
      ];
      const failures = [
        { name: "e2e", duration: 7 },
        { name: "e2e", duration: 8 },
        { name: "gone", duration: 9 },
      ];
      const store = await holding([saved({ jobs, jobs_failed: failures, builds: [{ a: 1 }, { a: 2 }, { b: 3.5 }] })]);

      expect(await view(store, "metrics_job", "name, duration")).to.deep.equal([
        { pipeline_id: 700, name: "api", duration: 0, ...none },
        {
          pipeline_id: 700,
          name: "e2e",
          duration: 11,
          duration_pull: 5,
          duration_up: 10,
          duration_e2e: 0,
          duration_up_without_pull: 4,
        },
        { pipeline_id: 700, name: "e2e", duration: 20, ...none },
      ]);
      expect((await view(store, "metrics_job_failed", "duration")).map(({ duration }) => duration)).to.deep.equal([
        7, 8, 9,
      ]);
      expect((await view(store, "metrics_build", "duration")).map(({ duration }) => duration)).to.deep.equal([1, 2, 4]);
    });

    it("stands in both lists where the last attempt of a test failed", async () => {
      const times = { started_at: "2026-11-20T10:02:00Z", finished_at: "2026-11-20T10:03:00.123Z" };
      const failure = { name: "e2e", duration: 60, ...times };
      const store = await holding([saved({ jobs: [failure], jobs_failed: [failure] })]);

      expect(await view(store, "metrics_job")).to.have.length(1);
      expect(await view(store, "metrics_job_failed")).to.have.length(1);
      expect(await rows(store, "select result from runs")).to.deep.equal([{ result: "failure" }]);
    });

    it("takes a test that failed and is green in the end for a green pipeline", async () => {
      const store = await holding([saved({ jobs_failed: [{ name: "e2e", duration: 9 }] })]);

      expect(await rows(store, "select result from runs")).to.deep.equal([{ result: "success" }]);
    });

    it("has one build called build-e2e where the body has no list", async () => {
      const store = await holding([saved({ builds: undefined, build: 65 })]);

      expect(await view(store, "metrics_build")).to.deep.equal([{ pipeline_id: 700, name: "build-e2e", duration: 65 }]);
    });

    it("has restarts and a span where its sender sends them, and no others", async () => {
      const failed = { jobs_failed: [{ name: "e2e", duration: 9 }], duration_e2e: 0 };
      const store = await holding([
        saved({ pipeline_id: 1, has_restarts: true }),
        saved({ pipeline_id: 2, has_restarts: false, ...failed }),
      ]);

      const shown = (await view(store, "metrics_pipeline")).map((row) => [row["has_restarts"], row["duration_e2e"]]);
      expect(shown).to.deep.equal([
        [true, 41],
        [false, 0],
      ]);
    });

    const refs: readonly (readonly [string, boolean])[] = [
      ["master", true],
      ["main", false],
      ["", false],
    ];
    for (const [ref, isMaster] of refs) {
      it(`of ref ${JSON.stringify(ref)} is ${isMaster ? "" : "not "}master`, async () => {
        const [row] = await view(await holding([saved({ ref })]), "metrics_pipeline");

        expect(row).to.include({ is_master: isMaster });
      });
    }

    const forms: readonly (readonly [string, number])[] = [
      ["2026-11-20T10:00:00Z", Date.UTC(2026, 10, 20, 10)],
      ["2026-11-20T10:00:00.5Z", createdAt],
      ["2026-11-20T10:00:00.500000Z", createdAt],
      ["2026-11-20T17:00:00.500+07:00", createdAt],
      ["2026-11-20T04:30:00.500-0530", createdAt],
      ["2026-11-20 10:00:00.500 UTC", createdAt],
    ];
    for (const [text, millis] of forms) {
      it(`was created at ${text}`, async () => {
        const [row] = await view(await holding([saved({ created_at: text })]), "metrics_pipeline");

        expect(row).to.include({ created_at: millis });
      });
    }

    it("keeps its id unless another one has it", async () => {
      const store = await holding([saved({ project: "a" })]);
      for (const more of [{ project: "b" }, { project: "a", pipeline_id: 2 }]) await store.record([saved(more)]);

      const found = await rows(store, "select project, pipeline_id, id from metrics_pipeline order by id");
      const ids = found.map(({ id }) => Number(id));
      expect(found.map(({ pipeline_id: number }) => Number(number))).to.deep.equal([700, -(ids[1] ?? 0), 2]);
    });

    it("is shown with its figures also while the run from GitLab's webhooks is running", async () => {
      const hook = pipelineHook("running", [lint], { queued_duration: 60 });
      const store = await holding([fromWebhook(hook), saved()]);

      expect(await view(store, "metrics_pipeline")).to.have.length(1);
      expect((await view(store, "metrics_pipeline"))[0]).to.include({ duration: 190, duration_e2e: 41 });
      await store.record([fromWebhook(pipelineHook("success", [lint], over("10:05", 240)))]);
      expect((await view(store, "metrics_pipeline"))[0]).to.include({ duration: 240, duration_e2e: 41 });
    });

    it("takes its figures with it when the run is deleted", async () => {
      const store = await holding([saved()]);
      await store.connection.knex("runs").delete();

      for (const table of ["legacy_runs", "legacy_jobs"])
        expect(await rows(store, `select * from ${table}`), table).to.deep.equal([]);
    });
  });
}
