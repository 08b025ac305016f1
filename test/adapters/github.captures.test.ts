import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { github } from "../../src/adapters/github/index.ts";
import { requireCaptures } from "../support/captures.ts";
import { getJob, observed, request } from "../support/payloads/github.ts";

describe("github adapter: real captures", () => {
  let captures = "";
  before(function () {
    captures = requireCaptures.call(this, "github");
  });

  const parsed = (name: string) => {
    const [, event = ""] = /^[a-z-]+_(workflow_run|workflow_job|ping|[a-z-]+)/.exec(name) ?? [];
    return github.parse(request(event, readFileSync(join(captures, name))), "github");
  };

  it("are observed where they are about runs, and ignored where not", () => {
    const files = readdirSync(captures).filter((name) => name.endsWith(".json"));
    expect(files.length).to.be.above(10);
    for (const name of files) {
      const about = /workflow_(run|job)/.test(name);
      expect(parsed(name), name).to.have.property("kind", about ? "observed" : "ignored");
    }
  });

  it("say what was checked by hand", () => {
    const run = observed(parsed("octokit_workflow_run__completed.json"));
    expect(run).to.include({
      run: "289782451",
      attempt: 1,
      completion: "1",
      startedAt: Date.UTC(2020, 9, 5, 16, 33, 49),
    });
    expect(run.facts).to.include({
      pipeline: "test",
      number: "163",
      defaultBranch: true,
      result: "success",
      durationSeconds: 0,
    });
    const blocked = observed(parsed("octokit_workflow_run__requested.with-conclusion.json"));
    expect(blocked.facts).to.include({ state: "blocked", result: null, nativeStatus: "action_required" });
    const skipped = parsed("otel_workflow_job_completed_skipped_attempt13.json");
    expect(observed(skipped)).to.deep.include({ attempt: 13, run: "14796710445" });
    expect(getJob(skipped).facts).to.include({ result: "skip", queueSeconds: null, durationSeconds: null });
    const waiting = parsed("octokit_workflow_job__queued.with-deployment.json");
    expect(getJob(waiting).facts).to.include({ state: "blocked", nativeStatus: "waiting", queueSeconds: null });
    const failed = parsed("octokit_workflow_job__completed.failure.with-organization.json");
    expect(getJob(failed).facts).to.include({ result: "failure", queueSeconds: 60, durationSeconds: 198 });
  });
});
