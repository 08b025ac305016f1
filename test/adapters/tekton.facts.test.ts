import { expect } from "chai";
import { tekton } from "../../src/adapters/tekton/index.ts";
import {
  at,
  condition,
  event,
  ms,
  observations,
  parseJobObservation,
  parseObservation,
  pipelineRun,
  run,
  task,
  taskRun,
  type Json,
} from "../support/payloads/tekton.ts";

const ended = { startTime: at(1), completionTime: at(90) };
const succeeded = (pipelineSpec: unknown) =>
  parseObservation(run("successful", { ...condition("True", "Succeeded", 90), ...ended, pipelineSpec })).facts;

describe("tekton adapter: the graph of a run", () => {
  it("has what each task waits for: runAfter, and results in parameters, matrix, when and embedded steps", () => {
    const refer = (name: string, part = "digest") => `x $(tasks.${name}.results.${part}) y`;
    const { graph } = succeeded({
      tasks: [
        { name: "fetch" },
        { name: "unit", runAfter: ["fetch"] },
        { name: "image", params: [{ name: "commit", value: refer("fetch", "commit") }] },
        { name: "scan", matrix: { params: [{ name: "layer", value: [refer("image", "layers[*]")] }] } },
        { name: "sign", when: [{ input: refer("scan", "verdict.level"), operator: "in", values: ["ok"] }] },
        { name: "push", runAfter: ["unit", "sign"], taskSpec: { steps: [{ script: refer("image") }] } },
        { name: "odd", params: [{ name: "a", value: "$(tasks.fetch.status) $(params.tasks.unit.results.x)" }] },
      ],
      finally: [{ name: "notify" }],
    });

    expect(JSON.parse(graph ?? "")).to.deep.equal({
      fetch: [],
      unit: ["fetch"],
      image: ["fetch"],
      scan: ["image"],
      sign: ["scan"],
      push: ["image", "sign", "unit"],
      odd: [],
      notify: ["*"],
    });
  });

  it("is left out where it is not sent, is too large, or the run goes on", () => {
    const many = Array.from({ length: 400 }, (_, i) => ({ name: `a-rather-long-name-of-a-task-${i}` }));
    expect(succeeded({ tasks: many })).to.not.have.property("graph");
    expect(succeeded({ tasks: [null, {}] })).to.not.have.property("graph");
    expect(succeeded(undefined)).to.not.have.property("graph");
    const going = run("running", {
      ...condition("Unknown", "Running", 1),
      pipelineSpec: { tasks: [{ name: "fetch" }] },
    });
    expect(parseObservation(going).facts).to.not.have.property("graph");
  });
});

