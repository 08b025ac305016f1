import { expect } from "chai";
import { fold, total } from "../support/model/fold.ts";
import {
  at,
  condition,
  event,
  parseAll,
  ledger,
  ms,
  observed,
  runSucceeded,
  parseJobObservation,
  task,
  taskRun,
  uid,
  type Json,
} from "../support/payloads/tekton.ts";

/** TaskRuns of the support file are created at this second. */
const created = 1;

/** As the controller ends a step whose container was still waiting when the pod was deleted. */
const neverRan = (to: number, reason: string): Json => ({
  name: "compile",
  terminated: { exitCode: 1, reason, startedAt: at(created), finishedAt: at(to) },
  terminationReason: reason,
});
const ran = (from: number, to: number): Json => ({
  name: "compile",
  imageID: "registry.example.com/cargo@sha256:5f",
  terminated: { exitCode: 0, reason: "Completed", startedAt: at(from), finishedAt: at(to) },
});

function ended(reason: string, to: number, steps: readonly Json[], more: Json = {}): Json {
  return { ...condition("False", reason, to), startTime: at(created), completionTime: at(to), steps, ...more };
}

describe("tekton adapter: steps that never ran", () => {
  const stopped = ["TaskRunCancelled", "TaskRunTimeout", "TaskRunImagePullFailed"];
  for (const reason of stopped) {
    it(`${reason} before a step has waited until then, and has no duration`, () => {
      const folded = ledger(
        task("unknown", { ...condition("Unknown", "Pending", 2), startTime: at(created) }),
        task("failed", ended(reason, 481, [neverRan(481, reason), neverRan(481, reason)])),
      );

      expect(observed(folded, "cicd_job_queue_seconds")).to.deep.equal({ count: 1, sum: 480 });
      expect(observed(folded, "cicd_job_duration_seconds")).to.deep.equal({ count: 0, sum: 0 });
      const [job] = folded.runs[`tekton/${uid}`]?.jobs.values() ?? [];
      expect(job?.folded.startedAt).to.equal(undefined);
    });
  }

  it("the wait ends with the first step that ran, although another one never did", () => {
    const status = ended("TaskRunTimeout", 481, [ran(19, 481), neverRan(481, "TaskRunTimeout")]);

    expect(parseJobObservation(task("failed", status)).facts).to.include({ queueSeconds: 18, durationSeconds: 480 });
  });

  it("nor does an attempt whose image could not be pulled end the wait", () => {
    const first = ended("TaskRunImagePullFailed", 60, [neverRan(60, "TaskRunImagePullFailed")]);
    const status = { ...ended("Failed", 200, [ran(141, 199)], { startTime: at(61) }), retriesStatus: [first] };

    expect(parseJobObservation(task("failed", status)).facts).to.include({ queueSeconds: 140, durationSeconds: 199 });
  });

  it("a TaskRun of no pipeline has no duration either, as a run and as its job", () => {
    const alone = { uid: "alone", labels: {} };
    const cancelled = ended("TaskRunCancelled", 301, [neverRan(301, "TaskRunCancelled")]);

    const folded = ledger(task("failed", cancelled, alone));

    expect(observed(folded, "cicd_pipeline_run_duration_seconds").count).to.equal(0);
    expect(observed(folded, "cicd_pipeline_run_queue_seconds")).to.deep.equal({ count: 1, sum: 300 });
  });

  it("a step that began within the second of the creation has run", () => {
    const quick = parseJobObservation(task("failed", ended("TaskRunCancelled", 9, [ran(created, 9)])));
    const running = { ...condition("Unknown", "Pending", 1), startTime: at(created) };
    const now = parseJobObservation(task("unknown", { ...running, steps: [{ running: { startedAt: at(created) } }] }));

    expect(quick.facts).to.include({ queueSeconds: 0, durationSeconds: 8 });
    expect(now.facts).to.include({ state: "executing", queueSeconds: 0 });
  });
});

describe("tekton adapter: the attempts of a task", () => {
  const first = ended("Failed", 60, [ran(21, 60)]);
  const retriesStatus = [first];
  // The controller leaves the steps of the attempt that failed where they are until the next one has a pod.
  const again = task("unknown", { ...condition("Unknown", "ToBeRetried", 60), retriesStatus, steps: first["steps"] });
  const pending = task("unknown", {
    ...condition("Unknown", "Pending", 62),
    startTime: at(61),
    retriesStatus,
    steps: [{ waiting: { reason: "PodInitializing" } }],
  });
  const running = task("running", {
    ...condition("Unknown", "Running", 80),
    startTime: at(61),
    retriesStatus,
    steps: [{ running: { startedAt: at(80) } }],
  });
  const wordAfter = (...sent: Parameters<typeof ledger>) => {
    const [job] = ledger(...sent).runs[`tekton/${uid}`]?.jobs.values() ?? [];
    return [job?.folded.facts.state, job?.folded.facts.nativeStatus];
  };

  it("the row follows the second attempt through its waiting and its work", () => {
    expect(wordAfter(again)).to.deep.equal(["executing", "ToBeRetried"]);
    expect(wordAfter(again, pending)).to.deep.equal(["executing", "Pending"]);
    expect(wordAfter(again, pending, running)).to.deep.equal(["executing", "Running"]);
  });

  it("the queue time stays that of the first attempt", () => {
    const done = { ...condition("True", "Succeeded", 99), startTime: at(61), completionTime: at(99) };
    const green = task("successful", { ...done, retriesStatus, steps: [ran(80, 99)] });

    const folded = ledger(again, pending, running, green);

    expect(observed(folded, "cicd_job_queue_seconds")).to.deep.equal({ count: 1, sum: 20 });
    expect(total(folded, "cicd_job_retries_total")).to.equal(1);
  });
});

describe("tekton adapter: parts of custom tasks", () => {
  const labels = {
    "tekton.dev/pipeline": "release-train",
    "tekton.dev/pipelineRun": "train-b4k9z",
    "tekton.dev/pipelineTask": "each-target",
    "custom.tekton.dev/taskLoopIteration": "2",
  };
  const custom = event("customRun", "successful", {
    ...taskRun({ ...condition("True", "Succeeded", 80), startTime: at(2), completionTime: at(80) }),
  });
  for (const kind of ["Run", "CustomRun"]) {
    for (const inherited of [labels, { ...labels, "tekton.dev/pipelineRunUID": uid }]) {
      it(`a TaskRun that a ${kind} owns, with ${Object.keys(inherited).length} labels, is no job beside it`, () => {
        const owner = { ownerReferences: [{ kind, name: "train-b4k9z-each-target", uid: "custom-1" }] };
        const status = { ...condition("True", "Succeeded", 40), startTime: at(2), completionTime: at(40) };
        const turn = task("successful", status, { uid: "turn-2", labels: inherited, ...owner });

        expect(() => parseAll(turn)).to.throw("ignored");
        const folded = fold(parseAll(custom, runSucceeded));
        expect(total(folded, "cicd_job_runs_total")).to.equal(1);
        expect([...(folded.runs[`tekton/${uid}`]?.jobs.values() ?? [])][0]?.folded.startedAt).to.equal(ms(2));
      });
    }
  }
});
