import { expect } from "chai";
import type { Observation } from "../../src/core/model.ts";
import { fold, permutations, total } from "../support/model/fold.ts";
import { changed, observed } from "../support/payloads/github.ts";

const second = "2026-11-20T09:14:09Z";
const minuteLater = "2026-11-20T10:30:00Z";

function run(action: string, status: string, conclusion: string | null, updated_at = second): Observation {
  return observed(changed("run-requested", { status, conclusion, updated_at }, { action }));
}

function job(action: string, status: string, fields: object = {}): Observation {
  const waits = {
    status,
    conclusion: null,
    runner_id: null,
    runner_name: null,
    started_at: second,
    created_at: second,
  };
  return observed(changed("job-queued", { ...waits, ...fields }, { action }));
}

/** The run's facts and its job's, which must be the same in every order and when each is sent twice. */
function foldInEveryOrder(...observations: readonly Observation[]) {
  const outcomes = permutations(observations).flatMap((order) => [fold(order), fold([...order, ...order])]);
  const [first, ...others] = outcomes.map(({ runs }) => Object.values(runs)[0]);
  for (const other of others) expect(other?.folded).to.deep.equal(first?.folded);
  for (const { totals } of outcomes) expect(totals).to.deep.equal(outcomes[0]?.totals);
  const [onlyJob] = [...(first?.jobs.values() ?? [])];
  return { run: first?.folded.facts, job: onlyJob?.folded.facts, folded: outcomes[0] ?? fold([]) };
}

describe("github adapter: runs and jobs that wait for a person", () => {
  it("a fork's run without an approval stays blocked, with the reason", () => {
    const { run: facts, folded } = foldInEveryOrder(
      run("requested", "queued", null),
      run("completed", "completed", "action_required"),
    );

    expect(facts).to.include({ state: "blocked", result: null, finishedAt: null, nativeStatus: "action_required" });
    expect(total(folded, "cicd_pipeline_runs_total")).to.equal(0);
  });

  it("an approved run goes on under its id to its end", () => {
    const { run: facts, folded } = foldInEveryOrder(
      run("completed", "completed", "action_required"),
      run("requested", "queued", null, minuteLater),
      run("in_progress", "in_progress", null, minuteLater),
      run("completed", "completed", "success", "2026-11-20T10:32:00Z"),
    );

    expect(facts).to.include({ state: "finished", result: "success" });
    expect(total(folded, "cicd_pipeline_runs_total")).to.equal(1);
    expect(total(folded, "cicd_pipeline_run_restarts_total")).to.equal(0);
  });

  it("a run whose first job waits for a reviewer is blocked, and executing once that job begins in the same second", () => {
    const requested = run("requested", "waiting", null);
    expect(foldInEveryOrder(requested).run).to.include({ state: "blocked", nativeStatus: "waiting" });
    const { run: facts } = foldInEveryOrder(
      run("requested", "queued", null),
      requested,
      run("in_progress", "in_progress", null),
    );
    expect(facts).to.include({ state: "executing" });
  });

  it("a run that was executing and now waits for a reviewer is blocked, in the same second too", () => {
    const { run: facts } = foldInEveryOrder(
      run("in_progress", "in_progress", null),
      run("in_progress", "waiting", null),
    );
    expect(facts).to.include({ state: "blocked", nativeStatus: "waiting" });
    const ended = foldInEveryOrder(run("in_progress", "waiting", null), run("completed", "completed", "success"));
    expect(ended.run).to.include({ state: "finished", result: "success" });
  });

  it("a run that a concurrency group holds back waits for capacity", () => {
    expect(foldInEveryOrder(run("requested", "pending", null)).run).to.include({
      state: "pending",
      nativeStatus: "pending",
    });
  });

  it("a job that waits for a reviewer is blocked, and pending once it is approved, though both carry the same times", () => {
    const waiting = job("waiting", "waiting");
    expect(foldInEveryOrder(waiting).job).to.include({ state: "blocked", nativeStatus: "waiting" });
    expect(foldInEveryOrder(job("queued", "waiting"), waiting, job("queued", "queued")).job).to.include({
      state: "pending",
      nativeStatus: "queued",
    });
    const begun = job("in_progress", "in_progress", { runner_id: 7, runner_name: "runner-7" });
    expect(foldInEveryOrder(waiting, job("queued", "queued"), begun).job).to.include({ state: "executing" });
  });
});
