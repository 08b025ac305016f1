import { expect } from "chai";
import { histogram, inEveryOrder, run700 } from "../support/payloads/gitlab-orders.ts";
import { again, broken, lint, over, pipelineHook, unit, type JobInput } from "../support/payloads/gitlab.ts";

const durations = "cicd_pipeline_run_duration_seconds";
const end = (time: string) => Date.UTC(2026, 10, 20, ...(time.split(":").map(Number) as [number, number]));

describe("gitlab pipelines that end again with the same jobs", () => {
  it("failed, green once its child pipeline was retried: a restart, and recovered", () => {
    const deliveries = [
      pipelineHook("failed", [lint, unit], over("10:10", 500)),
      pipelineHook("running", [lint, unit], over("10:10", 500)),
      pipelineHook("success", [lint, unit], over("10:40", 900)),
    ];

    const folded = inEveryOrder(deliveries, { results: { failure: 1, success: 1 }, restarts: 1, recovered: 1 });

    expect(run700(folded)).to.include({ attempt: 2, recovered: true });
    expect(histogram(folded, durations, "sum")).to.equal(1400);
  });

  it("failed, failed again, green: every end counts, in any order and with duplicates", () => {
    const deliveries = [
      pipelineHook("failed", [lint], over("10:10", 60)),
      pipelineHook("failed", [lint], over("10:20", 70)),
      pipelineHook("success", [lint], over("10:30", 80)),
    ];

    const folded = inEveryOrder(deliveries, {
      results: { failure: 2, success: 1 },
      restarts: 2,
      recovered: 1,
    });

    expect(histogram(folded, durations, "sum")).to.equal(210);
    expect([...run700(folded).completions.values()].map(({ finishedAt }) => finishedAt)).to.have.members([
      end("10:10"),
      end("10:20"),
      end("10:30"),
    ]);
  });

  it("an end that is sent with milliseconds and without is one", () => {
    const precise = { ...over("10:10", 60), finished_at: "2026-11-20T10:10:00.000Z" };

    inEveryOrder([pipelineHook("failed", [lint], over("10:10", 60)), pipelineHook("failed", [lint], precise)], {
      results: { failure: 1 },
    });
  });

  it("cancelled, then green with the same jobs: a restart, and no flakiness", () => {
    const deliveries = [
      pipelineHook("canceled", [lint], over("10:10", 60)),
      pipelineHook("success", [lint], over("10:30", 80)),
    ];

    inEveryOrder(deliveries, { results: { cancellation: 1, success: 1 }, restarts: 1 });
  });

  it("green, and failed by an external status later: two results of one attempt", () => {
    const deliveries = [
      pipelineHook("success", [lint], over("10:10", 60)),
      pipelineHook("failed", [lint], over("10:30", 60)),
    ];

    inEveryOrder(deliveries, { results: { success: 1, failure: 1 } });
  });

  it("a restart with the same jobs, and a retry after it", () => {
    const deliveries = [
      pipelineHook("failed", [lint, broken], over("10:05", 60)),
      pipelineHook("failed", [lint, broken], over("10:15", 70)),
      pipelineHook("success", [lint, again], over("10:25", 80)),
    ];

    const folded = inEveryOrder(deliveries, {
      results: { failure: 2, success: 1 },
      restarts: 2,
      recovered: 1,
      retries: 1,
    });

    expect(run700(folded).attempt).to.equal(3);
  });

  it("a run whose server's clock was put back meanwhile counts", () => {
    inEveryOrder([pipelineHook("failed", [broken], over("09:05", 240))], { results: { failure: 1 } });
  });

  it("a snapshot in the middle of a retry is no second failure, and its jobs are known", () => {
    const retried: JobInput = { id: 7, status: "pending", created: "10:20" };
    const deliveries = [
      pipelineHook("failed", [lint, broken], over("10:05", 240)),
      pipelineHook("failed", [lint, retried], over("10:05", 240)),
      pipelineHook("success", [lint, again], over("10:25", 300)),
    ];

    const folded = inEveryOrder(deliveries, {
      results: { failure: 1, success: 1 },
      restarts: 1,
      recovered: 1,
      retries: 1,
    });
    const alone = inEveryOrder(deliveries.slice(1, 2), {});

    expect(histogram(folded, durations, "sum")).to.equal(540);
    expect([...run700(alone).jobs.keys()]).to.deep.equal(["1", "7"]);
    expect(run700(alone).folded.facts).to.include({ project: "team/shop" }).and.to.not.have.property("state");
  });
});
