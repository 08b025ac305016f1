import { expect } from "chai";
import { fold, total } from "../support/model/fold.ts";
import {
  at,
  condition,
  counts,
  event,
  ledger,
  observed,
  parseAll,
  pipelineRun,
  run,
  runFailed,
  runRunning,
  runSucceeded,
  parseObservation,
  steps,
  task,
  taskDone,
  uid,
  type Json,
} from "../support/payloads/tekton.ts";

describe("tekton adapter: runs that belong together", () => {
  it("a repeat is a new run that counts one restart", () => {
    const labels = { "tekton.dev/pipeline": "release-train", "dashboard.tekton.dev/rerunOf": "train-b4k9z" };
    const repeat = run(
      "successful",
      { ...condition("True", "Succeeded", 200), startTime: at(101), completionTime: at(200) },
      { uid: "second", name: "train-b4k9z-r-p7q8w", labels, creationTimestamp: at(100) },
    );

    expect(counts(ledger(runRunning, runFailed, repeat))).to.deep.equal({ failure: 1, success: 1, restarts: 1 });
  });

  it("the same uid in two sources is two runs", () => {
    const folded = fold([parseObservation(runSucceeded, "blue"), parseObservation(runSucceeded, "green")]);

    expect(counts(folded)).to.deep.equal({ success: 2 });
  });

  it("a TaskRun of no pipeline is a run with one job", () => {
    const alone = { name: "lint-zz9k2", uid: "alone", labels: { "tekton.dev/task": "lint" } };
    const running = task("running", { ...condition("Unknown", "Running", 22), startTime: at(2), ...steps(22) }, alone);

    const folded = ledger(running, task("successful", taskDone, alone));

    expect(counts(folded)).to.deep.equal({ success: 1, jobs: 1 });
    expect(total(folded, "cicd_pipeline_runs_total", { pipeline: "cargo", result: "success" })).to.equal(1);
    expect(observed(folded, "cicd_pipeline_run_queue_seconds")).to.deep.equal({ count: 1, sum: 21 });
  });

  it("a PipelineRun inside a PipelineRun is a run of its own and a job of its parent", () => {
    const owner = { ownerReferences: [{ kind: "PipelineRun", name: "train-b4k9z", uid }] };
    const labels = {
      "tekton.dev/pipelineTask": "ship",
      "tekton.dev/pipeline": "ship-it",
      "tekton.dev/memberOf": "tasks",
    };
    const child = pipelineRun({ ...condition("True", "Succeeded", 80), startTime: at(50), completionTime: at(80) });
    const metadata = { ...(child["metadata"] as Json), name: "train-b4k9z-ship", uid: "child", labels, ...owner };
    const childDone = event("pipelineRun", "successful", {
      ...child,
      metadata,
      spec: { pipelineRef: { name: "ship-it" } },
    });

    const folded = fold(parseAll(runRunning, childDone, runSucceeded));

    expect(counts(folded)).to.deep.equal({ success: 2, jobs: 1 });
    expect(total(folded, "cicd_job_runs_total", { pipeline: "release-train", job_name: "ship" })).to.equal(1);
    expect(folded.runs["tekton/child"]?.folded.facts.parent).to.equal(uid);
  });
});
