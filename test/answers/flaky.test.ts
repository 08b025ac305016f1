import { expect } from "chai";
import type { AnswerJob, AnswerRun } from "../../src/answers/answer.ts";
import { createFlakyAnswer, type FlakyJob } from "../../src/answers/flaky.ts";
import { computeWilsonLower } from "../../src/answers/wilson.ts";
import { dayMillis } from "../../src/core/time.ts";
import { answer, makeJob, makeRun } from "../support/model/answer-runs.ts";
import { at } from "../support/model/observations.ts";

const span = { since: at(0), until: at(3600) };
const find = (runs: readonly AnswerRun[], within = span) => answer(createFlakyAnswer(within), runs);
const failed = (times = {}, more: Partial<AnswerJob> = {}) => makeJob("e2e", "failure", times, more);
const passed = (times = {}, more: Partial<AnswerJob> = {}) => makeJob("e2e", "success", times, more);

function countFlakes(runs: readonly AnswerRun[]): number {
  return find(runs).items.reduce((total, { flakes }) => total + flakes, 0);
}

describe("flaky jobs: what is a flake", () => {
  const cases: readonly (readonly [title: string, flakes: number, runs: readonly AnswerRun[]])[] = [
    ["a failure, then a success that was queued later", 1, [makeRun(1, [failed(), passed({ queued: 60 })])]],
    ["an error and a timeout count as failures", 1, [makeRun(1, [makeJob("e2e", "timeout"), passed({ queued: 60 })])]],
    ["a second of rounding is allowed", 1, [makeRun(1, [failed({ finished: 10 }), passed({ queued: 9 })])]],
    ["a success beside the failure is another job of a matrix", 0, [makeRun(1, [failed(), passed({ queued: 1 })])]],
    ["a success before the failure proves nothing", 0, [makeRun(1, [passed(), failed({ queued: 60 })])]],
    ["a cancellation is no success", 0, [makeRun(1, [failed(), makeJob("e2e", "cancellation", { queued: 60 })])]],
    ["another stage is another job", 0, [makeRun(1, [failed(), passed({ queued: 60 }, { stage: "deploy" })])]],
    ["the CI system ran it again under the same id", 1, [makeRun(1, [passed({}, { retries: 2 })])]],
    ["it ran again under the same id and failed", 0, [makeRun(1, [failed({}, { retries: 2 })])]],
    [
      "several tries in one run are one flake",
      1,
      [makeRun(1, [failed(), failed({ queued: 60 }), passed({ queued: 120 })])],
    ],
  ];
  for (const [title, flakes, runs] of cases) {
    it(title, () => {
      expect(countFlakes(runs)).to.equal(flakes);
    });
  }

  describe("on GitHub", () => {
    const github = (jobs: readonly AnswerJob[]) => [makeRun(1, jobs, { provider: "github" })];

    it("only a greater attempt is another try", () => {
      expect(countFlakes(github([failed({}, { attempt: 1 }), passed({ queued: 60 }, { attempt: 2 })]))).to.equal(1);
      expect(countFlakes(github([failed({}, { attempt: 1 }), passed({ queued: 60 }, { attempt: 1 })]))).to.equal(0);
      expect(countFlakes(github([failed(), passed({ queued: 60 })]))).to.equal(0);
    });

    it("a job that is carried over into the next attempt did not run there", () => {
      const carried = passed({ queued: 60, finished: 30 }, { attempt: 2, startedAt: null, durationSeconds: null });
      const twins = [failed({}, { attempt: 1 }), passed({}, { attempt: 1 }), failed({ queued: 60 }, { attempt: 2 })];

      expect(countFlakes(github([...twins, carried]))).to.equal(0);
    });
  });

  describe("in another run", () => {
    const pair = (more: Partial<AnswerRun>, later: Partial<AnswerRun> = more) => [
      makeRun(1, [failed()], { sha: "c0ffee", ...more }),
      makeRun(2, [passed({ queued: 60 })], { sha: "c0ffee", ...later }),
    ];

    it("of the same commit counts for branches, tags and merge queues", () => {
      expect(countFlakes(pair({}))).to.equal(1);
      expect(countFlakes(pair({ refKind: "tag" }))).to.equal(1);
      expect(countFlakes(pair({ refKind: "merge_queue" }))).to.equal(1);
      expect(countFlakes(pair({ refKind: "branch" }, { refKind: "tag" }))).to.equal(1);
    });

    it("of a merge request, of another commit, pipeline or source, or of an unknown ref does not count", () => {
      expect(countFlakes(pair({ refKind: "merge_request" }))).to.equal(0);
      expect(countFlakes(pair({}, { refKind: "merge_request" }))).to.equal(0);
      expect(countFlakes(pair({}, { sha: "decade" }))).to.equal(0);
      expect(countFlakes(pair({}, { pipeline: "nightly" }))).to.equal(0);
      expect(countFlakes(pair({}, { source: "other" }))).to.equal(0);
      expect(countFlakes(pair({ refKind: null }))).to.equal(0);
      expect(countFlakes(pair({ sha: null }))).to.equal(0);
    });

    it("makes a flake of the run that failed, once, and an execution of each", () => {
      const { items, jobs, runs } = find(pair({}));

      expect([runs, jobs]).to.deep.equal([2, 2]);
      expect(items).to.have.length(1);
      expect(items[0]).to.include({ executions: 2, flakes: 1, failures: 0, lastRunId: 1, lastAt: at(10) });
      expect(items[0]?.runIds).to.deep.equal([1]);
    });
  });

  it("is nothing in an outage, where most jobs of a run failed", () => {
    const names = ["a", "b", "c", "d", "e"];
    const all = (count: number) => [
      ...names.slice(0, count).map((name) => makeJob(name, "failure")),
      ...names.map((name) => makeJob(name, "success", { queued: 60 })),
    ];

    expect(countFlakes([makeRun(1, all(3))])).to.equal(3);
    expect(find([makeRun(1, all(4))])).to.deep.equal({ runs: 0, jobs: 0, items: [] });
    expect(countFlakes([makeRun(1, [failed(), passed({ queued: 60 })])]), "a run of one job is none").to.equal(1);
  });

  it("belongs to the span in which its job last ended", () => {
    const runs = [makeRun(1, [failed(), passed({ queued: 60 })])];

    expect(find(runs, { since: at(70), until: at(71) }).items).to.have.length(1);
    expect(find(runs, { since: at(71), until: at(99) }).items).to.have.length(0);
    expect(find(runs, { since: at(0), until: at(70) }).items).to.have.length(0);
  });
});

