import { expect } from "chai";
import type { JobFacts, RunFacts } from "../../src/core/model.ts";
import { at, build, firstJob, jobHook, observed, parsed, pipelineHook } from "../support/payloads/gitlab.ts";

const statuses: Record<string, [RunFacts["state"], RunFacts["result"]]> = {
  created: ["pending", null],
  waiting_for_resource: ["pending", null],
  preparing: ["pending", null],
  waiting_for_callback: ["pending", null],
  pending: ["pending", null],
  manual: ["blocked", null],
  scheduled: ["blocked", null],
  running: ["executing", null],
  canceling: ["executing", null],
  success: ["finished", "success"],
  failed: ["finished", "failure"],
  canceled: ["finished", "cancellation"],
  skipped: ["finished", "skip"],
};

const reasons: Record<string, JobFacts["result"]> = {
  script_failure: "failure",
  unknown_failure: "failure",
  trace_size_exceeded: "failure",
  a_reason_nobody_has_heard_of: "failure",
  job_execution_timeout: "timeout",
  runner_system_failure: "error",
  stuck_or_timeout_failure: "error",
  data_integrity_failure: "error",
  scheduler_failure: "error",
  api_failure: "error",
  unmet_prerequisites: "error",
  missing_dependency_failure: "error",
  runner_unsupported: "error",
  stale_schedule: "error",
  archived_failure: "error",
  forward_deployment_failure: "error",
  user_blocked: "error",
  project_deleted: "error",
  ci_quota_exceeded: "error",
  pipeline_loop_detected: "error",
  builds_disabled: "error",
};

describe("gitlab adapter: statuses", () => {
  for (const [status, [state, result]] of Object.entries(statuses)) {
    it(`${status} is ${state}${result === null ? "" : ` with ${result}`}, of a pipeline and of a job`, () => {
      const run = observed(pipelineHook(status, [{ id: 1, status }])).facts;
      const job = firstJob(observed(jobHook({ id: 1, status }))).facts;

      expect([run.nativeStatus, run.state, run.result]).to.deep.equal([status, state, result]);
      expect([job.nativeStatus, job.state, job.result]).to.deep.equal([status, state, result]);
    });
  }

  for (const [reason, result] of Object.entries(reasons)) {
    it(`a job that failed with ${reason} is of result ${result}, its pipeline failed`, () => {
      const observation = observed(pipelineHook("failed", [{ id: 1, status: "failed", reason }]));

      expect(firstJob(observation).facts).to.include({ result, failureReason: reason });
      expect(observation.facts.result).to.equal("failure");
    });
  }

  for (const status of ["success_with_warnings", "failure", "constructor"]) {
    it(`${status}, which GitLab does not have, is placed by what else is known and never counted`, () => {
      const started = { id: 1, status, started: "10:01" };
      const over = observed(pipelineHook(status, [{ ...started, finished: "10:02" }], { finished_at: at("10:02") }));
      const going = observed(pipelineHook(status, [started]));
      const waiting = observed(pipelineHook(status, [{ id: 1, status }]));

      expect(over.facts).to.include({ nativeStatus: status, state: "finished", result: null });
      expect(over.completion).to.equal(undefined);
      expect([going.facts.state, firstJob(going).facts.state]).to.deep.equal(["executing", "executing"]);
      expect([waiting.facts.state, firstJob(waiting).facts.state]).to.deep.equal(["pending", "pending"]);
    });
  }

  it("an unknown status with a finish leaves the state as it was while a job is still to come", () => {
    const observation = observed(
      pipelineHook("thinking", [{ id: 1, status: "running" }], { finished_at: at("10:02") }),
    );

    expect(observation.facts).to.include({ nativeStatus: "thinking", result: null }).and.to.not.have.property("state");
  });

  it("a status that is not known keeps the delivery, so that it can be replayed", () => {
    const builds = [
      { id: 1, status: "success" },
      { id: 2, status: "expired" },
    ] as const;

    expect(parsed(pipelineHook("expired", builds))).to.deep.include({
      kind: "observed",
      problems: [
        'object_attributes.status "expired" is not a known status',
        'builds.1.status "expired" is not a known status',
      ],
    });
    expect(parsed(jobHook({ id: 2, status: "expired" }))).to.deep.include({
      problems: ['build_status "expired" is not a known status'],
    });
    expect(parsed(jobHook({ id: 2, status: "success" }))).to.not.have.property("problems");
  });
});

