import { expect } from "chai";
import { histogram, inEveryOrder, run700 } from "../support/payloads/gitlab-orders.ts";
import { broken, jobHook, over, pipelineHook, unit, type JobInput } from "../support/payloads/gitlab.ts";

/** A manual job that may fail, so that the pipeline does not wait for it. */
const optional = { manual: true, when: "manual", allow_failure: true };
const ship: JobInput = { id: 3, name: "ship", status: "manual", more: optional };
const shipped: JobInput = { ...ship, status: "success", started: "11:00", finished: "11:02" };
const durations = "cicd_pipeline_run_duration_seconds";
const end = (time: string) => Date.UTC(2026, 10, 20, ...(time.split(":").map(Number) as [number, number]));

describe("gitlab pipelines of which a manual job is played after the end", () => {
  const green = pipelineHook("success", [unit, ship], over("10:05", 240));
  const greenAgain = pipelineHook("success", [unit, shipped], over("11:02", 360));

  it("count once, with the time of the first end, in any order", () => {
    const playing = pipelineHook("running", [unit, { ...shipped, status: "running" }], over("10:05", 240));

    const folded = inEveryOrder([green, playing, jobHook(shipped), greenAgain], { results: { success: 1 } });

    expect(histogram(folded, durations, "sum")).to.equal(240);
    expect([...run700(folded).completions.values()]).to.deep.equal([
      { order: 3, result: "success", finishedAt: end("10:05"), durationSeconds: 240, queueSeconds: 60 },
    ]);
    expect(run700(folded).folded.facts).to.include({ durationSeconds: 360, finishedAt: end("11:02") });
  });

  it("count without a time where the first end was lost", () => {
    const folded = inEveryOrder([greenAgain], { results: { success: 1 } });

    expect(histogram(folded, durations, "count")).to.equal(0);
    expect(histogram(folded, "cicd_pipeline_run_queue_seconds", "sum")).to.equal(60);
  });

  it("have no wait where they were cancelled before they started", () => {
    const check: JobInput = { id: 4, name: "check", status: "canceled", finished: "10:01" };
    const cancelled = pipelineHook("canceled", [check, ship], { ...over("10:01", 0), queued_duration: null });
    const again = pipelineHook("canceled", [check, shipped], over("11:02", 120));

    const folded = inEveryOrder([cancelled, again], { results: { cancellation: 1 } });

    expect(histogram(folded, "cicd_pipeline_run_queue_seconds", "count")).to.equal(0);
  });

  it("are no restart where the run had failed, and one where it went green", () => {
    const played = [broken, shipped];
    const red = [
      pipelineHook("failed", [broken, ship], over("10:05", 240)),
      pipelineHook("failed", played, over("11:02", 360)),
    ];

    const folded = inEveryOrder(red, { results: { failure: 1 } });
    inEveryOrder([...red, pipelineHook("success", played, over("12:30", 400))], {
      results: { failure: 1, success: 1 },
      restarts: 1,
      recovered: 1,
    });

    expect(histogram(folded, durations, "sum")).to.equal(240);
  });

  it("stay green where a job that needed the played one failed", () => {
    const check: JobInput = { id: 4, name: "check", status: "skipped" };
    const smoke: JobInput = { ...check, id: 5, name: "smoke" };
    const failed: JobInput = { ...check, status: "failed", started: "11:02:10", finished: "11:04" };
    const passed: JobInput = { ...smoke, status: "success", started: "11:02:12", finished: "11:03" };
    const deliveries = [
      pipelineHook("success", [unit, ship, check, smoke], over("10:05", 240)),
      pipelineHook("failed", [unit, shipped, failed, passed], over("11:04", 420)),
    ];

    const folded = inEveryOrder(deliveries, { results: { success: 1 } });

    expect(histogram(folded, durations, "sum")).to.equal(240);
    expect(run700(folded).folded.facts.result).to.equal("failure");
  });

  it("count once where two were played, one beside the other", () => {
    const docs: JobInput = { ...shipped, id: 4, name: "docs", started: "11:00:02", finished: "11:01" };
    const deliveries = [
      pipelineHook("success", [unit, ship, { ...ship, id: 4, name: "docs" }], over("10:05", 240)),
      pipelineHook("success", [unit, shipped, docs], over("11:02", 362)),
    ];

    expect(histogram(inEveryOrder(deliveries, { results: { success: 1 } }), durations, "sum")).to.equal(240);
  });
});

describe("gitlab pipelines that only look as if a manual job was played after their end", () => {
  const ends: readonly (readonly [string, readonly JobInput[], ReturnType<typeof over>])[] = [
    ["it was played while another job worked", [{ ...unit, finished: "11:01" }, shipped], over("11:02", 3660)],
    ["a child pipeline worked until then", [unit, shipped], over("11:02", 3660)],
    ["a child pipeline ended it", [unit, { ...shipped, started: "10:06", finished: "10:07" }], over("11:02", 500)],
    ["the run waited for it", [unit, { ...shipped, more: { manual: true, allow_failure: false } }], over("11:02", 360)],
    ["it is no manual job", [unit, { ...shipped, more: { manual: false, allow_failure: true } }], over("11:02", 360)],
    [
      "a delayed job was still to come",
      [
        unit,
        shipped,
        {
          ...shipped,
          id: 4,
          name: "later",
          started: "11:05",
          finished: "11:06",
          more: { manual: false, when: "delayed" },
        },
      ],
      over("11:06", 420),
    ],
    [
      "it was cancelled with another, and never played",
      [
        unit,
        { ...ship, status: "canceled", finished: "11:02" },
        { id: 4, name: "later", status: "canceled", finished: "11:02" },
      ],
      over("11:02", 240),
    ],
    ["it is the only job", [shipped], over("11:02", 120)],
    ["it was run again by itself", [unit, { ...shipped, id: 9, created: "10:59" }], over("11:02", 360)],
    [
      "another job was run again after it",
      [{ ...unit, id: 9, created: "11:10", started: "11:11", finished: "11:12" }, shipped],
      over("11:12", 180),
    ],
  ];
  for (const [why, jobs, ended] of ends) {
    it(`are timed: ${why}`, () => {
      const folded = inEveryOrder([pipelineHook("success", jobs, ended)], { results: { success: 1 } });

      expect(histogram(folded, durations, "sum")).to.equal(ended.duration);
    });
  }

  it("a job that says nothing of being manual was played after a pause, not between two stages", () => {
    const silent = (started: string, finished: string): JobInput => {
      const more = { created_at: null, allow_failure: undefined, manual: undefined };
      return { id: 3, name: "ship", status: "success", started, finished, more };
    };
    const quiet = pipelineHook("success", [unit, silent("10:05:09", "10:07")], over("10:07", 351));
    const played = pipelineHook("success", [unit, silent("10:40", "10:41")], over("10:41", 300));
    const first = pipelineHook("success", [unit, { ...ship, more: {} }], over("10:05", 240));

    expect(histogram(inEveryOrder([quiet], { results: { success: 1 } }), durations, "sum")).to.equal(351);
    expect(histogram(inEveryOrder([first, played], { results: { success: 1 } }), durations, "sum")).to.equal(240);
  });
});
