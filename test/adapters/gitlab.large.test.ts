import { expect } from "chai";
import { observed, pipelineHook, type JobInput } from "../support/payloads/gitlab.ts";
import { measureProcessorMillis } from "../support/measure.ts";

/** Seconds after 10:00 as a time of the day of the fixtures. */
function clock(seconds: number): string {
  return new Date(Date.UTC(2026, 10, 20, 10) + seconds * 1000).toISOString().slice(11, 19);
}

describe("gitlab adapter: a pipeline of thousands of jobs", () => {
  it("is looked through for a play in a time that grows with the jobs, not with their pairs", () => {
    // Each job may be the play that led to the end, until the last one shows that none was: nothing let it go.
    const count = 4000;
    const played = Array.from({ length: count }, (_, i): JobInput => {
      const times = { started: clock(10 + 4 * i), finished: clock(11 + 4 * i) };
      const more = { manual: true, allow_failure: true, when: "manual" };
      return { id: i + 1, name: `manual ${i}`, status: "success", ...times, more };
    });
    const last = 10 + 4 * count + 300;
    const alone = { id: count + 1, name: "alone", status: "success", started: clock(last), finished: clock(last + 1) };
    const jobs = [...played, { ...alone, more: { manual: false, when: "on_success" } }];
    const hook = pipelineHook("success", jobs, { finished_at: `2026-11-20 ${clock(last + 2)} UTC`, duration: count });
    let observation = observed(hook);

    const millis = measureProcessorMillis(() => (observation = observed(hook)));

    expect(millis).to.be.below(2000);
    expect(observation).to.include({ end: "only" });
    expect(observation.jobs).to.have.length(count + 1);
  });
});
