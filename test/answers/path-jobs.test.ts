import { expect } from "chai";
import { createPathJobsAnswer } from "../../src/answers/path-jobs.ts";
import { computeCriticalPath } from "../../src/answers/critical-path.ts";
import { toPathRun } from "../../src/answers/path-run.ts";
import type { AnswerJob, AnswerRun } from "../../src/answers/answer.ts";
import { answer, makeJob, makeRun } from "../support/model/answer-runs.ts";
import { at } from "../support/model/observations.ts";
import { randomFrom, shuffled } from "../support/random.ts";
import { simulateRun } from "./simulate-run.ts";

const span = { since: at(0), until: at(10_000) };

function makeRuns(): AnswerRun[] {
  const long = () => [makeJob("test", "success", { finished: 100 }), makeJob("lint", "success", { finished: 80 })];
  const short = () => [makeJob("test", "success", { finished: 10 }), makeJob("lint", "failure", { finished: 50 })];
  return [makeRun(1, long()), makeRun(2, short()), makeRun(3, long())];
}

describe("jobs on critical paths", () => {
  const names = { provider: "gitlab", source: "main", project: "shop/cart", pipeline: "checkout" };
  const test = { ...names, jobName: "test", runs: 3, onPathShare: 2 / 3, exclusiveSeconds: 40, savedIf20Percent: 40 };
  const lint = { ...names, jobName: "lint", runs: 3, onPathShare: 1 / 3, exclusiveSeconds: 40, savedIf20Percent: 10 };

  it("are ranked by what would be saved if they were a fifth faster, at most what they worked alone", () => {
    const findings = answer(createPathJobsAnswer(span), makeRuns());

    expect(findings).to.deep.equal({
      runs: 3,
      jobs: 6,
      items: [
        { ...test, runId: 3 },
        { ...lint, runId: 2 },
      ],
    });
  });

  it("are those of runs that finished in the span", () => {
    const early = { since: at(0), until: at(60) };

    expect(answer(createPathJobsAnswer(early), makeRuns())).to.deep.include({ runs: 1, jobs: 2 });
    expect(answer(createPathJobsAnswer({ since: at(100), until: at(101) }), makeRuns()).runs).to.equal(2);
    expect(answer(createPathJobsAnswer({ since: at(101), until: at(102) }), makeRuns()).items).to.deep.equal([]);
  });

  it("do not depend on the order of runs and jobs", () => {
    const runs = Array.from({ length: 60 }, (_, i) => toAnswerRun(i + 1));
    const everything = { since: 0, until: Number.MAX_SAFE_INTEGER };
    const expected = answer(createPathJobsAnswer(everything), runs);

    expect(expected.items).to.have.length.above(5);
    for (const seed of [1, 2, 3]) {
      const random = randomFrom(seed);
      const mixed = shuffled(runs, random).map((run) => ({ ...run, jobs: shuffled(run.jobs, random) }));
      expect(answer(createPathJobsAnswer(everything), mixed)).to.deep.equal(expected);
    }
  });
});

function toAnswerRun(seed: number): AnswerRun {
  const { jobs, queuedAt, finishedAt } = simulateRun(randomFrom(seed), 2000);
  const stored = jobs.map(({ id: nativeId, name, runnableAt, startedAt, finishedAt: end }) =>
    makeJob(name ?? "", "success", {}, { nativeId, queuedAt: runnableAt, startedAt, finishedAt: end }),
  );
  return makeRun(seed, stored, { queuedAt, finishedAt });
}

describe("a stored run", () => {
  const findParts = (jobs: readonly AnswerJob[], more: Partial<AnswerRun> = {}) => {
    const found = computeCriticalPath(toPathRun(makeRun(1, jobs, more)));
    return found && { path: found.path.map(({ job }) => job.name), ...found.parts };
  };

  it("has a job that is ready when it was queued, or else as long before its start as is reported", () => {
    const queued = makeJob("a", "success", { queued: 2, started: 5, finished: 20 });
    const reported = makeJob("b", "success", { started: 30, finished: 40 }, { queuedAt: null, queueSeconds: 4 });
    const unknown = makeJob("c", "success", { started: 45, finished: 50 }, { queuedAt: null, queueSeconds: null });

    expect(findParts([queued, reported, unknown])).to.deep.equal({
      path: ["a", "b", "c"],
      work: 30_000,
      queue: 7_000,
      gate: 0,
      gap: 13_000,
    });
  });

  it("has a gate before a job that was played, and behind the queue of one that was approved", () => {
    const build = makeJob("build", "success", { finished: 60 });
    const gate = { gate: "manual", gatedAt: at(61) } as const;
    const played = makeJob("deploy", "success", { queued: 300, started: 303, finished: 310 }, gate);
    const sinceUnknown = { ...played, gatedAt: null };
    const approval = { gate: "approval", gatedAt: at(62), gateOpenedAt: at(300) } as const;
    const approved = makeJob("deploy", "success", { queued: 61, started: 303, finished: 310 }, approval);

    const path = ["build", "deploy"];
    expect(findParts([build, played])).to.deep.equal({ path, work: 67_000, queue: 3000, gate: 239_000, gap: 1000 });
    expect(findParts([build, approved])).to.deep.equal({ path, work: 67_000, queue: 3000, gate: 239_000, gap: 1000 });
    expect(findParts([build, sinceUnknown])).to.deep.equal({ path, work: 67_000, queue: 3000, gate: 240_000, gap: 0 });
  });

  it("has the graph that the provider sent, unless it was cut", () => {
    const jobs = [
      makeJob("build", "success", { finished: 60 }),
      makeJob("other", "success", { finished: 62 }),
      makeJob("test", "success", { queued: 62, finished: 90 }),
    ];
    const graph = JSON.stringify({ build: [], other: [], test: ["build"] });

    expect(findParts(jobs, { graph })?.path).to.deep.equal(["build", "test"]);
    expect(findParts(jobs, { graph: graph.slice(0, -3) })?.path).to.deep.equal(["other", "test"]);
  });

  it("has no path through jobs that were skipped or did not end", () => {
    const jobs = [
      makeJob("build", "success", { finished: 60 }),
      makeJob("never", "skip", { finished: 70 }),
      makeJob("lost", null),
    ];

    expect(findParts(jobs)?.path).to.deep.equal(["build"]);
    expect(findParts(jobs.slice(1))).to.equal(undefined);
  });
});