describe("gitlab adapter: labels and identity", () => {
  for (const name of [null, "", "  ", "Nightly"]) {
    it(`names the pipeline alike in both hooks when workflow:name is ${JSON.stringify(name)}`, () => {
      const run = observed(pipelineHook("running", [], { name }));
      const job = observed(jobHook({ id: 1, status: "running" }, { commit: { id: 700, name } }));

      expect(job.run).to.equal(run.run);
      expect([job.facts.project, job.facts.pipeline]).to.deep.equal([run.facts.project, run.facts.pipeline]);
      expect(run.facts.pipeline).to.equal("team/shop");
      expect([run.facts.title, job.facts.title]).to.deep.equal(Array(2).fill(name === "Nightly" ? name : undefined));
    });

    it(`names it alike also where names are labels and workflow:name is ${JSON.stringify(name)}`, () => {
      const settings = { pipelineLabel: "name" } as const;
      const run = observed(pipelineHook("running", [], { name }), "gitlab", settings);
      const job = observed(jobHook({ id: 1, status: "running" }, { commit: { id: 700, name } }), "gitlab", settings);

      expect(job.facts.pipeline).to.equal(run.facts.pipeline);
      expect(run.facts.pipeline).to.equal(name === "Nightly" ? "Nightly" : "team/shop");
    });
  }

  it("keeps of a title what people need, and no address", () => {
    const getTitle = (name: string) => observed(pipelineHook("running", [], { name })).facts.title;

    expect(getTitle(" Deploy for mira@example.com now ")).to.equal("Deploy for [redacted] now");
    expect(getTitle("t".repeat(500))).to.equal("t".repeat(200));
    expect(getTitle(`${"a ".repeat(99)}mira@example.com`)).to.not.match(/mira|@/);
    expect(getTitle("mira@example.com ".repeat(241))).to.not.match(/mira|@/);
  });

  it("takes the ref of a branch, and only that, for the default branch", () => {
    const defaultBranch = (attributes: object, more: object = {}) =>
      observed(pipelineHook("running", [], { ...attributes }, { ...more })).facts.defaultBranch;

    expect(defaultBranch({ ref: "main" })).to.equal(true);
    expect(defaultBranch({ ref: "topic" })).to.equal(false);
    expect(defaultBranch({ ref: "main", tag: true })).to.equal(false);
    expect(defaultBranch({ ref: "main", source: "merge_request_event" })).to.equal(false);
    expect(defaultBranch({ ref: "main" }, { merge_request: { iid: 3 } })).to.equal(false);
    expect(defaultBranch({ ref: "main" }, { project: { path_with_namespace: "team/shop" } })).to.equal(null);
  });

  it("takes the default branch from the pipeline, where it is of a branch", () => {
    const project = { path_with_namespace: "team/shop", default_branch: null };
    const defaultBranch = (attributes: object, more: object = { project }) =>
      observed(pipelineHook("running", [], { ...attributes }, { ...more })).facts.defaultBranch;

    expect(defaultBranch({ ref: "main", default_branch: true })).to.equal(true);
    expect(defaultBranch({ ref: "topic", default_branch: false })).to.equal(false);
    expect(defaultBranch({ ref: "main", default_branch: null })).to.equal(null);
    expect(defaultBranch({ ref: "main", default_branch: null }, {})).to.equal(true);
    expect(defaultBranch({ ref: "main", default_branch: true, tag: true })).to.equal(false);
    expect(defaultBranch({ ref: "main", default_branch: true, source: "merge_request_event" })).to.equal(false);
  });

  it("names the field where the pipeline names a branch instead of yes or no", () => {
    const outcome = parsed(pipelineHook("running", [], { default_branch: "main" }));

    expect(outcome.kind).to.equal("invalid");
    expect(JSON.stringify(outcome)).to.match(/object_attributes\.default_branch/);
  });

  it("distinguishes attempts by their jobs and result, in any order of the jobs", () => {
    const [a, b] = [build({ id: 9, status: "success" }), build({ id: 10, status: "success" })];
    const key = (status: string, builds: unknown[]) => observed(pipelineHook(status, [], {}, { builds })).completion;

    expect(key("success", [a, b])).to.equal(key("success", [b, a]));
    expect(
      new Set([key("success", [a, b]), key("failed", [a, b]), key("success", [a]), key("success", [])]),
    ).to.have.length(4);
    expect(key("running", [a, b])).to.equal(undefined);
  });

  it("links to nothing but web addresses", () => {
    const project = { path_with_namespace: "team/shop", web_url: "javascript:alert(1)" };
    const observation = observed(
      pipelineHook("running", [{ id: 1, status: "running" }], { url: "data:text/html,x" }, { project }),
    );

    expect(observation.facts).to.not.have.property("url");
    expect(firstJob(observation).facts).to.not.have.property("url");
  });
});
