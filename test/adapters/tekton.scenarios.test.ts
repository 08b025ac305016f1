import { expect } from "chai";
import { tekton } from "../../src/adapters/tekton/index.ts";
import { fold, total } from "../support/model/fold.ts";
import {
  at,
  condition,
  counts,
  event,
  ledger,
  ms,
  observed,
  parseAll,
  run,
  runFailed,
  runRunning,
  runSucceeded,
  parseJobObservation,
  steps,
  task,
  taskDone,
  taskRun,
  uid,
  type Json,
} from "../support/payloads/tekton.ts";

const runStarted = run("started", { ...condition("Unknown", "Started", 1), startTime: at(1) });
const taskPending = task("unknown", { ...condition("Unknown", "Pending", 2), startTime: at(2) });
const taskRunning = task("running", { ...condition("Unknown", "Running", 22), startTime: at(2), ...steps(22) });
const taskSucceeded = task("successful", taskDone);

describe("tekton adapter: scenarios", () => {
  it("one green run", () => {
    const folded = ledger(run("queued", {}), runRunning, taskPending, taskRunning, taskSucceeded, runSucceeded);

    expect(counts(folded)).to.deep.equal({ success: 1, jobs: 1 });
    expect(observed(folded, "cicd_pipeline_run_duration_seconds")).to.deep.equal({ count: 1, sum: 89 });
    expect(observed(folded, "cicd_pipeline_run_queue_seconds")).to.deep.equal({ count: 1, sum: 1 });
    expect(observed(folded, "cicd_job_duration_seconds")).to.deep.equal({ count: 1, sum: 78 });
    expect(observed(folded, "cicd_job_queue_seconds")).to.deep.equal({ count: 1, sum: 21 });
    expect(total(folded, "cicd_job_runs_total", { pipeline: "release-train", job_name: "compile" })).to.equal(1);
  });

  it("a restarted controller sends every state again under new ids", () => {
    const states: [string, Json][] = [
      ["running", { ...condition("Unknown", "Running", 1), startTime: at(1) }],
      ["successful", { ...condition("True", "Succeeded", 90), startTime: at(1), completionTime: at(90) }],
    ];
    const first = states.map(([word, status]) => run(word, status));
    const again = states.map(([word, status]) => run(word, status));

    const keys = new Set([...first, ...again].map((delivery) => tekton.deliveryKey(delivery)));

    expect(keys.size).to.equal(4);
    expect(fold(parseAll(...first, ...again))).to.deep.equal(fold(parseAll(...first)));
  });

  it("a late running, even one whose clock is ahead of the end, does not reopen the run or the job", () => {
    const lateRun = run("running", { ...condition("Unknown", "Running", 5000), startTime: at(1) });
    const lateTask = task("started", { ...condition("Unknown", "Started", 5000), startTime: at(4000) });

    const folded = ledger(runSucceeded, lateRun, taskSucceeded, lateTask);

    expect(counts(folded)).to.deep.equal({ success: 1, jobs: 1 });
    const record = folded.runs[`tekton/${uid}`];
    expect(record?.folded.facts).to.include({ state: "finished", result: "success", finishedAt: ms(90) });
    expect([...(record?.jobs.values() ?? [])][0]?.folded.facts.state).to.equal("finished");
  });

  it("a run that ends within the second of its creation is finished", () => {
    const instant = run("failed", { ...condition("False", "Failed", 0), startTime: at(0), completionTime: at(0) });
    const started = run("started", { ...condition("Unknown", "Started", 0), startTime: at(0) });
    const running = run("running", { ...condition("Unknown", "Running", 0), startTime: at(0) });

    const folded = ledger(started, running, instant);

    expect(folded.runs[`tekton/${uid}`]?.folded.facts).to.include({ state: "finished", nativeStatus: "Failed" });
  });

  it("started never leads back from running, whichever arrives last", () => {
    const folded = ledger(runRunning, runStarted, run("queued", {}));

    expect(folded.runs[`tekton/${uid}`]?.folded.facts).to.include({ state: "executing", nativeStatus: "Running" });
  });

  it("a task that Tekton retried inside the run", () => {
    const first = { ...condition("False", "Failed", 30), startTime: at(2), completionTime: at(30), ...steps(22, 29) };
    const retriesStatus = [first];
    const again = task("unknown", { ...condition("Unknown", "ToBeRetried", 30), startTime: null, retriesStatus });
    const pending = task("unknown", { ...condition("Unknown", "Pending", 31), startTime: at(31), retriesStatus });
    const last = { ...condition("True", "Succeeded", 80), startTime: at(31), completionTime: at(80), ...steps(40, 79) };
    const green = task("successful", { ...last, retriesStatus });

    const folded = ledger(taskRunning, again, pending, green, runSucceeded);

    expect(counts(folded)).to.deep.equal({ success: 1, jobs: 1, retries: 1 });
    expect(observed(folded, "cicd_job_duration_seconds")).to.deep.equal({ count: 1, sum: 78 });
    expect(observed(folded, "cicd_job_queue_seconds")).to.deep.equal({ count: 1, sum: 21 });
    expect(
      fold(parseAll(taskRunning, again, pending))
        .runs[`tekton/${uid}`]?.jobs.values()
        .next().value?.folded.facts,
    ).to.include({ state: "executing", nativeStatus: "Pending", retries: 1 });
  });

  it("a retry that was never announced is counted at the end", () => {
    const attempt = (from: number) => ({
      ...condition("False", "Failed", from + 9),
      startTime: at(from),
      completionTime: at(from + 9),
    });
    const retriesStatus = [attempt(2), attempt(12)];
    const red = task("failed", { ...attempt(22), retriesStatus });

    expect(counts(ledger(taskPending, red, runFailed))).to.deep.equal({ failure: 1, jobs: 1, retries: 2 });
  });

  it("cancelled before it started: no duration, the wait is kept", () => {
    const pending = run("unknown", { ...condition("Unknown", "PipelineRunPending", 0) });
    const cancelled = run("failed", {
      ...condition("False", "Cancelled", 40),
      startTime: at(40),
      completionTime: at(40),
    });

    const folded = ledger(pending, cancelled);

    expect(counts(folded)).to.deep.equal({ cancellation: 1 });
    expect(observed(folded, "cicd_pipeline_run_duration_seconds")).to.deep.equal({ count: 0, sum: 0 });
    expect(observed(folded, "cicd_pipeline_run_queue_seconds")).to.deep.equal({ count: 1, sum: 40 });
  });

  it("skipped tasks and tasks of a matrix", () => {
    const status = { ...condition("True", "Completed", 90), startTime: at(1), completionTime: at(90) };
    const skipped = run("successful", { ...status, skippedTasks: [{ name: "deploy", reason: "None" }] });
    const cell = task("successful", taskDone, { name: "train-b4k9z-compile-1", uid: "77aa1c5e-0002" });

    const folded = ledger(runRunning, taskSucceeded, cell, skipped);

    expect(total(folded, "cicd_job_runs_total", { job_name: "compile", result: "success" })).to.equal(2);
    expect(total(folded, "cicd_job_runs_total", { job_name: "deploy", stage: "tasks", result: "skip" })).to.equal(1);
    expect(observed(folded, "cicd_job_duration_seconds").count, "the skipped one has none").to.equal(2);
  });

  it("a task that a running event calls skipped and that runs after all counts as what it came to", () => {
    const early = run("running", {
      ...condition("Unknown", "Running", 1),
      startTime: at(1),
      skippedTasks: [{ name: "compile", reason: "Results were missing" }],
    });

    const folded = ledger(early, taskSucceeded, runSucceeded);

    expect(total(folded, "cicd_job_runs_total", { result: "skip" })).to.equal(0);
    expect(total(folded, "cicd_job_runs_total", { job_name: "compile", result: "success" })).to.equal(1);
    expect(folded.runs[`tekton/${uid}`]?.jobs.size).to.equal(1);
  });

  const atWord = (...sent: Parameters<typeof ledger>) => {
    const { state, nativeStatus } = ledger(...sent).runs[`tekton/${uid}`]?.folded.facts ?? {};
    return [state, nativeStatus];
  };
  const held = run("unknown", condition("Unknown", "PipelineRunPending", 0));
  const noQuota = run("unknown", { ...condition("Unknown", "PipelineRunPending", 1), startTime: at(1) });

  it("a run that waits for the quota of its volumes after it was started is pending", () => {
    expect(atWord(held, runStarted)).to.deep.equal(["executing", "Started"]);
    expect(atWord(held, runStarted, noQuota)).to.deep.equal(["pending", "PipelineRunPending"]);
    expect(atWord(held, runStarted, noQuota, runRunning)).to.deep.equal(["executing", "Running"]);
  });

  for (const reason of ["PipelineRunCouldntCancel", "PipelineRunCouldntTimeOut"]) {
    it(`${reason} is shown until the run goes down`, () => {
      const stuck = run("unknown", { ...condition("Unknown", reason, 40), startTime: at(1) });
      const goesDown = run("unknown", { ...condition("Unknown", "CancelledRunningFinally", 50), startTime: at(1) });

      expect(atWord(runRunning, stuck)).to.deep.equal(["executing", reason]);
      expect(atWord(runRunning, stuck, goesDown)).to.deep.equal(["executing", "CancelledRunningFinally"]);
      expect(atWord(runRunning, stuck, goesDown, runFailed)).to.deep.equal(["finished", "Failed"]);
    });
  }
});

