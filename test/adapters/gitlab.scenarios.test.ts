import { expect } from "chai";
import { total } from "../support/model/fold.ts";
import { histogram, inEveryOrder, run700 } from "../support/payloads/gitlab-orders.ts";
import {
  again,
  broken,
  going,
  jobHook,
  lint,
  over,
  pipelineHook,
  unit,
  type JobInput,
} from "../support/payloads/gitlab.ts";

describe("gitlab scenarios: attempts", () => {
  it("one green run", () => {
    const deliveries = [
      pipelineHook("pending", [{ id: 2, status: "pending" }]),
      pipelineHook("running", [{ id: 2, status: "running", started: "10:01" }], going),
      pipelineHook("success", [unit], over("10:05", 240)),
    ];

    const folded = inEveryOrder(deliveries, { results: { success: 1 } });

    expect(run700(folded).folded.facts).to.include({ state: "finished", durationSeconds: 240, queueSeconds: 60 });
    expect(histogram(folded, "cicd_pipeline_run_duration_seconds", "sum")).to.equal(240);
    expect(histogram(folded, "cicd_pipeline_run_queue_seconds", "sum")).to.equal(60);
  });

  it("red, a job retried, green", () => {
    const deliveries = [
      pipelineHook("running", [lint, { ...unit, status: "running" }], going),
      pipelineHook("failed", [lint, broken], over("10:05", 240)),
      pipelineHook("running", [lint, { ...again, status: "running" }], over("10:05", 240)),
      pipelineHook("success", [lint, again], over("10:25", 300)),
    ];

    const folded = inEveryOrder(deliveries, {
      results: { failure: 1, success: 1 },
      restarts: 1,
      recovered: 1,
      retries: 1,
    });

    expect(run700(folded)).to.include({ attempt: 2, recovered: true });
    expect(total(folded, "cicd_job_runs_total", { job_name: "unit" })).to.equal(2);
    expect(total(folded, "cicd_job_runs_total", { job_name: "lint" })).to.equal(1);
  });

  it("red twice, green the third time, by Job Hooks as well", () => {
    const third: JobInput = { ...again, id: 9, created: "10:30", started: "10:31", finished: "10:35" };
    const deliveries = [
      pipelineHook("failed", [lint, broken], over("10:05", 240)),
      jobHook({ ...again, status: "created" }),
      pipelineHook("failed", [lint, { ...again, status: "failed", reason: "script_failure" }], over("10:25", 300)),
      jobHook({ ...third, status: "created" }),
      pipelineHook("success", [lint, third], over("10:35", 300)),
    ];

    const folded = inEveryOrder(deliveries, {
      results: { failure: 2, success: 1 },
      restarts: 2,
      recovered: 1,
      retries: 2,
    });

    expect(run700(folded).attempt).to.equal(3);
  });

  it("green, a manual job played, green again: not a second run", () => {
    const more = { manual: true, allow_failure: true };
    const ship: JobInput = { id: 3, name: "ship", status: "manual", more };
    const shipped: JobInput = { ...ship, status: "success", started: "11:00", finished: "11:02" };
    const deliveries = [
      pipelineHook("success", [unit, ship], over("10:05", 240)),
      pipelineHook("running", [unit, { ...shipped, status: "running" }], over("10:05", 240)),
      pipelineHook("success", [unit, shipped], over("11:02", 360)),
    ];

    const folded = inEveryOrder(deliveries, { results: { success: 1 } });

    expect(run700(folded).folded.facts).to.include({ state: "finished", durationSeconds: 360 });
  });

  it("while a played manual job runs, the run is shown as executing", () => {
    const ship: JobInput = { id: 3, name: "ship", status: "running", started: "11:00" };
    const deliveries = [
      pipelineHook("success", [unit, { id: 3, name: "ship", status: "manual" }], over("10:05", 240)),
      pipelineHook("running", [unit, ship], over("10:05", 240)),
    ];

    const folded = inEveryOrder(deliveries, { results: { success: 1 } });

    expect(run700(folded).folded.facts).to.include({ state: "executing", result: null, finishedAt: null });
  });

  it("a job auto-retried inside one run", () => {
    const deliveries = [
      jobHook(broken),
      pipelineHook("running", [lint, { ...again, status: "pending" }], going),
      jobHook(again),
      pipelineHook("success", [lint, again], over("10:25", 300)),
    ];

    const folded = inEveryOrder(deliveries, { results: { success: 1 }, retries: 1 });

    expect(run700(folded)).to.include({ attempt: 1, restarts: 0 });
  });

  it("two jobs retried at once are one restart", () => {
    const deliveries = [
      pipelineHook("failed", [{ ...broken, id: 1, name: "lint" }, broken], over("10:05", 240)),
      pipelineHook("success", [{ ...again, id: 6, name: "lint" }, again], over("10:25", 240)),
    ];

    inEveryOrder(deliveries, { results: { failure: 1, success: 1 }, restarts: 1, recovered: 1, retries: 2 });
  });

  it("cancelled, then retried: a restart, but no flakiness", () => {
    const deliveries = [
      pipelineHook("canceled", [lint, { ...unit, status: "canceled" }], over("10:05", 200)),
      pipelineHook("success", [lint, again], over("10:25", 300)),
    ];

    inEveryOrder(deliveries, { results: { cancellation: 1, success: 1 }, restarts: 1, retries: 1 });
  });
});
