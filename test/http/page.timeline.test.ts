import { expect } from "chai";
import type { StoredJob } from "../../src/core/store/index.ts";
import { renderHtml } from "../../src/http/ui/html.ts";
import { createTimeline, groupLanes } from "../../src/http/ui/timeline.ts";

const nothing: StoredJob = {
  nativeId: "1",
  taskType: null,
  name: "unit",
  stage: "test",
  runner: null,
  runnerClass: null,
  url: null,
  allowFailure: null,
  failureReason: null,
  retries: null,
  attempt: null,
  nativeStatus: null,
  state: null,
  result: null,
  finishedAt: null,
  queueSeconds: null,
  durationSeconds: null,
  environment: null,
  gate: null,
  gatedAt: null,
  gateOpenedAt: null,
  detail: null,
  queuedAt: null,
  startedAt: null,
  corrected: false,
};
const seconds = (count: number) => count * 1000;

/** Of each lane, its bars as `tone from-to`, in thousandths of the width. */
function draw(jobs: readonly Partial<StoredJob>[], now = seconds(1000)) {
  const lanes = groupLanes(jobs.map((job, i) => ({ ...nothing, nativeId: String(i), ...job })));
  const timeline = createTimeline(lanes, now);
  const bars = lanes.map((lane) => {
    const markup = timeline === undefined ? "" : renderHtml(timeline.draw(lane));
    return [...markup.matchAll(/class="fill-(\w+)" x="([\d.]+)" y="\d" width="([\d.]+)"/g)].map(
      ([, tone = "", x, width]) => `${tone} ${Math.round(Number(x))}-${Math.round(Number(x) + Number(width))}`,
    );
  });
  return { lanes, bars, timeline };
}

describe("timeline of a run", () => {
  it("draws a job's wait by what its provider states, which may be less than its time in the queue", () => {
    const { bars } = draw([
      { queuedAt: 0, startedAt: seconds(90), queueSeconds: 10, finishedAt: seconds(180), result: "success" },
    ]);

    expect(bars).to.deep.equal([["wait 0-100", "good 100-1000"]]);
  });

  it("puts the tries of a job on one line, also those that the CI system repeated itself", () => {
    const { bars } = draw([
      { startedAt: 0, finishedAt: seconds(20), result: "failure" },
      {
        startedAt: seconds(20),
        finishedAt: seconds(100),
        result: "success",
        detail: { tries: [[seconds(30), seconds(40), "oom"]] },
      },
    ]);

    expect(bars).to.deep.equal([["bad 0-200", "good 200-1000", "bad 300-400"]]);
  });

  it("draws what goes on until now, and a wait at a gate", () => {
    const { bars } = draw([
      { gatedAt: 0, gateOpenedAt: seconds(500), startedAt: seconds(500), state: "executing" },
      { name: "other", queuedAt: seconds(900), state: "pending" },
    ]);

    expect(bars).to.deep.equal([["gate 0-500", "busy 500-1000"], ["wait 900-1000"]]);
  });

  it("shortens long spans in which nothing happened, and says so", () => {
    const { bars, timeline } = draw([
      { startedAt: 0, finishedAt: seconds(50), result: "failure" },
      { startedAt: seconds(86_400), finishedAt: seconds(86_450), result: "success" },
    ]);

    expect(bars).to.deep.equal([["bad 0-417", "good 583-1000"]]);
    expect(timeline?.isCut).to.equal(true);
  });

  it("lists jobs that never started last, and jobs without a name apart", () => {
    const { lanes } = draw([
      { name: "deploy", queuedAt: 0 },
      { name: null, startedAt: 1, finishedAt: 2 },
      { name: null, startedAt: 3, finishedAt: 4 },
      { name: "unit", startedAt: 5, finishedAt: 6 },
    ]);

    expect(lanes.map(({ name, jobs }) => [name, jobs.length])).to.deep.equal([
      [null, 1],
      [null, 1],
      ["unit", 1],
      ["deploy", 1],
    ]);
  });

  it("is nothing where no job has a time", () => {
    expect(draw([{}]).timeline).to.equal(undefined);
  });
});
