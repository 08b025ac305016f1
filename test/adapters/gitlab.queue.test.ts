import { expect } from "chai";
import { histogram, inEveryOrder, run700 } from "../support/payloads/gitlab-orders.ts";
import { again, at, broken, going, lint, over, pipelineHook } from "../support/payloads/gitlab.ts";

describe("gitlab queue times of runs", () => {
  it("are observed once, for the attempt that waited", () => {
    const deliveries = [
      pipelineHook("failed", [lint, broken], over("10:05", 240)),
      pipelineHook("running", [lint, { ...again, status: "running" }], going),
      pipelineHook("failed", [lint, { ...again, status: "failed" }], over("10:25", 300)),
      pipelineHook("success", [lint, { ...again, id: 9, created: "10:40" }], over("10:45", 300)),
    ];

    const folded = inEveryOrder(deliveries, {
      results: { failure: 2, success: 1 },
      restarts: 2,
      recovered: 1,
      retries: 2,
    });

    expect(histogram(folded, "cicd_pipeline_run_queue_seconds", "count")).to.equal(1);
    const queued = [...run700(folded).completions.values()].filter(({ queueSeconds }) => queueSeconds !== null);
    expect(queued).to.have.lengthOf(1);
    expect(queued[0]).to.include({ finishedAt: Date.UTC(2026, 10, 20, 10, 5), queueSeconds: 60 });
  });

  it("are those of the attempt that started, where the first was cancelled before", () => {
    const cancelled = { finished_at: at("10:03"), duration: null, queued_duration: null };
    const deliveries = [
      pipelineHook("canceled", [{ id: 2, status: "canceled", finished: "10:03" }], cancelled),
      pipelineHook("success", [again], { ...over("10:25", 240), queued_duration: 1260 }),
    ];

    const folded = inEveryOrder(deliveries, {
      results: { cancellation: 1, success: 1 },
      restarts: 1,
      retries: 1,
    });

    expect(histogram(folded, "cicd_pipeline_run_queue_seconds", "sum")).to.equal(1260);
  });
});
