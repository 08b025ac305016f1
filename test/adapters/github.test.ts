import { expect } from "chai";
import { github } from "../../src/adapters/github/index.ts";
import { changed, fixture, getJob, observed, request, parseFixtures } from "../support/payloads/github.ts";

describe("github adapter: status tables", () => {
  const table: [status: string, conclusion: string | null, state: string, result: string | null][] = [
    ["requested", null, "pending", null],
    ["queued", null, "pending", null],
    ["pending", null, "pending", null],
    ["waiting", null, "blocked", null],
    ["in_progress", null, "executing", null],
    ["completed", "success", "finished", "success"],
    ["completed", "neutral", "finished", "success"],
    ["completed", "failure", "finished", "failure"],
    ["completed", "startup_failure", "finished", "error"],
    ["completed", "timed_out", "finished", "timeout"],
    ["completed", "cancelled", "finished", "cancellation"],
    ["completed", "stale", "finished", "cancellation"],
    ["completed", "skipped", "finished", "skip"],
    ["completed", "action_required", "blocked", null],
    ["completed", "constructor", "finished", null],
    ["brand_new", null, "pending", null],
    ["brand_new", "success", "finished", "success"],
  ];
  for (const [status, conclusion, state, result] of table) {
    it(`${status} ${conclusion ?? ""} is ${state} ${result ?? ""}`, () => {
      const run = observed(changed("run-requested", { status, conclusion }));
      const unassigned = { status, conclusion, runner_id: null, runner_name: null, completed_at: null };
      const job = getJob(changed("job-succeeded", unassigned, { action: "queued" }));

      const expected = { state, result, nativeStatus: conclusion ?? status };
      expect(run.facts).to.include(expected);
      expect(job.facts).to.include(expected);
      expect(run.completion).to.equal(result === null ? undefined : "1");
    });
  }

  it("takes the action for the least that is true, and status and conclusion for more", () => {
    const getState = (action: string, status: string, conclusion: string | null) =>
      observed(changed("run-requested", { status, conclusion }, { action })).facts.state;

    expect(getState("in_progress", "queued", null)).to.equal("executing");
    expect(getState("requested", "in_progress", null)).to.equal("executing");
    expect(getState("in_progress", "completed", "success")).to.equal("finished");
    expect(getState("completed", "queued", "failure")).to.equal("finished");
    expect(getState("completed", "completed", "action_required")).to.equal("blocked");
    expect(getState("requested", "waiting", null)).to.equal("blocked");
    expect(getState("in_progress", "waiting", null)).to.equal("blocked");
    expect(getState("anything else", "queued", null)).to.equal("pending");
  });

  it("keeps what finished with an unknown conclusion as a dead letter too, so that a replay can count it", () => {
    const parsed = changed("run-succeeded", { conclusion: "superseded" });

    expect(parsed).to.have.property("kind", "observed");
    expect(parsed).to.deep.include({ problems: ['workflow_run.conclusion "superseded" is not a known result'] });
  });
});

describe("github adapter: fields", () => {
  it("names a pipeline alike in both events, by the workflow and not by the title of the run", () => {
    const [run, job] = parseFixtures("run-succeeded", "job-succeeded");
    expect(job?.facts).to.deep.equal({ project: run?.facts.project, pipeline: run?.facts.pipeline });
    expect(observed(changed("run-succeeded", { name: "Release 4be1d60" })).facts.pipeline).to.equal("Checks");
  });

  it("takes neither duration nor queue time of a re-run from created_at", () => {
    const parsed = observed(changed("run-attempt-2-succeeded", { run_started_at: null }));
    expect(parsed.facts.durationSeconds).to.equal(null);
    expect([parsed.queuedAt, parsed.startedAt]).to.deep.equal([undefined, undefined]);
  });

  it("takes ids up to 2^53, and refuses what JSON has rounded", () => {
    expect(observed(changed("run-succeeded", { id: 2 ** 53 - 1 })).run).to.equal("9007199254740991");
    for (const id of [2 ** 53, 1e300, 0, -1, 1.5, "12", null]) {
      expect(changed("run-succeeded", { id })).to.have.property("kind", "invalid");
      expect(changed("job-succeeded", { id })).to.have.property("kind", "invalid");
      expect(changed("job-succeeded", { run_id: id })).to.have.property("kind", "invalid");
    }
  });

  it("tells runs of different hosts apart by the signed body, not by a header that anyone can change", () => {
    const here = fixture("run-succeeded");
    const spoofed = { ...here, headers: { ...here.headers, "x-github-enterprise-host": "other.example.com" } };
    expect(observed(github.parse(spoofed, "github")).run).to.equal("19440026631");
    expect(parseFixtures("run-from-enterprise-server")[0]?.run).to.equal("git.corp.example.com/41877");
    expect(parseFixtures("job-from-enterprise-server")[0]?.run).to.equal("git.corp.example.com/41877");
  });

  it("does not take the start of a job that is queued, which only repeats its creation", () => {
    const { startedAt, facts } = getJob(changed("job-queued", {}, { action: "in_progress" }));
    expect(startedAt).to.equal(undefined);
    expect(facts).to.include({ state: "executing", queueSeconds: null });
  });

  it("compares the default branch only with its own repository", () => {
    const getDefaultBranch = (fields: object) => observed(changed("run-succeeded", fields)).facts.defaultBranch;
    expect(getDefaultBranch({})).to.equal(true);
    expect(getDefaultBranch({ head_repository: null })).to.equal(true);
    expect(getDefaultBranch({ head_repository: { full_name: "passerby/storefront" } })).to.equal(false);
    expect(getDefaultBranch({ event: "pull_request_target" })).to.equal(false);
    expect(getDefaultBranch({ head_branch: "next" })).to.equal(false);
    expect(getDefaultBranch({ head_branch: null })).to.equal(null);
  });

  it("takes a zero time for none", () => {
    const parsed = changed("job-succeeded", { created_at: "0001-01-01T00:00:00Z" });
    expect(getJob(parsed).facts).to.include({ queueSeconds: null, durationSeconds: 384 });
  });

  it("reads a form exactly like the JSON in it, and redacts e-mail addresses in both", () => {
    const json = Buffer.from(fixture("run-succeeded").body).toString();
    const form = new URLSearchParams({ payload: json }).toString();
    const plain = github.parse(fixture("run-succeeded"), "github");

    expect(github.parse(request("workflow_run", form), "github")).to.deep.equal(plain);
    expect(json).to.contain("mira.voss@shop.example.com");
    for (const body of [json, form, `${form}%`]) {
      expect(github.redact(body)).to.not.match(/shop(\.|%2e)example(\.|%2e)com/i);
    }
    for (const body of [json, form]) {
      expect(github.parse(request("workflow_run", github.redact(body)), "github")).to.deep.equal(plain);
    }
  });

  it("repeats nothing but the names of events", () => {
    expect(github.parse(request("check_suite", "not read"), "github")).to.deep.equal({
      kind: "ignored",
      reason: "check_suite",
    });
    expect(github.parse(request("<b>", ""), "github")).to.deep.equal({ kind: "ignored", reason: "unknown event" });
  });
});
