import { expect } from "chai";
import type { AnswerRun } from "../../src/answers/answer.ts";
import { listWaits, sortByArrival } from "../../src/answers/fleet.ts";
import { pickPercentile } from "../../src/answers/percentiles.ts";
import { computeRunnersLookback, createRunnersAnswer } from "../../src/answers/runners.ts";
import { createWhatIfAnswer } from "../../src/answers/what-if.ts";
import type { Price } from "../../src/core/prices.ts";
import { dayMillis } from "../../src/core/time.ts";
import { answer, makeJob, makeRun } from "../support/model/answer-runs.ts";
import { at } from "../support/model/observations.ts";
import { randomFrom, shuffled } from "../support/random.ts";
import { simulateArrivals, simulateStarts, toRunnerJobs, weekSeconds } from "./simulate-week.ts";

const runners = 8;
const arrivals = simulateArrivals(randomFrom(8), 10_000, 400);
const starts = simulateStarts(arrivals, runners);
const span = { since: at(0), until: at(weekSeconds) };

/** The simulated week: a run for each job. */
function makeWeek(): AnswerRun[] {
  return arrivals.map(({ at: queued, seconds }, i) => {
    const started = starts[i] ?? 0;
    const job = makeJob("test", "success", { queued, started, finished: started + seconds });
    return makeRun(i + 1, [{ ...job, runnerClass: "linux" }]);
  });
}

describe("runners", () => {
  it("waited as Little's law says: jobs that wait on average = arrivals a second × average wait, within 2 %", () => {
    const [use] = answer(createRunnersAnswer(span, 60), makeWeek()).items;
    const waited = arrivals.reduce((total, { at: queued }, i) => total + (starts[i] ?? 0) - queued, 0);

    expect(use?.meanWaiting).to.be.above(0.5);
    expect(use?.meanWaiting).to.be.closeTo(
      (arrivals.length / weekSeconds) * (waited / arrivals.length),
      0.02 * (use?.meanWaiting ?? 0),
    );
    // And counted another way: how many wait at the beginning of each minute.
    const minutes = Array.from({ length: weekSeconds / 60 }, (_, minute) => minute * 60);
    const waiting = minutes.map(() => 0);
    for (const [i, { at: queued }] of arrivals.entries()) {
      for (let minute = Math.ceil(queued / 60); minute * 60 < (starts[i] ?? 0); minute++) waiting[minute]! += 1;
    }
    const mean = waiting.reduce((total, count) => total + count, 0) / minutes.length;
    expect(use?.meanWaiting).to.be.closeTo(mean, 0.02 * mean);
    expect(use?.peakWaiting).to.be.at.least(Math.max(...waiting));
  });

  it("were at most as many as there are, and busy as long as the jobs worked", () => {
    const [use, ...others] = answer(createRunnersAnswer(span, 60), makeWeek()).items;
    const ends = arrivals.map(({ seconds }, i) => Math.min(weekSeconds, (starts[i] ?? 0) + seconds));
    const worked = ends.reduce((total, end, i) => total + Math.max(0, end - (starts[i] ?? 0)), 0);

    expect(others).to.deep.equal([]);
    expect(use).to.include({ runnerClass: "linux", peakRunning: runners });
    expect(use?.meanRunning).to.be.closeTo(worked / weekSeconds, 1e-9);
    expect(use?.utilisation).to.be.closeTo(worked / weekSeconds / runners, 1e-9);
  });

  it("are measured by class: peaks, percentiles of the wait and the share within the target", () => {
    const linux = { runnerClass: "linux" };
    const jobs = [
      makeJob("a", "success", { queued: 0, started: 10, finished: 100 }, linux),
      makeJob("b", "failure", { queued: 0, started: 20, finished: 100 }, linux),
      makeJob("c", "success", { queued: 0, started: 100, finished: 110 }, linux),
      makeJob("d", "success", { queued: 0, started: 0, finished: 50 }, { runnerClass: "gpu" }),
      makeJob("e", "skip", { queued: 0, started: 0, finished: 50 }, linux),
    ];

    const findings = answer(createRunnersAnswer({ since: at(0), until: at(200) }, 20), [makeRun(1, jobs)]);

    expect(findings).to.include({ runs: 1, jobs: 4 });
    expect(findings.items).to.deep.equal([
      {
        runnerClass: "linux",
        jobs: 3,
        runs: 1,
        peakRunning: 2,
        peakWaiting: 3,
        meanRunning: (90 + 80 + 10) / 200,
        meanWaiting: 130 / 200,
        utilisation: 180 / 200 / 2,
        queueP50: 20,
        queueP90: 84,
        withinTargetShare: 2 / 3,
      },
      {
        runnerClass: "gpu",
        jobs: 1,
        runs: 1,
        peakRunning: 1,
        peakWaiting: 0,
        meanRunning: 0.25,
        meanWaiting: 0,
        utilisation: 0.25,
        queueP50: 0,
        queueP90: 0,
        withinTargetShare: 1,
      },
    ]);
  });

  it("are compared with the most that worked in the 7 days before the end, however short the span is", () => {
    const day = { since: span.until - dayMillis, until: span.until };
    const [use] = answer(createRunnersAnswer(day, 60), makeWeek()).items;

    expect(computeRunnersLookback(day)).to.equal(6 * dayMillis);
    expect(use?.utilisation).to.be.closeTo((use?.meanRunning ?? 0) / runners, 1e-9);
  });

  it("are waited for from when the gate opened, not from when the job was created", () => {
    const gated = { runnerClass: "linux", gateOpenedAt: at(300) };
    const jobs = [makeJob("deploy", "success", { queued: 0, started: 310, finished: 400 }, gated)];

    const [use] = answer(createRunnersAnswer({ since: at(0), until: at(400) }, 60), [makeRun(1, jobs)]).items;

    expect(use).to.include({ queueP50: 10, peakWaiting: 1, meanWaiting: 10 / 400 });
  });

  it("are the same in any order of runs and jobs", () => {
    const week = makeWeek().slice(0, 500);
    const pairs = week.flatMap((run, i) =>
      i % 2 === 0 ? [{ ...run, jobs: [...run.jobs, ...(week[i + 1]?.jobs ?? [])] }] : [],
    );
    const expected = answer(createRunnersAnswer(span, 60), pairs);
    const random = randomFrom(3);
    const mixed = shuffled(pairs, random).map((run) => ({ ...run, jobs: shuffled(run.jobs, random) }));

    expect(answer(createRunnersAnswer(span, 60), mixed)).to.deep.equal(expected);
  });
});

