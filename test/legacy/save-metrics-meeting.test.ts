import { expect } from "chai";
import * as payloads from "../support/payloads/gitlab.ts";
import { going, jobHook, lint, over, pipelineHook } from "../support/payloads/gitlab.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { permutations } from "../support/model/fold.ts";
import { tables } from "../support/database/tables.ts";
import { counts, readIds, saved, fromWebhook, view } from "./saved.ts";
import type { Entry } from "../../src/core/delivery.ts";

const broken = { ...payloads.broken, name: "e2e" };
const again = { ...payloads.again, name: "e2e" };
const { finished: _, ...running } = { ...again, status: "running" };

const red = fromWebhook(pipelineHook("failed", [lint, broken], over("10:05", 240)));
const restarted = fromWebhook(pipelineHook("running", [lint, running], going));
const green = fromWebhook(pipelineHook("success", [lint, again], over("10:25", 300)));
const gitlabs = [red, restarted, green];

/** The same pipeline, as the old collector's client reports it after its end. */
const client = saved({
  jobs: [
    {
      name: "e2e",
      started_at: "2026-11-20T10:21:00.400Z",
      finished_at: "2026-11-20T10:25:00.100Z",
      duration: 239,
      up: 30,
      e2e: 200,
    },
  ],
  jobs_failed: [{ name: "e2e", duration: 240 }],
  builds: [],
  created_at: "2026-11-20T10:00:00Z",
  duration: 1500,
  duration_e2e: 1440,
  has_restarts: true,
});