describe("tekton adapter: tasks that end with their run", () => {
  const spec = (message: string) => ({ taskRef: { name: "cargo" }, statusMessage: message });
  const status = (reason: string) => ({ ...condition("False", reason, 80), startTime: at(2), ...steps(22, 79) });
  const stopped = (kind: "taskRun" | "customRun" | "run", reason: string, message: string) =>
    parseJobObservation(event(kind, "failed", { ...taskRun(status(reason)), spec: spec(message) })).facts;

  it("its PipelineRun ran out of time: a timeout, for any reason", () => {
    const because = (kind: string) => `${kind} cancelled as the PipelineRun it belongs to has timed out.`;

    expect(stopped("taskRun", "TaskRunCancelled", because("TaskRun"))).to.include({
      result: "timeout",
      nativeStatus: "TaskRunCancelled",
    });
    expect(stopped("customRun", "CustomRunCancelled", because("CustomRun")).result).to.equal("timeout");
    expect(stopped("run", "RunCancelled", because("Run")).result).to.equal("timeout");
    expect(stopped("taskRun", "Failed", because("TaskRun")).result, "it had failed before").to.equal("failure");
  });

  it("its PipelineRun was cancelled: a cancellation", () => {
    const message = "TaskRun cancelled as the PipelineRun it belongs to has been cancelled.";

    expect(stopped("taskRun", "TaskRunCancelled", message).result).to.equal("cancellation");
  });
});
