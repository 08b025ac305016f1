import { expect } from "chai";
import { fold, foldAndRelease, permutations, total } from "../support/model/fold.ts";
import {
  histogram,
  inEveryOrder,
  inEveryOrderButTimes,
  ofObservations,
  rows,
  run700,
} from "../support/payloads/gitlab-orders.ts";
import {
  again,
  at,
  broken,
  going,
  jobHook,
  observed,
  over,
  pipelineHook,
  unit,
  type JobInput,
} from "../support/payloads/gitlab.ts";

describe("gitlab deliveries: late, repeated, and at odds", () => {
  it("a late running after success, in the same second", () => {
    const quick: JobInput = { id: 2, status: "success", started: "10:01:07", finished: "10:01:07" };
    const deliveries = [
      pipelineHook("success", [quick], over("10:01:07", 1)),
      pipelineHook("running", [{ id: 2, status: "running", started: "10:01:07" }], going),
    ];

    const folded = inEveryOrder(deliveries, { results: { success: 1 } });

    expect(run700(folded).folded.facts).to.include({ state: "finished", nativeStatus: "success" });
  });

  it("a running with milliseconds is not newer than a success of the same second without", () => {
    const started = { started_at: "2026-11-20T10:01:07.900Z" };
    const deliveries = [
      pipelineHook(
        "success",
        [{ id: 2, status: "success", started: "10:01:07", finished: "10:01:07" }],
        over("10:01:07", 1),
      ),
      pipelineHook("running", [{ id: 2, status: "running", started: "10:01:07", more: started }], going),
    ];

    const folded = inEveryOrderButTimes(deliveries, { success: 1 });

    expect(run700(folded).folded.facts.state).to.equal("finished");
    expect(run700(folded).jobs.get("2")?.folded.facts.state).to.equal("finished");
  });

  it("cancelled before it started: no duration, the queue time is kept", () => {
    const deliveries = [
      pipelineHook("pending", [{ id: 2, status: "pending" }]),
      pipelineHook("canceled", [{ id: 2, status: "canceled", finished: "10:03" }], {
        finished_at: at("10:03"),
        queued_duration: 180,
      }),
    ];

    const folded = inEveryOrder(deliveries, { results: { cancellation: 1 } });

    expect(run700(folded).folded.startedAt).to.equal(undefined);
    expect(histogram(folded, "cicd_pipeline_run_duration_seconds", "count")).to.equal(0);
    expect(histogram(folded, "cicd_pipeline_run_queue_seconds", "sum")).to.equal(180);
    expect(histogram(folded, "cicd_job_duration_seconds", "count")).to.equal(0);
    expect(histogram(folded, "cicd_job_queue_seconds", "count")).to.equal(0);
  });

  it("skipped: no duration and no queue time", () => {
    const folded = inEveryOrder([pipelineHook("skipped", [{ id: 2, status: "skipped" }])], { results: { skip: 1 } });

    expect(histogram(folded, "cicd_pipeline_run_duration_seconds", "count")).to.equal(0);
    expect(histogram(folded, "cicd_pipeline_run_queue_seconds", "count")).to.equal(0);
  });

  it("the finish of the last attempt in a running payload is stale", () => {
    const deliveries = [
      pipelineHook("failed", [broken], over("10:05", 240)),
      pipelineHook("running", [{ ...again, status: "running" }], over("10:05", 240)),
    ];

    const folded = inEveryOrder(deliveries, { results: { failure: 1 }, restarts: 1, retries: 1 });

    expect(run700(folded).folded.facts).to.include({ state: "executing", finishedAt: null, result: null });
  });

  it("a test delivery repeats the latest run and changes nothing", () => {
    const iso = (time: string) => `2026-11-20T${time}.869Z`;
    const times = { created_at: iso("10:00:00"), started_at: iso("10:01:00"), finished_at: iso("10:05:00") };
    const deliveries = [
      pipelineHook("success", [unit], over("10:05", 240)),
      pipelineHook("success", [{ ...unit, more: times }], { ...over("10:05", 240), ...times, started_at: undefined }),
    ];

    inEveryOrderButTimes(deliveries, { success: 1 });
  });

  it("the same native id in two sources is two runs", () => {
    const body = pipelineHook("success", [unit], over("10:05", 240));

    const folded = ofObservations([observed(body, "gitlab"), observed(body, "gitlab-two")], {
      results: { success: 2 },
    });

    expect(Object.keys(folded.runs)).to.deep.equal(["gitlab-two/700", "gitlab/700"]);
  });

  it("Job Hooks before, between and after give the rows that the Pipeline Hook alone gives", () => {
    const final = pipelineHook("success", [unit], over("10:05", 240));
    const deliveries = [
      jobHook({ id: 2, status: "created" }),
      jobHook({ id: 2, status: "pending" }),
      jobHook({ id: 2, status: "running", started: "10:01" }),
      jobHook(unit),
      final,
    ];

    const folded = inEveryOrder(deliveries, { results: { success: 1 } });

    expect(rows(folded)).to.deep.equal(rows(fold([observed(final)])));
    expect(total(folded, "cicd_job_runs_total", { result: "success" })).to.equal(1);
  });

  it("GitLab 11: the reason that only the Job Hook names is kept, whichever comes first", () => {
    const failed: JobInput = { ...unit, status: "failed" };
    const silent = { failure_reason: undefined, queued_duration: undefined, duration: undefined };
    const pipeline = pipelineHook("failed", [{ ...failed, more: silent }], {
      finished_at: at("10:05"),
      duration: 240,
      queued_duration: undefined,
    });

    for (const order of permutations([pipeline, jobHook({ ...failed, reason: "runner_system_failure" })])) {
      const record = run700(fold(order.map((body) => observed(body))));
      expect(record.jobs.get("2")?.folded.facts).to.include({
        result: "error",
        failureReason: "runner_system_failure",
      });
      expect([...record.completions.values()]).to.deep.include({
        order: 2,
        result: "failure",
        finishedAt: Date.UTC(2026, 10, 20, 10, 5),
        durationSeconds: 240,
        queueSeconds: 60,
      });
    }
  });

  it("a Job Hook that has only the project's display name never wins over the Pipeline Hook", () => {
    const pending: JobInput = { id: 2, status: "pending" };
    const deliveries = [jobHook(unit, { repository: null }), pipelineHook("pending", [pending])];

    for (const order of permutations(deliveries)) {
      const { facts } = run700(fold(order.map((body) => observed(body)))).folded;
      expect(facts).to.include({ project: "team/shop", pipeline: "team/shop", state: "pending" });
    }
  });

  it("a runner that one hook names is not wiped out by the other", () => {
    const deliveries = [
      jobHook({ ...unit, more: { runner: null } }),
      pipelineHook("success", [unit], over("10:05", 240)),
    ];

    const folded = inEveryOrder(deliveries, { results: { success: 1 } });

    expect(run700(folded).jobs.get("2")?.folded.facts.runner).to.equal("runner-4");
  });

  it("the finish of a job that has not ended is ignored", () => {
    const job = observed(jobHook({ ...unit, status: "running" })).jobs?.[0];

    expect(job?.facts).to.include({ state: "executing", finishedAt: null });
    expect(job?.version.clock).to.equal(Date.UTC(2026, 10, 20, 10, 1));
  });

  it("a wait is observed where GitLab sends it: 0 for a run that started at once, none for a job before GitLab 14", () => {
    const atOnce = pipelineHook("success", [unit], { ...over("10:05", 240), queued_duration: null });
    const old = jobHook({ ...unit, more: { queued_duration: undefined } });

    const folded = fold([observed(atOnce)]);

    expect(histogram(folded, "cicd_pipeline_run_queue_seconds", "count")).to.equal(1);
    expect(histogram(folded, "cicd_pipeline_run_queue_seconds", "sum")).to.equal(0);
    expect(histogram(foldAndRelease([observed(old)]), "cicd_job_queue_seconds", "count")).to.equal(0);
    expect(histogram(foldAndRelease([observed(old)]), "cicd_job_duration_seconds", "count")).to.equal(1);
  });
});