for (const database of databases) {
  describe(`a pipeline that is saved and delivered by GitLab: ${database.name}`, () => {
    const { store: open } = sandbox(database);

    async function recorded(batches: readonly (readonly Entry[])[]) {
      const store = await open();
      const outcomes = [];
      for (const batch of batches) outcomes.push(...(await store.record(batch)));
      return { store, outcomes };
    }

    it("counts once in every order of a restarted run's deliveries, each sent twice", async function () {
      this.timeout(60_000);
      const { store: reference } = await recorded(gitlabs.map((entry) => [entry]));
      const { cicd_job_queue_seconds: _, cicd_job_seconds_total: _t, ...expected } = await counts(reference);

      expect(expected).to.include({ "cicd_pipeline_runs_total success": 1, "cicd_pipeline_runs_total failure": 1 });
      for (const order of permutations([...gitlabs, client])) {
        const names = order.map((entry) => ["red", "restarted", "green", "saved"][[...gitlabs, client].indexOf(entry)]);
        const { store, outcomes } = await recorded([...order, ...order].map((entry) => [entry]));

        expect(outcomes.slice(0, 4), names.join()).to.deep.equal(Array(4).fill("accepted"));
        expect(outcomes.slice(4), names.join()).to.deep.equal(Array(4).fill("duplicate"));
        // How long a job waited is observed with its completion, and a saved pipeline does not tell it; it measures how long it ran
        // by a clock of its own.
        const { cicd_job_queue_seconds: _q, cicd_job_seconds_total: _s, ...counted } = await counts(store);
        expect(counted, names.join()).to.deep.equal(expected);
        expect((await tables(store)).runs).to.have.length(1);
        expect((await tables(store)).runs[0]).to.include({ source: "gitlab", native_id: "700", result: "success" });
      }
    });

    it("counts once when all comes in one batch, in every order", async () => {
      const { store: reference } = await recorded(gitlabs.map((entry) => [entry]));
      const expected = await counts(reference);

      for (const order of permutations([red, green, client])) {
        const { store } = await recorded([order, [restarted]]);
        expect(await counts(store)).to.deep.equal(expected);
      }
    });

    it("counts a saved pipeline as long as no webhook reports it", async () => {
      const { store } = await recorded([[client]]);

      expect(await counts(store)).to.deep.equal({
        "cicd_job_duration_seconds failure": 1,
        "cicd_job_duration_seconds success": 1,
        cicd_job_failures_total: 1,
        cicd_job_retries_total: 1,
        "cicd_job_runs_total failure": 1,
        "cicd_job_runs_total success": 1,
        cicd_job_seconds_total: 479_000,
        "cicd_pipeline_run_duration_seconds success": 1,
        "cicd_pipeline_runs_total success": 1,
      });
    });

    it("gives the figures to GitLab's run, with any name of its source", async () => {
      const { store, outcomes } = await recorded([
        [fromWebhook(pipelineHook("success", [lint, again], over("10:25", 300)), "gitlab", "lab-2")],
        [client],
      ]);

      expect(outcomes).to.deep.equal(["accepted", "accepted"]);
      expect((await tables(store)).runs).to.have.length(1);
      expect(await view(store, "metrics_pipeline")).to.deep.equal([
        {
          pipeline_id: 700,
          project: "team/shop",
          duration: 300,
          duration_e2e: 1440,
          is_master: true,
          has_restarts: true,
          created_at: Date.UTC(2026, 10, 20, 10),
        },
      ]);
      expect((await view(store, "metrics_job")).find(({ name }) => name === "e2e")).to.deep.equal({
        pipeline_id: 700,
        name: "e2e",
        duration: 60,
        duration_up: 30,
        duration_e2e: 200,
        duration_pull: null,
        duration_up_without_pull: null,
      });
    });

    it("shows the same once GitLab has delivered a run that was saved before", async () => {
      const enriched = await recorded([[green], [client]]);
      const adopted = await recorded([[client], [green]]);

      for (const name of ["metrics_pipeline", "metrics_build"])
        expect(await view(adopted.store, name), name).to.deep.equal(await view(enriched.store, name));
      const jobs = await view(adopted.store, "metrics_job");
      expect(jobs.map(({ name, duration_up: up }) => [name, up])).to.deep.equal([["e2e", 30]]);
      // GitLab's snapshot has no earlier attempts, the saved pipeline has.
      expect(await view(adopted.store, "metrics_job_failed")).to.have.length(1);
    });

    it("joins them also where a job's webhook is the first to arrive", async () => {
      const { store } = await recorded([[client], [fromWebhook(jobHook(again))], [green], [red]]);

      expect(await counts(store)).to.include({
        "cicd_pipeline_runs_total success": 1,
        "cicd_pipeline_runs_total failure": 1,
        cicd_pipeline_run_restarts_total: 1,
        cicd_job_retries_total: 1,
      });
      expect((await tables(store)).runs).to.have.length(1);
    });

    const failed = { ...again, status: "failed", reason: "script_failure" };
    const failure = fromWebhook(pipelineHook("failed", [lint, failed], over("10:30", 300)));

    it("takes the saved end for that of an attempt that went on when it was saved", async () => {
      const { store } = await recorded([[saved({}, Date.UTC(2026, 10, 20, 10, 29))], [failure]]);

      expect(await counts(store)).to.include({ "cicd_pipeline_runs_total success": 1 });
      expect(await counts(store)).not.to.have.any.keys("cicd_pipeline_runs_total failure");
      expect((await tables(store)).runs[0]).to.include({ result: "failure", source: "gitlab" });
    });

    it("counts an attempt with another end that was over when it was saved", async () => {
      const { store } = await recorded([[saved({}, Date.UTC(2026, 10, 20, 10, 31))], [failure]]);

      expect(await counts(store)).to.include({
        "cicd_pipeline_runs_total success": 1,
        "cicd_pipeline_runs_total failure": 1,
      });
    });

    it("keeps apart what has another project, another id or another provider", async () => {
      const other = { ...lint, id: 31 };
      const { store } = await recorded([
        [client],
        [fromWebhook(pipelineHook("success", [other], { ...over("10:25", 300), id: 701 }))],
        [saved({ project: "team/else" })],
      ]);

      expect(await readIds(store)).to.have.members([
        "pipeline-collector team/shop#700",
        "gitlab 701",
        "pipeline-collector team/else#700",
      ]);
      expect(await counts(store)).to.include({ "cicd_pipeline_runs_total success": 3 });
    });
  });
}
