import { expect } from "chai";
import { computeCriticalPath, type CriticalPath, type PathJob } from "../../src/answers/critical-path.ts";
import { randomFrom } from "../support/random.ts";
import { simulateRun } from "./simulate-run.ts";

const seconds = (value: number) => value * 1000;

/** A job by its times in seconds; it was unblocked when it was runnable, unless `unblockedAt` differs. */
function makeJob(
  id: string,
  [runnableAt, startedAt, finishedAt]: readonly [number, number, number],
  unblockedAt: number | null = runnableAt,
): PathJob {
  return {
    id,
    name: id,
    unblockedAt: unblockedAt === null ? null : seconds(unblockedAt),
    runnableAt: seconds(runnableAt),
    startedAt: seconds(startedAt),
    finishedAt: seconds(finishedAt),
  };
}

/** The critical path of jobs whose run was queued at 0 and ended at `end`, in seconds. */
function findPath(jobs: readonly PathJob[], end: number, graph?: ReadonlyMap<string, readonly string[]>) {
  return computeCriticalPath({ queuedAt: 0, finishedAt: seconds(end), jobs, graph });
}

function listIds(path: CriticalPath | undefined): string[] | undefined {
  return path?.path.map(({ job }) => job.id);
}

function sumParts({ parts }: CriticalPath): number {
  return parts.work + parts.queue + parts.gate + parts.gap;
}

describe("critical path", () => {
  it("is found in at least 95 % of 1,000 simulated runs, and its parts sum to the wall time in all", () => {
    const counts = { identical: 0, summing: 0, exact: 0 };
    const runs = 1000;
    for (let seed = 1; seed <= runs; seed++) {
      const { path, needs, ...run } = simulateRun(randomFrom(seed), 2000);
      const found = computeCriticalPath(run);
      if (found === undefined) throw new Error(`seed ${seed}: nothing found`);
      if (path.join() === listIds(found)?.join()) counts.identical++;
      if (Math.abs(sumParts(found) - found.wallMillis) <= 1000) counts.summing++;
      expect(found.wallMillis, `seed ${seed}`).to.equal(run.finishedAt - run.queuedAt);
      if (path.join() === listIds(computeCriticalPath({ ...run, graph: needs }))?.join()) counts.exact++;
    }

    expect(counts.summing).to.equal(runs);
    expect(counts.identical).to.be.at.least(0.95 * runs);
    // With the graph, only times that were cut to the same second leave a doubt.
    expect(counts.exact).to.be.at.least(0.99 * runs);
  });

  it("has as exclusive time what no other job overlaps: 100 s beside 80 s leave 20 s", () => {
    const jobs = [makeJob("long", [0, 0, 100]), makeJob("short", [0, 0, 80])];

    const path = findPath(jobs, 100);

    expect(path?.path.map(({ job, exclusiveMillis }) => [job.id, exclusiveMillis])).to.deep.equal([
      ["long", seconds(20)],
    ]);
  });

  it("divides the wall time into work, queue, gate and gap", () => {
    const jobs = [
      makeJob("build", [2, 5, 65]),
      makeJob("lint", [2, 3, 10]),
      makeJob("test", [66, 70, 100]),
      makeJob("deploy", [400, 403, 410], null),
    ];

    const path = findPath(jobs, 412);

    expect(listIds(path)).to.deep.equal(["build", "test", "deploy"]);
    expect(path?.parts).to.deep.equal({
      work: seconds(60 + 30 + 7),
      queue: seconds(3 + 4 + 3),
      gate: seconds(300),
      gap: seconds(2 + 1 + 2),
    });
    expect(path?.wallMillis).to.equal(seconds(412));
  });

  it("begins with the first job and ends with the last one where the times of the run are not known", () => {
    const jobs = [makeJob("a", [0, 0, 10]), makeJob("b", [15, 15, 20])];

    const path = computeCriticalPath({ queuedAt: null, finishedAt: null, jobs, graph: undefined });

    expect(listIds(path)).to.deep.equal(["a", "b"]);
    expect(path?.parts).to.deep.equal({ work: seconds(15), queue: 0, gate: 0, gap: seconds(5) });
  });

  it("has a gate from when the job was unblocked until it was runnable", () => {
    const jobs = [makeJob("build", [0, 0, 60]), makeJob("deploy", [100, 103, 110], 64)];

    expect(findPath(jobs, 110)?.parts).to.deep.equal({
      work: seconds(67),
      queue: seconds(3),
      gate: seconds(36),
      gap: seconds(4),
    });
  });

  it("leaves out the jobs of an earlier attempt, which had ended before this one was queued", () => {
    const jobs = [makeJob("first", [0, 0, 50]), makeJob("again", [1000, 1010, 1030])];

    const path = computeCriticalPath({ queuedAt: seconds(1000), finishedAt: seconds(1030), jobs, graph: undefined });

    expect(listIds(path)).to.deep.equal(["again"]);
    expect(path?.wallMillis).to.equal(seconds(30));
  });

  it("follows the graph where there is one: a job that only ended at the right moment is not needed", () => {
    const jobs = [makeJob("build", [0, 0, 60]), makeJob("other", [0, 0, 62]), makeJob("test", [62, 62, 90])];
    const graph = new Map([
      ["build", []],
      ["other", []],
      ["test", ["build"]],
    ]);

    expect(listIds(findPath(jobs, 90))).to.deep.equal(["other", "test"]);
    expect(listIds(findPath(jobs, 90, graph))).to.deep.equal(["build", "test"]);
  });

  it("is observed for a job that the graph does not name, and for one of which nothing that it needs ran", () => {
    const jobs = [makeJob("build", [0, 0, 60]), makeJob("test", [60, 60, 90]), makeJob("notify", [90, 91, 95])];
    const graph = new Map([
      ["build", []],
      ["test", ["a skipped task"]],
    ]);

    const path = findPath(jobs, 95, graph);

    expect(listIds(path)).to.deep.equal(["build", "test", "notify"]);
  });

  it("goes from a job that waits for all others to the last of them, and not to another one that does so", () => {
    const jobs = [
      makeJob("build", [0, 0, 60]),
      makeJob("test", [0, 0, 70]),
      makeJob("report", [71, 71, 80]),
      makeJob("clean", [71, 81, 90]),
    ];
    const graph = new Map([
      ["build", []],
      ["test", []],
      ["report", ["*"]],
      ["clean", ["*"]],
    ]);

    expect(listIds(findPath(jobs, 90, graph))).to.deep.equal(["test", "clean"]);
  });

  it("does not exist for a run in which no job ran", () => {
    expect(findPath([], 1)).to.equal(undefined);
  });
});
