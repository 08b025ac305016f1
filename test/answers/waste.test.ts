import { expect } from "chai";
import { array, assert, boolean, constantFrom, integer, option, property, record } from "fast-check";
import type { AnswerJob, AnswerRun } from "../../src/answers/answer.ts";
import { causes, type Cause } from "../../src/answers/job-causes.ts";
import { createWasteAnswer } from "../../src/answers/waste.ts";
import { wasteDimensions, type WasteDimension } from "../../src/answers/waste-groups.ts";
import type { Price } from "../../src/core/prices.ts";
import { runResults } from "../../src/core/states.ts";
import { dayMillis } from "../../src/core/time.ts";
import { answer, makeJob, makeRun } from "../support/model/answer-runs.ts";
import { at, dawn } from "../support/model/observations.ts";
import { randomFrom, shuffled } from "../support/random.ts";

const span = { since: at(0), until: at(100_000) };
const find = (runs: readonly AnswerRun[], by: readonly WasteDimension[] = ["project"], prices: readonly Price[] = []) =>
  answer(createWasteAnswer(span, by, prices), runs);

/** The seconds of the causes that are not 0. */
function listCauses(runs: readonly AnswerRun[]): Partial<Record<Cause, number>> {
  const [item] = find(runs).items;
  return Object.fromEntries(Object.entries(item?.seconds ?? {}).filter(([, seconds]) => seconds > 0));
}

describe("what the time of jobs was spent for", () => {
  const failed = (queued = 0, more: Partial<AnswerJob> = {}) => makeJob("e2e", "failure", { queued }, more);
  const passed = (queued = 0, more: Partial<AnswerJob> = {}) => makeJob("e2e", "success", { queued }, more);
  const cancelled = (queued = 0) => makeJob("e2e", "cancellation", { queued });
  const stopped = (id: number, began: number, end: number, more: Partial<AnswerRun> = {}) =>
    makeRun(id, [passed(began), cancelled(began)], {
      result: "cancellation",
      queuedAt: at(began),
      finishedAt: at(end),
      ...more,
    });
  const newer = (began: number, more: Partial<AnswerRun> = {}) => makeRun(9, [], { queuedAt: at(began), ...more });

  const cases: readonly (readonly [string, Partial<Record<Cause, number>>, readonly AnswerRun[]])[] = [
    ["a success, and a failure that stayed one", { useful: 20 }, [makeRun(1, [passed(), makeJob("lint", "failure")])]],
    ["a failed try of a job that passed", { flake: 10, useful: 10 }, [makeRun(1, [failed(), passed(60)])]],
    [
      "an error counts as a flake where the job passed",
      { flake: 10, useful: 10 },
      [makeRun(1, [makeJob("e2e", "error"), passed(60)])],
    ],
    ["a job of a matrix is no try of another", { useful: 20 }, [makeRun(1, [failed(), passed(1)])]],
    ["a try of a job that had passed", { retry_green: 10, useful: 10 }, [makeRun(1, [passed(), passed(60)])]],
    ["an error of the CI system", { infra: 10 }, [makeRun(1, [makeJob("e2e", "error")])]],
    ["a cancelled job of a run that went on", { cancelled: 10, useful: 10 }, [makeRun(1, [cancelled(), passed()])]],
    ["a cancelled run, with all its jobs", { cancelled: 20 }, [stopped(1, 0, 50)]],
    ["a run that was cancelled after a newer one began", { superseded: 20 }, [stopped(1, 0, 50), newer(40)]],
    ["a newer run that began later superseded nothing", { cancelled: 20 }, [stopped(1, 0, 50), newer(51)]],
    ["an older run superseded nothing", { cancelled: 20 }, [stopped(1, 10, 50), newer(5)]],
    ["a run of another ref superseded nothing", { cancelled: 20 }, [stopped(1, 0, 50), newer(40, { ref: "topic" })]],
    [
      "without a ref nothing is superseded",
      { cancelled: 20 },
      [stopped(1, 0, 50, { ref: null }), newer(40, { ref: null })],
    ],
    [
      "tries that the CI system repeated are a part of the job's duration",
      { flake: 4, useful: 6 },
      [makeRun(1, [passed(0, { retries: 1, detail: { tries: [[at(0), at(4), "Failed"]] } })])],
    ],
    [
      "and never more than it",
      { flake: 10 },
      [makeRun(1, [passed(0, { retries: 1, detail: { tries: [[at(0), at(400), "Failed"]] } })])],
    ],
    [
      "a job without a duration, and one that is not over",
      {},
      [makeRun(1, [passed(0, { durationSeconds: null }), makeJob("lint", null)])],
    ],
    ["a job that was carried over", {}, [makeRun(1, [passed(60, { finishedAt: at(10) })], { provider: "github" })]],
    ["a job that ended in another span", {}, [makeRun(1, [passed(100_000)])]],
  ];
  for (const [title, expected, runs] of cases) {
    it(title, () => {
      expect(listCauses(runs)).to.deep.equal(expected);
    });
  }

  it("on GitHub only a greater attempt is another try", () => {
    const run = (first: number, second: number) =>
      makeRun(1, [failed(0, { attempt: first }), passed(60, { attempt: second })], { provider: "github" });

    expect(listCauses([run(1, 2)])).to.deep.equal({ flake: 10, useful: 10 });
    expect(listCauses([run(1, 1)])).to.deep.equal({ useful: 20 });
  });

  it("sums to the whole, to the millisecond, in every order and for every grouping", () => {
    const job = record({
      name: constantFrom("a", "b"),
      result: constantFrom(...runResults),
      queued: integer({ min: 0, max: 90_000 }),
      millis: option(integer({ min: 0, max: 10_000_000 })),
      tried: integer({ min: 0, max: 5000 }),
      attempt: option(integer({ min: 1, max: 3 })),
    });
    const run = record({
      jobs: array(job, { maxLength: 6 }),
      isGithub: boolean(),
      result: constantFrom(...runResults),
    });
    assert(
      property(array(run, { maxLength: 8 }), integer(), (drawn, seed) => {
        const runs = drawn.map(({ jobs, isGithub, result }, i) =>
          makeRun(
            i + 1,
            jobs.map(({ name, result: own, queued, millis, tried, attempt }) =>
              makeJob(
                name,
                own,
                { queued },
                {
                  durationSeconds: millis === null ? null : millis / 1000,
                  detail: { tries: [[at(queued), at(queued) + tried, null]] },
                  attempt,
                },
              ),
            ),
            { result, provider: isGithub ? "github" : "gitlab", queuedAt: at(i * 100), finishedAt: at(50_000) },
          ),
        );
        const jobs = runs.flatMap((one) => one.jobs).filter((one) => (one.finishedAt ?? Infinity) < span.until);
        const all = jobs.reduce((sum, { durationSeconds }) => sum + Math.round((durationSeconds ?? 0) * 1000), 0);
        for (const by of [["project"], ["job", "day"], wasteDimensions] as const) {
          const { items } = find(shuffled(runs, randomFrom(seed)), by);
          const sum = (item: (typeof items)[number]) =>
            causes.reduce((total, cause) => total + Math.round(item.seconds[cause] * 1000), 0);
          expect(items.reduce((total, item) => total + sum(item), 0)).to.equal(all);
          for (const item of items) expect(sum(item)).to.equal(Math.round(item.totalSeconds * 1000));
          expect(items).to.deep.equal(find(runs, by).items);
        }
      }),
    );
  });
});

