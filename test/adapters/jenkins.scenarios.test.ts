import { expect } from "chai";
import { jenkins } from "../../src/adapters/jenkins/index.ts";
import { fold, total, type Folded } from "../support/model/fold.ts";
import { fixtureNow } from "../support/payloads/http-file.ts";
import {
  delivery,
  observations,
  observed,
  onlyRun,
  phases,
  request,
  root,
  runs,
  start,
  waysToArrive,
} from "../support/payloads/jenkins.ts";
import type { Delivery } from "../support/payloads/jenkins.ts";

/** What must not depend on how deliveries arrive: every total, and what is known of each run in the end. */
function invariant(folded: Folded) {
  return {
    totals: folded.totals,
    known: Object.entries(folded.runs).map(([id, run]) => [id, run.folded, run.restarts, run.recovered]),
  };
}

function each(deliveries: readonly Delivery[], check: (folded: Folded) => void): void {
  const expected = invariant(fold(deliveries.flat()));
  for (const arrived of waysToArrive(deliveries)) {
    const folded = fold(arrived);
    expect(invariant(folded)).to.deep.equal(expected);
    check(folded);
  }
}

describe("jenkins adapter: scenarios", () => {
  for (const [status, result] of [
    ["SUCCESS", "success"],
    ["UNSTABLE", "failure"],
    ["FAILURE", "failure"],
    ["ABORTED", "cancellation"],
  ] as const) {
    it(`counts one build that ended ${status} once, with its times, however it arrives`, () => {
      each(phases(status), (folded) => {
        expect(runs(folded, result)).to.equal(1);
        expect(total(folded, "cicd_pipeline_runs_total")).to.equal(1);
        expect(observed(folded, "duration", "count")).to.equal(1);
        expect(observed(folded, "duration", "sum")).to.equal(60);
        expect(observed(folded, "queue", "count")).to.equal(1);
        expect(observed(folded, "queue", "sum")).to.equal(7);
        expect(total(folded, "cicd_pipeline_run_restarts_total")).to.equal(0);
        const { folded: latest } = onlyRun(folded);
        expect(latest).to.include({ queuedAt: start - 7000, startedAt: start });
        expect(latest.facts).to.include({ state: "finished", result, finishedAt: start + 60_000 });
      });
    });
  }

  it("observes no time of a build that was not built", () => {
    each(phases("NOT_BUILT"), (folded) => {
      expect(runs(folded, "skip")).to.equal(1);
      expect(observed(folded, "duration", "count")).to.equal(0);
      expect(observed(folded, "queue", "count")).to.equal(0);
    });
  });

  for (const [what, kept] of [
    ["FINALIZED alone", [3]],
    ["COMPLETED alone", [2]],
    ["STARTED and FINALIZED", [1, 3]],
    ["QUEUED and COMPLETED", [0, 2]],
  ] as const) {
    it(`counts a build once of which ${what} arrives`, () => {
      const sent = phases("FAILURE");
      each(
        kept.map((i) => sent[i] ?? []),
        (folded) => {
          expect(runs(folded, "failure")).to.equal(1);
          expect(observed(folded, "duration", "sum")).to.equal(60);
        },
      );
    });
  }

  it("keeps a build finished when STARTED comes after FINALIZED and each request is made four times", () => {
    const [queued = [], started = [], completed = [], finalized = []] = phases("SUCCESS");
    const order = [queued, completed, finalized, started].flatMap((one) => [one, one, one, one]);
    const folded = fold(order.flat());
    expect(runs(folded, "success")).to.equal(1);
    expect(onlyRun(folded).folded.facts.state).to.equal("finished");
  });

  it("does not move the start of a build when notifyEndpoints says STARTED in the middle of it", () => {
    const notified = delivery({ phase: "STARTED", timestamp: start + 30_000, duration: 0, notes: "deploy" });
    const inOrder = fold([...phases("SUCCESS").slice(0, 2), notified, ...phases("SUCCESS").slice(2)].flat());
    expect(observed(inOrder, "queue", "sum")).to.equal(7);
    for (const arrived of waysToArrive([...phases("SUCCESS"), notified])) {
      const folded = fold(arrived);
      expect(runs(folded, "success")).to.equal(1);
      expect(observed(folded, "duration", "sum")).to.equal(60);
      expect(onlyRun(folded).folded).to.deep.equal(onlyRun(inOrder).folded);
    }
    expect(onlyRun(inOrder).folded).to.include({ startedAt: start });
    expect(onlyRun(inOrder).folded.facts.state).to.equal("finished");
    const [, , completed = []] = phases("SUCCESS");
    each([notified, completed], (folded) => expect(onlyRun(folded).folded.startedAt).to.equal(start));
  });

  it("lets FINALIZED correct the result of the run, but not what was counted", () => {
    const [queued = [], started = [], completed = []] = phases("SUCCESS");
    const [, , , finalized = []] = phases("FAILURE");
    for (const arrived of waysToArrive([queued, started, completed, finalized])) {
      const folded = fold(arrived);
      expect(total(folded, "cicd_pipeline_runs_total")).to.equal(1);
      const facts = onlyRun(folded).folded.facts;
      expect(facts).to.include({ result: "failure", nativeStatus: "FAILURE", finishedAt: start + 60_000 });
    }
    expect(runs(fold([queued, started, completed, finalized].flat()), "success")).to.equal(1);
  });

  it("counts two builds of one job that overlap as two", () => {
    const second = { url: "job/sweep/5/", full_url: `${root}job/sweep/5/`, number: 5 };
    const [, started = [], completed = []] = phases("SUCCESS");
    const [, alsoStarted = [], alsoCompleted = []] = phases("FAILURE", second);
    each([started, alsoStarted, completed, alsoCompleted], (folded) => {
      expect(Object.keys(folded.runs)).to.have.length(2);
      expect([runs(folded, "success"), runs(folded, "failure")]).to.deep.equal([1, 1]);
      expect(total(folded, "cicd_pipeline_runs_recovered_total")).to.equal(0);
    });
  });

  it("counts the same build of two sources as two", () => {
    const [, , one = []] = phases("SUCCESS", {}, "north");
    const [, , other = []] = phases("SUCCESS", {}, "south");
    each([one, other], (folded) => expect(runs(folded, "success")).to.equal(2));
  });

  it("recognises a build that has its full address in some deliveries only", () => {
    const [queued = [], , completed = []] = phases("SUCCESS");
    const [, started = [], , finalized = []] = phases("SUCCESS", { full_url: undefined });
    each([queued, started, completed, finalized], (folded) => {
      expect(runs(folded, "success")).to.equal(1);
      expect(onlyRun(folded).folded.facts.url).to.equal(`${root}job/sweep/4/`);
    });
  });

  it("counts a build once that both plugins send", () => {
    const build = { url: "job/sweep/4/", number: 4, queueId: 9, phase: "FINALIZED", status: "SUCCESS" };
    const body = { url: "job/sweep/", build: { ...build, timestamp: start + 60_500, duration: 60_000, fullUrl: null } };
    const headers = { "ce-type": "org.jenkinsci.job.finalized", "ce-id": "1", "ce-source": "job/sweep" };
    const event = observations(jenkins.parse(request(JSON.stringify(body), headers), "jenkins"));
    const { totals, runs: inOrder } = fold([...phases("SUCCESS"), event].flat());
    for (const arrived of waysToArrive([...phases("SUCCESS"), event])) {
      const folded = fold(arrived);
      expect(folded.totals).to.deep.equal(totals);
      expect(onlyRun(folded).folded.facts).to.deep.equal(Object.values(inOrder)[0]?.folded.facts);
      expect(runs(folded, "success")).to.equal(1);
    }
  });

  it("counts a build of a version without times, and takes the arrival for the moment", () => {
    const bare = (phase: string, status?: string) => delivery({ phase, status, full_url: undefined });
    each([bare("STARTED"), bare("FINISHED", "FAILURE")], (folded) => {
      expect(runs(folded, "failure")).to.equal(1);
      expect(onlyRun(folded).folded.facts.finishedAt).to.equal(fixtureNow);
    });
  });

  it("takes neither an unknown entry into the queue nor one of another decade for a queue time", () => {
    const [, started = [], completed = []] = phases("SUCCESS");
    for (const timestamp of [0, -1, undefined, start - 12 * 366 * 86_400_000]) {
      each([delivery({ phase: "QUEUED", timestamp, duration: 0 }), started, completed], (folded) => {
        expect(observed(folded, "queue", "count")).to.equal(0);
        expect(runs(folded, "success")).to.equal(1);
      });
    }
  });

  it("observes the queue time of a build whose deliveries come ten days late, or a year", () => {
    const bodies = [
      { phase: "QUEUED", timestamp: start - 7000, duration: 0 },
      { phase: "STARTED", timestamp: start, duration: 0 },
      { phase: "COMPLETED", timestamp: start + 60_000, duration: 60_000, status: "SUCCESS" },
    ].map((build) => JSON.stringify({ url: "job/sweep/", build: { url: "job/sweep/4/", number: 4, ...build } }));
    for (const days of [10, 366]) {
      const late = bodies.map((body) => request(body, {}, "", fixtureNow + days * 86_400_000));
      each(
        late.map((one) => observations(jenkins.parse(one, "jenkins"))),
        (folded) => {
          expect(observed(folded, "queue", "count")).to.equal(1);
          expect(observed(folded, "queue", "sum")).to.equal(7);
        },
      );
    }
  });
});
