import { expect } from "chai";
import type { Observation } from "../../src/core/model.ts";
import { normalise } from "../../src/core/normalise.ts";
import { findClockAnomaly } from "../../src/core/sender-clock.ts";
import { fold, permutations, total } from "../support/model/fold.ts";
import { at, ofJob, ofRun } from "../support/model/observations.ts";

const hour = 3600;

type Arrivals = readonly (readonly [observation: Observation, seconds: number])[];

/** What is known after these statements arrived at these seconds. */
function foldAll(arrivals: Arrivals) {
  return fold(arrivals.map(([observation, seconds]) => normalise(observation, at(seconds))));
}

/** What is known of run 1 then. */
function known(arrivals: Arrivals) {
  const folded = foldAll(arrivals);
  const { state, result } = folded.runs["main/1"]?.folded.facts ?? {};
  return { state, result, counted: total(folded, "cicd_pipeline_runs_total") };
}

const green = { state: "finished", result: "success", counted: 1 };

describe("a sender's clock: versions", () => {
  const running = (ahead: number, more: { queued?: number; started?: number } = {}) =>
    ofRun("1", "executing", { clock: 1000 + ahead, ...more });
  const ended = (ahead: number) => ofRun("1", "success", { clock: 1000 + ahead });
  const table: readonly [string, Observation, number][] = [
    ["the arrival itself", running(0), 1000],
    ["minutes ahead", running(300), 1300],
    ["an hour ahead, with times that can be true", running(hour, { queued: 10, started: 20 }), 20],
    ["an hour ahead, with one of two that can be true", running(hour, { queued: 10, started: 1000 + hour }), 10],
    ["an hour ahead, with no time that can be true", running(hour, { started: 1000 + hour }), 1000],
    ["an end minutes ahead", ended(300), 1300],
    ["an end an hour ahead", ended(hour), 1300],
    ["an end a year ahead", ended(365 * 24 * hour), 1300],
  ];

  for (const [title, observation, seconds] of table) {
    it(`${title}: ${seconds} s`, () => {
      expect(normalise(observation, at(1000)).version).to.deep.equal({ ...observation.version, clock: at(seconds) });
    });
  }

  it("takes the times of jobs for those of their run", () => {
    const jobs = [ofJob("11", "check", "success", { clock: 30 }), ofJob("12", "unit", "executing", { clock: 9000 })];

    const observation = normalise(ofRun("1", "executing", { clock: 9000, jobs }), at(1000));

    expect(observation.version.clock).to.equal(at(30));
    expect(observation.jobs?.map(({ version }) => version.clock)).to.deep.equal([at(30), at(1000)]);
  });
});

describe("a sender's clock: runs", () => {
  it("lets no single wrong time keep a run going, however its statements arrive", () => {
    const wrong = ofJob("11", "unit", "executing", { clock: 20 + 23 * hour, started: 20 + 23 * hour });
    const running = ofRun("1", "executing", { clock: 20 + 23 * hour, queued: 0, started: 10, jobs: [wrong] });
    const done = ofJob("11", "unit", "success", { clock: 60, started: 20 });
    const success = ofRun("1", "success", { clock: 60, queued: 0, started: 10, jobs: [done] });

    for (const order of permutations([running, success, running, success])) {
      const arrivals = order.map((observation, i) => [observation, 61 + 10 * i] as const);
      expect(known(arrivals)).to.deep.equal(green);
      const job = foldAll(arrivals).runs["main/1"]?.jobs.get("11");
      expect(job?.folded.facts, "the job itself").to.include({ state: "finished", result: "success" });
    }
  });

  it("shows the end of a run whose sender's whole clock is an hour ahead, in any order of arrival", () => {
    const [queued, started] = [hour, hour + 10];
    const all = [
      ofRun("1", "pending", { clock: hour, queued }),
      ofRun("1", "executing", { clock: hour + 10, queued, started }),
      ofRun("1", "success", { clock: hour + 60, queued, started }),
    ];

    for (const order of permutations(all)) {
      expect(known(order.map((observation, i) => [observation, 61 + 10 * i]))).to.deep.equal(green);
    }
  });

  it("keeps the times of a sender an hour ahead, so that its durations are right", () => {
    const observation = ofRun("1", "success", { clock: hour + 60, queued: hour, started: hour + 10 });

    const { queuedAt, startedAt, facts } = normalise(observation, at(61));

    expect([queuedAt, startedAt, facts.finishedAt]).to.deep.equal([at(hour), at(hour + 10), at(hour + 60)]);
  });
});

describe("a sender's clock: what a delivery says of it", () => {
  const jobs = [ofJob("12", "unit", "success", { clock: 40, started: 20 + hour })];

  it("nothing where its times can be true, however old", () => {
    for (const arrival of [60, 365 * 24 * hour]) {
      expect(findClockAnomaly([ofRun("1", "success", { clock: 60, queued: 0, started: 10 })], at(arrival))).to.equal(
        undefined,
      );
    }
    expect(findClockAnomaly([], at(0))).to.equal(undefined);
  });

  it("which time is ahead, and by how much", () => {
    const observation = ofRun("1", "success", { clock: 60, jobs });

    expect(findClockAnomaly([ofRun("0", "success", { clock: 60 }), observation], at(20))).to.deep.equal({
      kind: "ahead",
      reason:
        "started_at of job 12 is 3600 s ahead of this server's clock: it was stored, but does not decide which statement is newer",
    });
  });

  it("that a time was dropped", () => {
    const observation = ofRun("1", "success", { clock: 60 + 25 * hour, started: 10, jobs });

    expect(findClockAnomaly([observation], at(60))).to.deep.equal({
      kind: "dropped",
      reason: "finished_at of run 1 is 90000 s ahead of this server's clock: what is more than a day ahead was dropped",
    });
  });

  it("that nothing but the order of statements is ahead", () => {
    const found = findClockAnomaly([ofRun("1", "executing", { clock: hour, queued: 0, started: 10 })], at(20));

    expect(found?.reason).to.match(/^the newest time of run 1 is 3580 s ahead/);
  });
});