describe("what if there were more or fewer runners", () => {
  const question = { ...span, runnerClass: "linux", percentile: 95, targetSeconds: 60, prices: [] };

  function ask(runs: readonly AnswerRun[]) {
    const created = createWhatIfAnswer(question);
    for (const run of runs) created.add(run);
    return created.finish();
  }

  it("is answered from half to twice the recorded number, with the least that keeps the target", () => {
    const found = ask(makeWeek());
    const recorded = sortByArrival(toRunnerJobs(arrivals, starts, at(0)));

    expect(found).to.include({ runs: arrivals.length, jobs: arrivals.length, peakRunning: runners });
    expect(found.rows.map((row) => row.runners)).to.include.members([4, 8, 16, found.least]);
    const row = found.rows.find((one) => one.runners === runners);
    const waits = listWaits(
      recorded,
      Float64Array.from(recorded, ({ startedAt }) => startedAt),
    );
    expect(row).to.include({ waitP50: pickPercentile(waits, 50), waitP95: pickPercentile(waits, 95) });
    expect(found.rows.every(({ wait, waitP95 }) => wait === waitP95)).to.equal(true);
    for (const { runners: count, wait } of found.rows) expect(wait <= 60, `${count}`).to.equal(count >= found.least);
  });

  it("costs what all runners cost for the whole span, each day by its own price", () => {
    const price = { runnerClass: "lin*", from: 0, perMinute: 0.01, rounding: "minute_up" } as const;
    const later = { ...price, from: Math.floor(span.until / dayMillis) * dayMillis, perMinute: 0.02 };
    const askCosts = (prices: readonly Price[]) => {
      const created = createWhatIfAnswer({ ...question, prices });
      created.add(makeRun(1, [{ ...makeJob("test", "success"), runnerClass: "linux" }]));
      return created.finish().rows.map(({ runners: count, cost }) => [count, cost]);
    };
    const minutes = weekSeconds / 60;
    const ofLastDay = (span.until - later.from) / 60_000;

    expect(askCosts([price])).to.deep.equal([
      [1, minutes * 0.01],
      [2, minutes * 0.02],
    ]);
    expect(askCosts([price, later])[0]).to.deep.equal([1, (minutes - ofLastDay) * 0.01 + ofLastDay * 0.02]);
    expect(askCosts([later])[0]).to.deep.equal([1, null]);
  });

  it("is the same in any order, and nothing for a class that no job had", () => {
    const week = makeWeek();
    expect(ask(shuffled(week, randomFrom(5)))).to.deep.equal(ask(week));

    const empty = ask([makeRun(1, [makeJob("a", "success")])]);
    expect(empty).to.deep.equal({ runs: 0, jobs: 0, peakRunning: 0, rows: [], least: 0 });
  });
});
