import { expect } from "chai";
import { gitlab } from "../../src/adapters/gitlab/index.ts";
import type { JobObservation } from "../../src/core/model.ts";
import { fold } from "../support/model/fold.ts";
import { jobHook, observed, pipelineHook } from "../support/payloads/gitlab.ts";

/** What GitLab says of runs and jobs besides their states and times. */

const build = {
  id: 11,
  name: "build",
  status: "success",
  started: "10:01",
  finished: "10:05",
  more: { stage: "build" },
};
const stages = { stages: ["build", "deploy"] };

/** A manual job that was created with its run at 10:00. */
function deploy(more: Readonly<Record<string, unknown>>, times: { started?: string; finished?: string } = {}) {
  return {
    id: 12,
    name: "deploy",
    status: "manual",
    ...times,
    more: { stage: "deploy", when: "manual", manual: true, ...more },
  };
}

function findJob(jobs: readonly JobObservation[] | undefined, id: string) {
  return jobs?.find(({ job }) => job === id)?.facts;
}

describe("gitlab gates", () => {
  const at = (time: string) => Date.parse(`2026-11-20T${time}Z`);

  it("begin when the stages before have ended, and end when the job is ready to run", () => {
    const waiting = observed(pipelineHook("manual", [build, deploy({})], stages));
    const played = deploy({ status: "running" }, { started: "10:30:10" });
    const running = observed(
      pipelineHook("running", [build, { ...played, more: { ...played.more, queued_duration: 10 } }], stages),
    );

    expect(findJob(waiting.jobs, "12")).to.include({ gate: "manual", gatedAt: at("10:05:00") });
    const [deployed] = (running.jobs ?? []).filter(({ job }) => job === "12");
    expect(deployed?.facts).to.include({ gate: "manual", gatedAt: at("10:05:00"), queueSeconds: 10 });
    expect(deployed?.queuedAt).to.equal(at("10:30:00"));
    expect(findJob(running.jobs, "11")).to.not.have.any.keys("gate", "gatedAt");
  });

  it("keep their begin when a job of an earlier stage runs again afterwards", () => {
    const played = deploy({ status: "success" }, { started: "10:30", finished: "10:40" });
    const before = observed(pipelineHook("success", [build, played], stages));
    const again = { ...build, id: 13, created: "10:50", started: "10:51", finished: "10:55" };
    const after = observed(pipelineHook("success", [again, played], stages));

    expect(findJob(after.jobs, "12")).to.include({ gate: "manual" }).and.not.have.property("gatedAt");
    for (const order of [
      [before, after],
      [after, before],
      [after, before, after],
    ]) {
      const [run] = Object.values(fold(order).runs);
      expect(run?.jobs.get("12")?.folded.facts).to.include({ gate: "manual", gatedAt: at("10:05:00") });
    }
  });

  it("have no begin where the order of the stages is not known", () => {
    const { jobs } = observed(pipelineHook("manual", [build, deploy({})]));

    expect(findJob(jobs, "12")).to.include({ gate: "manual" }).and.not.have.property("gatedAt");
  });

  it("are delays and approvals as well; a job that was not reached has none yet", () => {
    const gate = (more: Readonly<Record<string, unknown>>) =>
      findJob(observed(pipelineHook("running", [build, deploy(more)], stages)).jobs, "12")?.gate;

    expect(gate({ status: "scheduled", when: "delayed" })).to.equal("delayed");
    expect(gate({ when: "on_success", manual: false })).to.equal("approval");
    expect(gate({ status: "created" })).to.equal(undefined);
    expect(gate({ status: "skipped" })).to.equal(undefined);
  });
});