describe("what jobs cost", () => {
  const day = Math.floor(dawn / dayMillis);
  const prices: readonly Price[] = [{ runnerClass: "ubuntu", from: 0, perMinute: 0.6, rounding: "minute_up" }];
  const runs = [
    makeRun(1, [
      makeJob("e2e", "failure", { finished: 30 }, { runnerClass: "ubuntu" }),
      makeJob("e2e", "success", { queued: 60, finished: 130 }, { runnerClass: "ubuntu" }),
    ]),
    makeRun(2, [makeJob("lint", "error", { finished: 40 }, { runnerClass: "arm" })], { project: "shop/till" }),
  ];

  it("is rounded job by job, and unknown where no class has a price", () => {
    const { items, jobs, runs: count } = find(runs, ["project", "day", "runner_class"], prices);

    expect([jobs, count]).to.deep.equal([3, 2]);
    expect(items).to.have.length(2);
    expect(items[0]).to.deep.include({ names: { project: "shop/till", day, runner_class: "arm" }, cost: null });
    expect(items[0]).to.deep.include({ wastedCost: null, unpricedSeconds: 40, runIds: [2] });
    expect(items[1]).to.deep.include({ names: { project: "shop/cart", day, runner_class: "ubuntu" }, jobs: 2 });
    expect(items[1]).to.deep.include({ totalSeconds: 100, cost: 1.8, wastedCost: 0.6, unpricedSeconds: 0 });
    expect(items[1]?.runIds).to.deep.equal([1]);
  });

  it("is that of the day on which a job ended", () => {
    const until = { since: at(0), until: at(2 * 86_400) };
    const later = [
      ...prices,
      { runnerClass: "ubuntu", from: (day + 1) * dayMillis, perMinute: 60, rounding: "second" as const },
    ];
    const next = makeRun(3, [makeJob("e2e", "success", { queued: 86_400 }, { runnerClass: "ubuntu" })]);
    const cost = (list: readonly Price[]) =>
      answer(createWasteAnswer(until, ["day"], list), [...runs, next]).items.map((item) => [item.names.day, item.cost]);

    expect(cost(prices)).to.deep.equal([
      [day, 1.8],
      [day + 1, 0.6],
    ]);
    expect(cost(later)).to.deep.equal([
      [day, 1.8],
      [day + 1, 10],
    ]);
  });
});
