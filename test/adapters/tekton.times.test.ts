import { expect } from "chai";
import {
  condition,
  event,
  at,
  ms,
  pipelineRun,
  parseObservation,
  parseJobObservation,
  steps,
  taskRun,
  type Json,
} from "../support/payloads/tekton.ts";

const failed = "False";
const unknown = "Unknown";

describe("tekton adapter: times", () => {
  const done = (reason: string, more: Json) => ({ ...condition(failed, reason, 60), completionTime: at(60), ...more });

  it("a TaskRun waits until its first step runs, and works from its start time", () => {
    const { facts, queuedAt, startedAt } = parseJobObservation(
      event("taskRun", "failed", taskRun(done("Failed", { startTime: at(2), ...steps(22, 59) }))),
    );

    expect({ queuedAt, startedAt }).to.deep.equal({ queuedAt: ms(1), startedAt: ms(2) });
    expect(facts).to.include({ queueSeconds: 21, durationSeconds: 58, finishedAt: ms(60) });
  });

  it("a running TaskRun without steps has waited until its condition changed, unless that was a later pod's", () => {
    const running = { ...condition(unknown, "Running", 30), startTime: at(2) };
    const again = { ...running, retriesStatus: [{ startTime: at(2), completionTime: at(20) }] };

    expect(parseJobObservation(event("taskRun", "running", taskRun(running))).facts.queueSeconds).to.equal(29);
    expect(parseJobObservation(event("taskRun", "running", taskRun(again))).facts).not.to.have.property("queueSeconds");
  });

  it("a TaskRun that ended without a step has waited until then and never worked", () => {
    for (const reason of ["TaskRunCancelled", "TaskRunTimeout", "TaskRunImagePullFailed"]) {
      const { facts, startedAt } = parseJobObservation(
        event("taskRun", "failed", taskRun(done(reason, { startTime: at(2) }))),
      );

      expect(startedAt).to.equal(undefined);
      expect(facts).to.include({ queueSeconds: 59, durationSeconds: null });
    }
  });

  it("a run whose volumes could not be made, and a custom task that was refused, never worked", () => {
    const begun = { startTime: at(1) };
    const noVolume = parseObservation(
      event("pipelineRun", "failed", pipelineRun(done("CouldntCreateWorkspacePVC", begun))),
    );
    const refused = parseJobObservation(
      event("customRun", "failed", taskRun(done("CustomRunWorkspaceNotSupported", begun))),
    );
    const late = parseJobObservation(event("customRun", "failed", taskRun(done("CustomRunTimedOut", begun))));

    expect(noVolume.facts).to.include({ queueSeconds: 60, durationSeconds: null });
    expect(refused.facts).to.include({ queueSeconds: 59, durationSeconds: null });
    expect(late.facts).to.include({ queueSeconds: 0, durationSeconds: 59 });
  });

  it("a run that was cancelled after its first child has worked", () => {
    for (const children of [{ childReferences: [{ name: "a" }] }, { taskRuns: { a: {} } }, { runs: { a: {} } }]) {
      const { facts } = parseObservation(
        event("pipelineRun", "failed", pipelineRun(done("Cancelled", { startTime: at(4), ...children }))),
      );

      expect(facts).to.include({ queueSeconds: 4, durationSeconds: 56 });
    }
  });

  it("a start before the creation is no negative wait, an end before the start no duration", () => {
    const skewed = done("Failed", { startTime: at(-1) });
    const backwards = done("Failed", { startTime: at(70) });

    expect(parseObservation(event("pipelineRun", "failed", pipelineRun(skewed))).facts).to.include({
      queueSeconds: 0,
      durationSeconds: 61,
    });
    expect(parseObservation(event("pipelineRun", "failed", pipelineRun(backwards))).facts.durationSeconds).to.equal(
      null,
    );
  });

  it("Go's zero time and null are no times, and no mistakes", () => {
    const status = {
      ...condition(unknown, "PipelineRunPending", 1),
      startTime: "0001-01-01T00:00:00Z",
      completionTime: null,
    };

    expect(parseObservation(event("pipelineRun", "unknown", pipelineRun(status))).startedAt).to.equal(undefined);
  });

  it("a finished run without a completion time ended at its last transition", () => {
    const { facts } = parseObservation(
      event("pipelineRun", "failed", pipelineRun({ ...condition(failed, "Failed", 33), startTime: at(1) })),
    );

    expect(facts).to.include({ finishedAt: ms(33), durationSeconds: 32 });
  });
});