describe("gitlab merge trains", () => {
  const mergeRequest = { merge_request: { iid: 42, title: "Round totals" } };
  const run = observed(pipelineHook("running", [build], {}, mergeRequest));
  const trained = observed(jobHook(build, { ref: "refs/merge-requests/42/train" }));

  it("are merge queues, whichever hook comes first, though only those of jobs show it", () => {
    expect(run.facts).to.include({ refKind: "merge_request", change: "42", title: "Round totals" });
    for (const order of [
      [run, trained],
      [trained, run],
      [run, trained, run],
    ]) {
      const [stored] = Object.values(fold(order).runs);
      expect(stored?.folded.facts).to.include({ refKind: "merge_queue", change: "42" });
    }
  });

  it("are not those of other merge requests' jobs, of branches and of odd refs", () => {
    const refKind = (ref: unknown) => observed(jobHook(build, { ref })).facts.refKind;

    expect(refKind("refs/merge-requests/42/merge")).to.equal("merge_request");
    expect(
      ["main", "refs/merge-requests/42/train/x", "refs/merge-requests//train", 7, null].map(refKind),
    ).to.deep.equal(Array(5).fill(undefined));
  });
});

describe("gitlab actors", () => {
  const actor = (username: unknown) =>
    observed(pipelineHook("running", [], {}, { user: { username } })).facts.startedBy;

  for (const name of [
    "project_412_bot_4f1c2a",
    "group_7_bot1",
    "service_account_group_345_c468757e",
    "renovate-bot",
    "dependabot",
    "release_bot",
  ]) {
    it(`${name} is a bot`, () => expect(actor(name)).to.equal("bot"));
  }

  for (const name of ["robin", "abbot", "botanist", "robotham", "talbot.k"]) {
    it(`${name} is a person`, () => expect(actor(name)).to.equal("person"));
  }

  it("are not known without a name", () => {
    expect([undefined, null, "", 7].map(actor)).to.deep.equal(Array(4).fill(undefined));
  });
});

describe("gitlab bodies that are kept", () => {
  const people = { name: "Robin Sample", username: "robin", email: "robin@example.com" };

  it("lose names and texts of people, and keep whether it was a bot", () => {
    const hook = pipelineHook(
      "success",
      [build],
      {},
      {
        user: people,
        commit: { message: "Round totals\n\nReported by Robin", author: people, timestamp: "2026-11-20T09:00:00Z" },
      },
    );
    const bot = pipelineHook("success", [], {}, { user: { ...people, username: "project_1_bot" } });

    const kept = [hook, bot].map((body) => gitlab.redact(JSON.stringify(body)));

    expect(kept.join()).to.not.match(/robin|sample/i);
    expect(kept.map((body) => observed(JSON.parse(body)))).to.deep.equal([hook, bot].map((body) => observed(body)));
  });

  it("lose descriptions of merge requests, and keep those of runners", () => {
    const merged = {
      object_kind: "merge_request",
      object_attributes: { description: "as Robin wrote", action: "merge" },
    };

    expect(gitlab.redact(JSON.stringify(merged))).to.not.include("Robin");
    expect(gitlab.redact(JSON.stringify(pipelineHook("success", [build])))).to.include("runner-4");
  });

  it("lose what cannot be read, where a body is cut off", () => {
    const cut = gitlab.redact('{"object_kind":"pipeline","commit":{"message":"Robin wrote');

    expect(cut).to.equal('{"object_kind":"pipeline","commit":{"message":null');
  });
});

describe("gitlab runs, what is kept for people", () => {
  const getDetail = (more: Readonly<Record<string, unknown>>) =>
    observed(pipelineHook("success", [build], more)).facts.detail;

  it("is whether the ref is protected, and whether a run passed with warnings", () => {
    expect(JSON.parse(getDetail({ protected_ref: true, detailed_status: "passed" }) ?? "")).to.deep.equal({
      protectedRef: true,
    });
    expect(
      JSON.parse(getDetail({ protected_ref: false, detailed_status: "passed with warnings" }) ?? ""),
    ).to.deep.equal({ protectedRef: false, passedWithWarnings: true });
    expect(getDetail({ detailed_status: "passed with warnings" })).to.equal(undefined);
    expect(getDetail({ protected_ref: "yes" })).to.equal(undefined);
  });
});