describe("flaky jobs: what is known of one", () => {
  const day = dayMillis / 1000;
  const whole = { since: at(0), until: at(14 * day) };
  const green = (id: number, queued: number) => makeRun(id, [passed({ queued })]);
  const red = (id: number, queued: number) => makeRun(id, [failed({ queued })]);
  const flaky = (id: number, queued: number) => makeRun(id, [failed({ queued }), passed({ queued: queued + 60 })]);
  const range = (count: number) => Array.from({ length: count }, (_, i) => i + 100);
  const getState = (runs: readonly AnswerRun[]) => find(runs, whole).items[0]?.state;

  it("its price, its bound, its runs", () => {
    const runs = [flaky(1, 10 * day), flaky(2, 12 * day), ...range(8).map((id) => green(id, 9 * day))];
    const [item, ...others] = find(runs, whole).items;

    expect(others).to.deep.equal([]);
    expect(item).to.deep.equal({
      provider: "gitlab",
      source: "main",
      project: "shop/cart",
      pipeline: "checkout",
      stage: null,
      jobName: "e2e",
      executions: 10,
      flakes: 2,
      failures: 0,
      lowerBound: computeWilsonLower(2, 10),
      wastedSeconds: 20,
      cost: null,
      state: "flaky",
      runIds: [2, 1],
      lastRunId: 2,
      lastAt: at(12 * day + 70),
    } satisfies FlakyJob);
  });

  it("its price, where the CI system repeated it under the same id", () => {
    const tries = [[at(0), at(30), "Failed"] as const, [at(40), null, "Failed"] as const];
    const [item] = find([makeRun(1, [passed({}, { retries: 2, detail: { tries } })])], whole).items;

    expect(item).to.include({ flakes: 1, wastedSeconds: 30 });
  });

  it("flaky from two flakes and a bound of one percent", () => {
    expect(getState([flaky(1, 10 * day), green(2, 9 * day)])).to.equal("healthy");
    const two = [flaky(1, 13 * day), flaky(2, 13 * day)];
    expect(getState([...two, ...range(53).map((id) => green(id, 9 * day))])).to.equal("flaky");
    expect(getState([...two, ...range(54).map((id) => green(id, 9 * day))])).to.equal("healthy");
    expect(computeWilsonLower(2, 55)).to.be.above(0.01);
    expect(computeWilsonLower(2, 56)).to.be.below(0.01);
  });

  it("healthy again after seven days or a hundred executions without", () => {
    const many = range(20).map((id) => flaky(id, 8 * day));

    expect(getState(many)).to.equal("flaky");
    expect(getState(range(20).map((id) => flaky(id, 6.9 * day)))).to.equal("healthy");
    expect(getState([...many, ...range(99).map((id) => green(id + 100, 9 * day))])).to.equal("flaky");
    expect(getState([...many, ...range(100).map((id) => green(id + 100, 9 * day))])).to.equal("healthy");
  });

  it("broken from four failures of five executions", () => {
    const reds = [1, 2, 3, 4].map((id) => red(id, 10 * day));

    expect(find(reds, whole).items).to.deep.equal([]);
    const [item] = find([...reds, green(5, 9 * day)], whole).items;
    expect(item).to.include({ state: "broken", flakes: 0, failures: 4, lowerBound: 0, wastedSeconds: 0, lastRunId: 4 });
    expect(item?.runIds).to.deep.equal([4, 3, 2, 1]);
    expect(find([...reds, green(5, 9 * day), green(6, 9 * day)], whole).items).to.deep.equal([]);
  });

  it("in the order of what it is likely to waste", () => {
    const slow = (id: number) =>
      makeRun(id, [
        makeJob("slow", "failure", { queued: 0, finished: 500 }),
        makeJob("slow", "success", { queued: 600 }),
      ]);
    const quick = [1, 2, 3].map((id) => flaky(id, 0));
    const names = find([...quick, slow(4)]).items.map(({ jobName }) => jobName);

    expect(names).to.deep.equal(["slow", "e2e"]);
  });
});
