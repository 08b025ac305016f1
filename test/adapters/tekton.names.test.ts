import { expect } from "chai";
import { fold } from "../support/model/fold.ts";
import {
  condition,
  event,
  parseAll,
  pipelineRun,
  run,
  parseObservation,
  task,
  taskRun,
  type Json,
} from "../support/payloads/tekton.ts";
import { measureProcessorMillis } from "../support/measure.ts";

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
  const named = (resolver: string) => ({ resolver, params: [{ name: "name", value: "scan-all" }] });
  const preferred = { "pipeline.openshift.io/preferredName": "scan-r8t2k" };
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
    ["a word without vowels at the end", "scan-https", embedded, "scan-https", {}, "(unnamed)"],
    ["a number at the end", "scan-24579", embedded, "scan-24579", {}, "(unnamed)"],
    ["a generated name after a word without vowels", "scan-https-r8t2k", embedded, "scan-https", {}, "scan-https"],
    ["a bundle without a kind", "scan-r8t2k", { pipelineRef: named("bundles") }, "scan-r8t2k", {}, "scan-all"],
    ["a hub without a kind", "scan-r8t2k", { pipelineRef: named("hub") }, "scan-r8t2k", {}, "scan-all"],
    ["a resolver of one's own", "scan-r8t2k", { pipelineRef: named("mine") }, "scan-r8t2k", {}, "scan"],
    ["a repeat in OpenShift's console", "scan-r8t2k-qz31ab", embedded, "scan-r8t2k-qz31ab", preferred, "scan"],
    ["a repeat there with the labels of the first run", "scan-qz31ab", embedded, "scan-r8t2k", preferred, "scan"],
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
      const parent = pipelineRun(condition("Unknown", "Running", 1), { name, labels, annotations });
      const child = taskRun({}, { annotations }, { ...labels, "tekton.dev/pipelineRun": name });

      const ofRun = parseObservation(event("pipelineRun", "running", { ...parent, spec }));
      const ofJob = parseObservation(event("taskRun", "running", child));

      expect(ofRun.facts).to.include({ project: "team-a", pipeline });
      // The parameters of a resolver are in the run alone; its jobs' label follows once the definition has been fetched.
      const isResolved = !["bundles", "hub"].includes(
        (spec["pipelineRef"] as Json | undefined)?.["resolver"] as string,
      );
      if (isResolved) expect(ofJob.facts).to.deep.equal({ project: "team-a", pipeline });
      expect([ofJob.run, ofJob.version.clock]).to.deep.equal([ofRun.run, 0]);
    });
  }

  const waits = (reason: string, more: Json = {}) => ({ ...condition("Unknown", reason, 1), ...more });
  const unsettled: [what: string, name: string, spec: Json, labels: Json][] = [
    ["a definition in git", "scan-r8t2k", { pipelineRef: git }, {}],
    ["a definition that the cluster's resolver fetches", "nightly-7", { pipelineRef: cluster }, {}],
    ["a copy that a console made of another run", "nightly-7-qz31ab", {}, { "tekton.dev/pipeline": "nightly-7" }],
  ];
  for (const [what, name, spec, labels] of unsettled) {
    it(`begins no series under a name that may be replaced: ${what}`, () => {
      const as = (word: string, status: Json, over: Json) =>
        event("pipelineRun", word, { ...pipelineRun(status, { name, labels, ...over }), spec });
      const resolved = { labels: { "tekton.dev/pipeline": "scan" } };
      const life = [
        as("queued", {}, {}),
        as("started", waits("ResolvingPipelineRef"), {}),
        as("started", waits("Started", { pipelineSpec: { tasks: [] } }), resolved),
        as("running", waits("Running"), resolved),
      ];

      const seriesAfter = (deliveries: typeof life) => Object.keys(fold(parseAll(...deliveries)).totals);
      expect(seriesAfter(life.slice(0, 2))).to.deep.equal([]);
      expect(seriesAfter(life)).to.not.be.empty;
      expect(seriesAfter(life).every((one) => one.includes('pipeline="scan"'))).to.be.true;
    });
  }

  it("tells the name of a run whose definition could not be fetched", () => {
    const lost = { ...condition("False", "CouldntGetPipeline", 2), startTime: null };
    const failed = event("pipelineRun", "failed", {
      ...pipelineRun(lost, { name: "scan-r8t2k", labels: {} }),
      spec: { pipelineRef: git },
    });

    expect(parseObservation(failed).facts).to.include({ pipeline: "scan" });
  });

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

      expect(parseObservation(run("running", {}, { annotations })).facts.project).to.equal(project);
      expect(parseObservation(task("running", {}, { annotations })).facts.project).to.equal(project);
    });
  }

  it("a name that is longer than Kubernetes allows costs no time", () => {
    const endless = `a${"-bbbbb-r".repeat(200_000)}x`;
    const child = taskRun({}, {}, { "tekton.dev/pipeline": endless, "tekton.dev/pipelineRun": endless });

    const millis = measureProcessorMillis(() =>
      expect(parseObservation(event("taskRun", "running", child)).facts.pipeline).to.equal("(unnamed)"),
    );

    expect(millis).to.be.below(2000);
  });
});

