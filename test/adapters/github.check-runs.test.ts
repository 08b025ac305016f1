import { expect } from "chai";
import { changed, getJob } from "../support/payloads/github.ts";

/** What a report looks like that a step attached to its run. */
const report = {
  status: "completed",
  conclusion: "success",
  runner_id: null,
  runner_name: null,
  labels: [],
  steps: [],
  name: "lint report",
  started_at: "2026-11-20T09:20:30Z",
  completed_at: "2026-11-20T09:20:30Z",
};

describe("github adapter: check runs that come as jobs", () => {
  for (const conclusion of ["success", "failure", "neutral", "action_required", "timed_out", "stale", "superseded"]) {
    it(`ignores a check run of conclusion ${conclusion}, and says why`, () => {
      expect(changed("job-succeeded", { ...report, conclusion })).to.deep.equal({
        kind: "ignored",
        reason: "a check run that a step made, not a job",
      });
    });
  }

  const jobs: Record<string, object> = {
    "was skipped": { conclusion: "skipped" },
    "was cancelled before it got a runner": { conclusion: "cancelled" },
    "names what it would have run on": { conclusion: "failure", labels: ["ubuntu-24.04"] },
    "has runner 0, as older deliveries do": { conclusion: "failure", runner_id: 0, runner_name: "" },
    "ran on a runner without labels": { runner_id: 7, runner_name: "runner-7" },
    "has steps": { steps: [{ name: "Set up job", status: "completed", conclusion: "success", number: 1 }] },
    "comes from a server that does not tell the runner": { runner_id: undefined },
    "comes from a server that does not tell the labels": { labels: undefined },
    "is not over": { status: "queued", conclusion: null, completed_at: null },
  };
  for (const [what, fields] of Object.entries(jobs)) {
    it(`keeps a job that ${what}`, () => {
      expect(getJob(changed("job-succeeded", { ...report, ...fields })).facts.name).to.equal("lint report");
    });
  }
});
