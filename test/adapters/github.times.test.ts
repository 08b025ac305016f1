import { expect } from "chai";
import { fold, total } from "../support/model/fold.ts";
import { changed, getJob, observed, parseFixtures } from "../support/payloads/github.ts";

type Times = readonly [created: string, started: string, completed: string];

const day = "2026-11-20T";
const ordinary: Times = [`${day}09:00:00Z`, `${day}09:00:30Z`, `${day}09:01:00Z`];

/** A job that ran on a runner, with these times. */
function timed(conclusion: string, [created_at, started_at, completed_at]: Times) {
  return changed("job-succeeded", { conclusion, created_at, started_at, completed_at });
}

describe("github adapter: times that contradict each other", () => {
  const contradictions: Record<string, Times> = {
    "a start weeks after the end": [ordinary[0], "2026-12-12T11:02:44Z", ordinary[2]],
    "a start eleven seconds after the end": [ordinary[0], `${day}09:01:11Z`, ordinary[2]],
    "a start weeks before the creation": [ordinary[0], "2026-10-29T09:00:30Z", ordinary[2]],
    "a start eleven seconds before the creation": [ordinary[0], `${day}08:59:49Z`, ordinary[2]],
  };
  for (const [what, times] of Object.entries(contradictions)) {
    for (const conclusion of ["cancelled", "success"]) {
      it(`${what} of a job of conclusion ${conclusion} counts the job and observes nothing`, () => {
        const parsed = timed(conclusion, times);

        const { startedAt, facts } = getJob(parsed);
        expect(startedAt).to.equal(undefined);
        expect(facts).to.include({ queueSeconds: null, durationSeconds: null });
        const folded = fold([observed(parsed), ...parseFixtures("run-succeeded")]);
        expect(total(folded, "cicd_job_runs_total")).to.equal(1);
        expect(total(folded, "cicd_job_queue_seconds")).to.equal(0);
        expect(total(folded, "cicd_job_duration_seconds")).to.equal(0);
      });
    }
  }

  it("a start that contradicts the end only once there is one leaves the job over, and unobserved, in both orders", () => {
    const [created_at, , completed_at] = ordinary;
    const started_at = "2026-12-12T11:02:44Z";
    const begun = changed("job-in-progress", { created_at, started_at });
    const over = observed(timed("cancelled", [created_at, started_at, completed_at]));
    const deliveries = [...parseFixtures("run-succeeded"), observed(begun), over];

    for (const order of [deliveries, deliveries.toReversed()]) {
      const folded = fold(order);
      const [job] = Object.values(folded.runs)[0]?.jobs.values() ?? [];
      expect(job?.folded.facts).to.include({ state: "finished", queueSeconds: null, durationSeconds: null });
      expect(total(folded, "cicd_job_queue_seconds")).to.equal(0);
      expect(total(folded, "cicd_job_duration_seconds")).to.equal(0);
    }
  });

  const near: Record<string, [Times, queue: number, duration: number]> = {
    "two seconds before the creation": [[ordinary[0], `${day}08:59:58Z`, ordinary[2]], 0, 62],
    "ten seconds after the end": [[ordinary[0], `${day}09:01:10Z`, ordinary[2]], 70, 0],
    "in order": [ordinary, 30, 30],
  };
  for (const [what, [times, queueSeconds, durationSeconds]] of Object.entries(near)) {
    it(`a start ${what} is accepted, and no time is negative`, () => {
      expect(getJob(timed("success", times)).facts).to.include({ queueSeconds, durationSeconds });
    });
  }

  it("a run that ended before it was triggered is counted and not timed", () => {
    const fields = { run_started_at: `${day}09:14:05Z`, updated_at: `${day}09:10:00Z` };
    expect(observed(changed("run-succeeded", fields)).facts).to.include({ result: "success", durationSeconds: null });
  });
});