describe("tekton adapter: repeats from the dashboard", () => {
  const rerunAnnotation = "dashboard.tekton.dev/rerunOf";
  const done = { conditions: [{ type: "Succeeded", status: "True", reason: "Succeeded" }] };
  const repeat = (name: string, of: string, label: string, annotations: Json = {}) => {
    const labels = { "tekton.dev/pipeline": label, [rerunAnnotation]: of };
    const parent = pipelineRun(done, { name, uid: `uid of ${name}`, labels, annotations });
    const child = taskRun({}, { annotations }, { ...labels, "tekton.dev/pipelineRun": name });
    const ofRun = parseObservation(
      event("pipelineRun", "successful", { ...parent, spec: { pipelineSpec: { tasks: [] } } }),
    );
    const ofJob = parseObservation(event("taskRun", "running", child));
    return { run: ofRun.facts.pipeline, job: ofJob.facts.pipeline, restartOf: ofRun.facts.restartOf };
  };

  it("two runs' repeats, and a repeat of one, count under the one embedded pipeline", () => {
    const long = `${"long-".repeat(11)}name`;
    const repeats: [name: string, of: string, label: string, pipeline: string][] = [
      ["scan-r8t2k-r-zz2wq", "scan-r8t2k", "scan-r8t2k-r", "scan"],
      ["scan-b4c5d-r-d4f5g", "scan-b4c5d", "scan-b4c5d-r", "scan"],
      ["scan-r8t2k-r-x9x9x", "scan-r8t2k-r-zz2wq", "scan-r8t2k-r", "scan"],
      [`${long.slice(0, 58)}zz2wq`, `${long}-r8t2k`, `${long}-r8t`.slice(0, 63), "(unnamed)"],
    ];
    for (const [name, of, label, pipeline] of repeats)
      expect(repeat(name, of, label), name).to.deep.equal({ run: pipeline, job: pipeline, restartOf: of });
  });

  it("Pipelines-as-Code names the pipeline of a repeat", () => {
    const annotations = { "pipelinesascode.tekton.dev/original-prname": "on-push" };

    expect(repeat("scan-r8t2k-r-zz2wq", "scan-r8t2k", "scan-r8t2k-r", annotations).run).to.equal("on-push");
  });

  it("a run that was edited and got a name of its own repeats none, though it inherited the label", () => {
    expect(repeat("scan-anew-zz2wq", "scan-r8t2k", "scan-anew")).to.deep.equal({
      run: "scan-anew",
      job: "scan-anew",
      restartOf: undefined,
    });
  });
});
