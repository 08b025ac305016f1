import { expect } from "chai";
import { fold, total } from "../support/fold.ts";
import {
  at,
  condition,
  counts,
  event,
  ledger,
  observed,
  everySaid,
  pipelineRun,
  run,
  runFailed,
  runRunning,
  runSucceeded,
  said,
  steps,
  task,
  taskDone,
  taskRun,
  uid,
  type Json,
} from "./tekton.support.ts";

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
    const folded = fold([said(runSucceeded, "blue"), said(runSucceeded, "green")]);

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

    const folded = fold(everySaid(runRunning, childDone, runSucceeded));

    expect(counts(folded)).to.deep.equal({ success: 2, jobs: 1 });
    expect(total(folded, "cicd_job_runs_total", { pipeline: "release-train", job_name: "ship" })).to.equal(1);
    expect(folded.runs["tekton/child"]?.known.facts.parent).to.equal(uid);
  });
});

describe("tekton adapter: one name for a run and its jobs", () => {
  const asCode = (values: Json) =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [`pipelinesascode.tekton.dev/${key}`, value]));
  const cluster = {
    resolver: "cluster",
    params: [
      { name: "kind", value: "pipeline" },
      { name: "name", value: "scan" },
    ],
  };
  const git = { resolver: "git", params: [{ name: "pathInRepo", value: "scan.yaml" }] };
  const oddParams = {
    resolver: "own",
    params: [
      { name: "kind", value: ["pipeline"] },
      { name: "name", value: "scan" },
    ],
  };
  const embedded = { pipelineSpec: { tasks: [] } };
  /** The label as the controller writes it: https://tekton.dev/docs/pipelines/labels/ */
  const table: [what: string, name: string, spec: Json, label: string, annotations: Json, pipeline: string][] = [
    ["a pipeline of the cluster", "scan-r8t2k", { pipelineRef: { name: "scan" } }, "scan", {}, "scan"],
    ["a resolver that names a pipeline", "nightly-7", { pipelineRef: cluster }, "scan", {}, "scan"],
    ["a resolver whose pipeline is resolved", "nightly-7", { pipelineRef: git }, "scan", {}, "scan"],
    ["a resolver, by the generated name", "scan-r8t2k", { pipelineRef: git }, "scan-r8t2k", {}, "scan"],
    ["parameters that are no texts", "nightly-7", { pipelineRef: oddParams }, "nightly-7", {}, "(unnamed)"],
    ["an embedded pipeline, generated name", "scan-r8t2k", embedded, "scan-r8t2k", {}, "scan"],
    ["an embedded pipeline, prefix as label", "scan-r8t2k", embedded, "scan-", {}, "scan"],
    ["a prefix as label, name not generated", "scan-7", embedded, "scan-", {}, "scan"],
    ["an embedded pipeline, name by hand", "scan-2026-11-20", embedded, "scan-2026-11-20", {}, "(unnamed)"],
    ["a repeat of a repeat", "scan-r8t2k-r-zz2wq-r-d4f5g", embedded, "scan-r8t2k-r-zz2wq-r-", {}, "scan"],
    ["a word of five letters at the end", "scan-fixes", embedded, "scan-fixes", {}, "(unnamed)"],
    [
      "Pipelines-as-Code",
      "on-push-r8t2k",
      embedded,
      "on-push-r8t2k",
      asCode({ "original-prname": "on-push" }),
      "on-push",
    ],
    [
      "a referenced pipeline in Pipelines-as-Code",
      "on-push-r8t2k",
      { pipelineRef: { name: "scan" } },
      "scan",
      asCode({ "original-prname": "on-push" }),
      "scan",
    ],
  ];
  for (const [what, name, spec, label, annotations, pipeline] of table) {
    it(`${what}: ${name} is ${pipeline}`, () => {
      const labels = { "tekton.dev/pipeline": label };
      const parent = pipelineRun({}, { name, labels, annotations });
      const child = taskRun({}, { annotations }, { ...labels, "tekton.dev/pipelineRun": name });

      const ofRun = said(event("pipelineRun", "running", { ...parent, spec }));
      const ofJob = said(event("taskRun", "running", child));

      expect(ofRun.facts).to.include({ project: "team-a", pipeline });
      expect(ofJob.facts).to.deep.equal({ project: "team-a", pipeline });
      expect([ofJob.run, ofJob.version.clock]).to.deep.equal([ofRun.run, 0]);
    });
  }

  const projects: [annotations: Json, project: string][] = [
    [{ "repo-url": "https://git.example.com/shop/cart.git" }, "shop/cart"],
    [{ "repo-url": "https://git.example.com/shop/eu/cart/" }, "shop/eu/cart"],
    [{ "repo-url": "not a url", "url-org": "shop", "url-repository": "cart" }, "shop/cart"],
    [{ "url-org": "shop" }, "team-a"],
    [{}, "team-a"],
  ];
  for (const [values, project] of projects) {
    it(`${JSON.stringify(values)} is the project ${project}`, () => {
      const annotations = asCode(values);

      expect(said(run("running", {}, { annotations })).facts.project).to.equal(project);
      expect(said(task("running", {}, { annotations })).facts.project).to.equal(project);
    });
  }

  it("a name that is longer than Kubernetes allows costs no time", () => {
    const endless = `a${"-bbbbb-r".repeat(200_000)}x`;
    const child = taskRun({}, {}, { "tekton.dev/pipeline": endless, "tekton.dev/pipelineRun": endless });
    const before = performance.now();

    expect(said(event("taskRun", "running", child)).facts.pipeline).to.equal("(unnamed)");
    expect(performance.now() - before).to.be.below(2000);
  });
});
