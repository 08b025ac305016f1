import { expect } from "chai";
import { changed, getJob, observed } from "../support/payloads/github.ts";

describe("github adapter: what a run is for", () => {
  const ours = { repo: { id: 771_204_411 } };
  const getFacts = (fields: object) => observed(changed("run-of-pull-request", fields)).facts;
  const getChange = (...pulls: readonly object[]) => getFacts({ pull_requests: pulls }).change;

  it("takes the number of its pull request, where that is certain", () => {
    expect(getChange({ number: 77, base: ours })).to.equal("77");
    expect(getChange()).to.equal(null);
    expect(getChange({ number: 77, base: ours }, { number: 78, base: ours })).to.equal(null);
    expect(getChange({ number: 4, base: { repo: { id: 5 } } }, { number: 77, base: ours })).to.equal("77");
    expect(getFacts({ pull_requests: null }).change).to.equal(null);
    expect(getFacts({ pull_requests: [null] }).change).to.equal(null);
  });

  it("takes it for a push to the branch too, but not for the default branch", () => {
    const pushed = { event: "push", pull_requests: [{ number: 77, base: ours }] };
    expect(getFacts(pushed).change).to.equal("77");
    // A pull request from main to a release branch is no reason for what is built of main.
    expect(getFacts({ ...pushed, head_branch: "main" }).change).to.equal(null);
  });

  it("knows a merge queue by its event or by its branches, which are not the default branch", () => {
    const ofQueue = { refKind: "merge_queue", defaultBranch: false };
    const branch = "gh-readonly-queue/release/2.x/pr-9-4be1d60f0f5cc2a3b6e2f8b6e0a9917b5a3c7d21";
    expect(getFacts({ event: "merge_group", head_branch: branch })).to.include({ ...ofQueue, change: "9" });
    expect(getFacts({ event: "push", head_branch: branch })).to.include({ ...ofQueue, change: "9" });
    expect(getFacts({ event: "merge_group", head_branch: null, pull_requests: [] })).to.include({ ...ofQueue });
    expect(getFacts({ event: "push", head_branch: "queue/main/pr-9-4be1d60" }).refKind).to.equal(null);
  });

  it("takes the commit's time in any zone, and none that is no time", () => {
    const getTime = (timestamp: unknown) => getFacts({ head_commit: { timestamp } }).committedAt;
    expect(getTime("2026-11-20T10:13:40+01:00")).to.equal(Date.UTC(2026, 10, 20, 9, 13, 40));
    expect(getTime("yesterday")).to.equal(undefined);
    expect(getFacts({ head_commit: null })).to.not.have.property("committedAt");
  });

  it("says whether a person or a bot started it, and its latest attempt", () => {
    const by = (actor: string, restarter: string, attempt: number, event = "push") => {
      const accounts = { actor: { type: actor }, triggering_actor: { type: restarter } };
      const { startedBy, restartedBy } = getFacts({ ...accounts, run_attempt: attempt, event });
      return [startedBy, restartedBy];
    };
    expect(by("User", "User", 1)).to.deep.equal(["person", undefined]);
    expect(by("Bot", "User", 2)).to.deep.equal(["bot", "person"]);
    expect(by("User", "Bot", 3)).to.deep.equal(["person", "bot"]);
    expect(by("Organization", "Mannequin", 2)).to.deep.equal([undefined, undefined]);
    // The actor of a scheduled run is the person who changed the schedule last.
    expect(by("User", "User", 1, "schedule")).to.deep.equal([undefined, undefined]);
    expect(getFacts({ actor: null, triggering_actor: null })).to.not.have.property("startedBy");
  });

  it("understands a run whose further fields are of other types", () => {
    for (const odd of [5, "x", [], {}, [5], true]) {
      const fields = {
        actor: odd,
        triggering_actor: odd,
        pull_requests: odd,
        head_commit: odd,
        referenced_workflows: odd,
      };
      expect(getFacts({ ...fields, run_attempt: 2 })).to.include({ result: "success", change: null });
    }
  });

  it("lists ten reusable workflows, and counts the others", () => {
    const referenced = Array.from({ length: 12 }, (_, i) => ({ path: `northwind/flows/${i}.yml@v1` }));
    const detail = JSON.parse(getFacts({ referenced_workflows: referenced }).detail ?? "");
    expect(detail.calls).to.have.length(10);
    expect(detail).to.include({ workflow: ".github/workflows/checks.yml", callsLeftOut: 2 });
    expect(getFacts({ referenced_workflows: null })).to.not.have.property("detail");
  });
});

describe("github adapter: what a job ran on", () => {
  const getFacts = (fields: object, envelope: object = {}) => getJob(changed("job-succeeded", fields, envelope)).facts;

  it("sorts its labels, each once, and names the group only without labels", () => {
    const group = { runner_group_name: "larger" };
    expect(getFacts({ labels: ["x64", "self-hosted", "linux", "x64"], ...group }).runnerClass).to.equal(
      "linux,self-hosted,x64",
    );
    expect(getFacts({ labels: [null, ""], ...group }).runnerClass).to.equal("larger");
    expect(getFacts({ labels: null, runner_group_name: "" }).runnerClass).to.equal(null);
  });

  it("names the environment of its deployment, and its tier where that is production", () => {
    const deploying = (deployment: unknown) => getFacts({}, { deployment });
    expect(deploying({ environment: "live", production_environment: true })).to.include({
      environment: "live",
      environmentTier: "production",
    });
    expect(deploying({ environment: "qa", production_environment: false })).to.not.have.property("environmentTier");
    expect(deploying(null)).to.not.have.property("environment");
    expect(deploying({})).to.not.have.property("environment");
  });

  it("tells an approval from capacity", () => {
    expect(getFacts({ status: "waiting", conclusion: null }, { action: "waiting" }).gate).to.equal("approval");
    expect(getFacts({ status: "queued", conclusion: null }, { action: "queued" })).to.not.have.property("gate");
  });

  it("understands a job whose further fields are of other types", () => {
    for (const odd of [5, "x", [], {}, [5], true]) {
      const facts = getFacts({ labels: [odd], runner_group_name: odd, steps: [odd] }, { deployment: odd });
      expect(facts).to.include({ result: "success", durationSeconds: 384 });
    }
  });

  it("keeps steps of a finished job only, and survives steps without times", () => {
    const steps = [null, {}, { name: "test", conclusion: "failure", started_at: "soon", completed_at: null }];
    expect(getFacts({ steps }).failedStep).to.equal("test");
    expect(
      getFacts({ steps, status: "in_progress", conclusion: null }, { action: "in_progress" }),
    ).to.not.have.any.keys("failedStep", "steps");
  });
});
