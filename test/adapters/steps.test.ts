import { expect } from "chai";
import { summarizeSteps } from "../../src/adapters/steps.ts";

const step = (name: string, from: number | undefined, to: number | undefined, failed = false) => ({
  name,
  startedAt: from === undefined ? undefined : from * 1000,
  finishedAt: to === undefined ? undefined : to * 1000,
  failed,
});

describe("steps of a job", () => {
  it("keeps the five longest of a job that did not pass, the longest first, and of equal ones the earlier first", () => {
    const steps = [10, 3, 40, 3, 7, 2, 1].map((seconds, i) => step(`step ${i}`, 100, 100 + seconds));

    expect(summarizeSteps(steps, false)).to.deep.equal({
      steps: [
        ["step 2", 40],
        ["step 0", 10],
        ["step 4", 7],
        ["step 1", 3],
        ["step 3", 3],
      ],
    });
  });

  it("keeps the two longest of a job that passed", () => {
    const steps = [10, 3, 40, 3].map((seconds, i) => step(`step ${i}`, 100, 100 + seconds));

    expect(summarizeSteps(steps, true)).to.deep.equal({
      steps: [
        ["step 2", 40],
        ["step 0", 10],
      ],
    });
  });

  it("leaves out steps that took less than a twentieth of the longest", () => {
    const steps = [step("set up", 0, 4), step("checkout", 4, 9), step("test", 9, 109)];

    expect(summarizeSteps(steps, false)).to.deep.equal({
      steps: [
        ["test", 100],
        ["checkout", 5],
      ],
    });
  });

  it("leaves out steps that took no time, that have no times, or that end before they begin", () => {
    const steps = [step("skipped", 5, 5), step("unknown", undefined, 9), step("open", 9, undefined), step("odd", 9, 8)];

    expect(summarizeSteps(steps, false)).to.deep.equal({});
  });

  it("names the first step that failed, also one without a time", () => {
    const steps = [step("set up", 0, 2), step("test", 2, 2, true), step("after it", 2, 2, true)];

    expect(summarizeSteps(steps, false)).to.deep.equal({ failedStep: "test", steps: [["set up", 2]] });
  });

  it("keeps 100 characters of a name, and no e-mail address", () => {
    const { failedStep, steps } = summarizeSteps(
      [step(`Run mail mira@example.com ${"x".repeat(300)}`, 0, 1, true)],
      false,
    );

    expect(failedStep).to.equal(`Run mail [redacted] ${"x".repeat(80)}`);
    expect(steps).to.deep.equal([[failedStep, 1]]);
  });
});