describe("tekton adapter: tries and steps of a job", () => {
  const step = (name: string, from: number, to: number, exitCode: number, terminationReason?: string): Json => ({
    name,
    imageID: "registry.example.com/cargo@sha256:5f",
    terminated: { startedAt: at(from), finishedAt: at(to), exitCode, reason: exitCode === 0 ? "Completed" : "Error" },
    ...(terminationReason === undefined ? {} : { terminationReason }),
  });
  const failed = (steps: readonly Json[], more: Json = {}) => ({
    ...condition("False", "Failed", 90),
    ...ended,
    steps,
    ...more,
  });

  it("keeps start, end and reason of each earlier try, as soon as there is one", () => {
    const first = { ...condition("False", "TaskRunTimeout", 40), startTime: at(2), completionTime: at(40) };
    const second = { ...condition("False", "Failed", 61), startTime: at(41) };
    const tries = [
      [ms(2), ms(40), "TaskRunTimeout"],
      [ms(41), ms(61), "Failed"],
    ];
    const retried = { ...condition("Unknown", "ToBeRetried", 61), retriesStatus: [first, second] };
    const done = {
      ...condition("True", "Succeeded", 90),
      startTime: at(62),
      completionTime: at(90),
      retriesStatus: [first, second],
    };

    expect(parseJobObservation(task("unknown", retried)).facts).to.deep.include({ retries: 2, tries });
    expect(parseJobObservation(task("successful", done)).facts).to.deep.include({ retries: 2, tries });
    expect(parseJobObservation(task("failed", failed([]))).facts).to.not.have.property("tries");
  });

  it("blames the first step that failed, not those that were skipped after it or allowed to fail", () => {
    const steps = [
      step("lint", 2, 9, 1, "Continued"),
      step("compile", 9, 80, 137),
      step("test", 80, 80, 1, "Skipped"),
      step("report", 80, 80, 1),
    ];

    expect(parseJobObservation(task("failed", failed(steps))).facts).to.deep.include({
      failedStep: "compile",
      exitCode: 137,
      steps: [
        ["compile", 71],
        ["lint", 7],
      ],
    });
  });

  it("has no failed step where the task succeeded", () => {
    const status = { ...condition("True", "Succeeded", 90), ...ended, steps: [step("lint", 2, 9, 1)] };

    const { facts } = parseJobObservation(task("successful", status));
    expect(facts).to.not.have.any.keys("failedStep", "exitCode");
    expect(facts.steps).to.deep.equal([["lint", 7]]);
  });

  it("has the limit that it exceeded, and none where that is not why it ended", () => {
    const finish = (reason: string, spec: Json) => {
      const resource = taskRun({ ...condition("False", reason, 90), ...ended });
      return parseJobObservation(event("taskRun", "failed", { ...resource, spec })).facts;
    };
    for (const [timeout, seconds] of [
      ["1h30m", 5400],
      ["59m58.2s", 3598.2],
      ["1500ms", 1.5],
      ["0s", undefined],
      ["soon", undefined],
      ["5", undefined],
      [60, undefined],
      [undefined, undefined],
    ] as const) {
      const { timeoutSeconds, failureReason } = finish("TaskRunTimeout", { timeout });
      expect([timeoutSeconds, failureReason], String(timeout)).to.deep.equal([seconds, "TaskRunTimeout"]);
    }
    expect(finish("Failed", { timeout: "1h0m0s" })).to.not.have.property("timeoutSeconds");
    const message = "cancelled as the PipelineRun it belongs to has timed out";
    expect(finish("TaskRunCancelled", { timeout: "1h0m0s", statusMessage: message })).to.not.have.property(
      "timeoutSeconds",
    );
    const limits = { timeouts: { pipeline: "20m", tasks: "10m" } };
    const stopped = pipelineRun({ ...condition("False", "PipelineRunTimeout", 90), ...ended });
    const { detail } = parseObservation(event("pipelineRun", "failed", { ...stopped, spec: limits })).facts;
    expect(JSON.parse(detail ?? "")).to.include({ timeoutSeconds: 1200 });
  });

  it("takes the value of a configured key: of the node selector, else of a label, else of an annotation", () => {
    const name = (nodeSelector: Json, labels: Json, annotations: Json) => {
      const resource = taskRun(condition("Unknown", "Running", 3), { annotations }, labels);
      const delivery = event("taskRun", "running", { ...resource, spec: { podTemplate: { nodeSelector } } });
      const [observed] = observations(tekton.parse(delivery, "tekton", { runnerClassKey: "pool" }));
      return observed?.jobs?.[0]?.facts.runnerClass;
    };
    expect(name({ pool: "a", arch: "arm64" }, { pool: "b" }, { pool: "c" })).to.equal("a");
    expect(name({ arch: "arm64" }, { pool: "b" }, { pool: "c" })).to.equal("b");
    expect(name({ pool: "" }, {}, { pool: "c" })).to.equal("c");
    expect(name({ arch: "arm64" }, {}, {})).to.equal(undefined);
  });

  it("names the nodes that the pod asks for", () => {
    const resource = taskRun(condition("Unknown", "Running", 3));
    const on = (nodeSelector: unknown) =>
      parseJobObservation(event("taskRun", "running", { ...resource, spec: { podTemplate: { nodeSelector } } })).facts;
    expect(on({ pool: "large", arch: "arm64" }).runnerClass).to.equal("arch=arm64,pool=large");
    expect(on({})).to.not.have.property("runnerClass");
    expect(parseJobObservation(task("running", condition("Unknown", "Running", 3))).facts).to.not.have.property(
      "runnerClass",
    );
  });
});

describe("tekton adapter: further fields of other types", () => {
  for (const odd of [5, "x", [], {}, [5], true]) {
    it(`do not keep a run and its job from being understood: ${JSON.stringify(odd)}`, () => {
      const steps = [
        { name: odd, terminationReason: odd, terminated: { startedAt: at(2), finishedAt: odd, exitCode: odd } },
      ];
      const status = { ...condition("False", "Failed", 90), ...ended, steps };
      const resource = { ...taskRun(status), spec: { podTemplate: odd } };

      expect(parseJobObservation(event("taskRun", "failed", resource)).facts).to.include({ result: "failure" });
      expect(succeeded({ tasks: odd })).to.include({ result: "success" });
      expect(succeeded({ tasks: [{ name: "a", runAfter: odd }] })).to.include({ graph: '{"a":[]}' });
    });
  }
});

describe("tekton adapter: what Pipelines-as-Code says of a run", () => {
  const annotated = (values: Readonly<Record<string, string>>) => {
    const annotations = Object.fromEntries(
      Object.entries(values).map(([key, value]) => [`pipelinesascode.tekton.dev/${key}`, value]),
    );
    return parseObservation(
      event("pipelineRun", "running", pipelineRun(condition("Unknown", "Running", 1), { annotations })),
    ).facts;
  };

  it("takes the pull request, the title without addresses, and whether a bot sent it", () => {
    const facts = annotated({ "pull-request": "118", "sha-title": "Ask mira@example.com", sender: "renovate[bot]" });
    expect(facts).to.include({ change: "118", title: "Ask [redacted]", startedBy: "bot" });
    for (const account of ["renovate[bot]", "mira"]) {
      const kept = tekton.redact(`{"a":{"pipelinesascode.tekton.dev/sender": "${account}" }}`);
      expect(kept).to.equal(`{"a":{"pipelinesascode.tekton.dev/sender": "${account === "mira" ? "" : "[bot]"}" }}`);
      expect(tekton.redact(kept)).to.equal(kept);
    }
    expect(annotated({ sender: "mira" })).to.not.have.any.keys("change", "title", "startedBy");
  });
});
