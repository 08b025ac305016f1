import { expect } from "chai";
import type { JobDimension, JobSummaryGroup, JobSummaryQuery } from "../../src/core/store/read/job-types.ts";
import { dayTimesErrorBound } from "../../src/core/day-bucket.ts";
import { databasesAndPartitions, now, sandbox } from "../support/database/databases.ts";
import { toEntries } from "../support/database/tables.ts";
import { makeJobs, type MadeJob } from "../support/model/made-jobs.ts";
import { dawn } from "../support/model/observations.ts";

const day = 86_400_000;
const everything = { since: dawn - 50 * day, until: now + day, runs: {}, jobs: {} };

/** The beginning of the hour, day, week or month of a time. */
function begin(of: JobDimension, at: number): number {
  const date = new Date(at);
  if (of === "month") return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  if (of === "week") return Math.floor(at / day) * day - ((date.getUTCDay() + 6) % 7) * day;
  return at - (at % (of === "hour" ? 3_600_000 : day));
}

function toKey(by: readonly JobDimension[], job: MadeJob): string {
  return JSON.stringify(
    by.map((one) => {
      if (one === "hour" || one === "day" || one === "week" || one === "month") return begin(one, job.finishedAt);
      return one === "provider" ? "gitlab" : job[one as keyof MadeJob];
    }),
  );
}

/** As a spreadsheet would: between the two values next to the place. */
function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [low = NaN, high = NaN] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place - Math.floor(place));
}

function measure(values: readonly (number | null)[]) {
  const measured = values.filter((value) => value !== null);
  if (measured.length === 0) return undefined;
  const at = (share: number) => percentile(measured, share);
  return { p50: at(0.5), p80: at(0.8), p90: at(0.9), p95: at(0.95) };
}

function expected(by: readonly JobDimension[], jobs: readonly MadeJob[]) {
  const groups = new Map<string, MadeJob[]>();
  for (const job of jobs) {
    const key = toKey(by, job);
    groups.set(key, [...(groups.get(key) ?? []), job]);
  }
  return [...groups].map(([key, own]) => ({
    key,
    results: ["success", "failure", "error", "timeout", "cancellation", "skip"].map(
      (result) => own.filter((job) => job.result === result).length,
    ),
    total: Number(own.reduce((sum, { duration }) => sum + (duration ?? 0), 0).toFixed(3)),
    duration: measure(own.map(({ duration }) => duration)),
    queue: measure(own.map(({ queue }) => queue)),
  }));
}

const toFigures = (by: readonly JobDimension[]) => (group: JobSummaryGroup) => ({
  key: JSON.stringify(by.map((one) => group.keys[one])),
  results: Object.values(group.results),
  total: group.totalSeconds,
  duration: group.duration,
  queue: group.queue,
});

/** Equal to the sixth digit: the engines round sums of fractions in other orders. */
function expectClose(found: JobSummaryGroup["duration"], wanted: JobSummaryGroup["duration"]): void {
  expect(found === undefined).to.equal(wanted === undefined);
  for (const name of ["p50", "p80", "p90", "p95"] as const)
    expect(found?.[name] ?? 0, name).to.be.closeTo(wanted?.[name] ?? 0, 1e-6);
}

for (const database of databasesAndPartitions) {
  describe(`reading a summary of jobs: ${database.name}`, () => {
    const box = sandbox(database);

    it("has the figures of every dimension and filter that a plain count has", async () => {
      const { observations, jobs } = makeJobs(7, 300);
      const store = await box.store();
      await store.record(toEntries(observations));
      const cases: readonly (readonly [
        readonly JobDimension[],
        Partial<JobSummaryQuery>,
        (job: MadeJob) => boolean,
      ])[] = [
        [["provider", "project", "pipeline", "stage", "job_name"], {}, () => true],
        [["stage"], {}, () => true],
        [["runner_class"], {}, () => true],
        [["ref_kind", "trigger"], {}, () => true],
        [["hour"], { runs: { project: "shop/cart" } }, ({ project }) => project === "shop/cart"],
        [["day", "job_name"], {}, () => true],
        [["week"], { jobs: { search: "e2" } }, ({ job_name: name }) => name === "E2E"],
        [
          ["month"],
          { jobs: { jobName: "unit", stage: "test" } },
          (job) => job.job_name === "unit" && job.stage === "test",
        ],
        [["project"], { runs: { defaultBranch: false } }, ({ defaultBranch }) => !defaultBranch],
        [
          ["project"],
          { runs: { refKind: "tag", trigger: "push" } },
          (job) => job.ref_kind === "tag" && job.trigger === "push",
        ],
        [["job_name"], { jobs: { runnerClass: "gpu" } }, (job) => job.runner_class === "gpu"],
        [
          ["job_name"],
          { since: dawn - 20 * day, until: dawn - 10 * day },
          ({ finishedAt }) => finishedAt >= dawn - 20 * day && finishedAt < dawn - 10 * day,
        ],
        [["project"], { runs: { source: "nowhere" } }, () => false],
      ];
      for (const [by, query, fits] of cases) {
        const found = await store.read("jobSummary", { ...everything, by, ...query });
        const own = jobs.filter(fits);
        const figures = new Map(found.groups.map(toFigures(by)).map((group) => [group.key, group]));
        for (const { duration, queue, ...counts } of expected(by, own)) {
          const { duration: foundDuration, queue: foundQueue, ...foundCounts } = figures.get(counts.key) ?? {};
          expect(foundCounts, JSON.stringify(query)).to.deep.equal(counts);
          expectClose(foundDuration, duration);
          expectClose(foundQueue, queue);
        }
        expect(found.groups).to.have.length(expected(by, own).length);
        expect([found.exact, found.jobs, found.truncated]).to.deep.equal([true, own.length, false]);
      }
    });

    it("has of the day cube the same counts, and percentiles within the error that the answer states", async () => {
      const { observations, jobs } = makeJobs(9, 400);
      const store = await box.store();
      await store.record(toEntries(observations));
      const cases: readonly (readonly [
        readonly JobDimension[],
        Partial<JobSummaryQuery>,
        (job: MadeJob) => boolean,
      ])[] = [
        [["provider", "project", "pipeline", "stage", "job_name"], {}, () => true],
        [["day", "stage"], { runs: { project: "shop/till" } }, ({ project }) => project === "shop/till"],
        [["week"], { jobs: { search: "E2" } }, ({ job_name: name }) => name === "E2E"],
        [["month", "job_name"], {}, () => true],
        [
          ["stage"],
          { since: begin("day", dawn - 20 * day), until: begin("day", dawn) },
          ({ finishedAt }) => finishedAt >= begin("day", dawn - 20 * day) && finishedAt < begin("day", dawn),
        ],
      ];
      for (const [by, query, fits] of cases) {
        const found = await store.read("jobSummary", { ...everything, exactMax: 10, by, ...query });
        const own = jobs.filter(fits);
        const figures = new Map(found.groups.map(toFigures(by)).map((group) => [group.key, group]));
        for (const { duration, key, results, total } of expected(by, own)) {
          const group = figures.get(key);
          expect([group?.results, group?.total, group?.queue], JSON.stringify(query)).to.deep.equal([
            results,
            total,
            undefined,
          ]);
          expect(group?.duration === undefined).to.equal(duration === undefined);
          for (const name of ["p50", "p80", "p90", "p95"] as const) {
            const exact = duration?.[name] ?? 0;
            expect(group?.duration?.[name] ?? 0, name).to.be.closeTo(exact, exact * dayTimesErrorBound);
          }
        }
        expect([found.exact, found.jobs]).to.deep.equal([false, own.length]);
      }
    });

    it("takes whole days from the day cube, and says which", async () => {
      const store = await box.store();
      await store.record(toEntries(makeJobs(10, 60).observations));
      const query = {
        ...everything,
        exactMax: 10,
        by: ["stage"] as const,
        since: dawn - 30 * day + 5,
        until: dawn - day,
      };

      const { since, until } = await store.read("jobSummary", query);

      expect([since, until]).to.deep.equal([begin("day", dawn - 30 * day), begin("day", dawn)]);
    });

    it("computes the 1,000 groups with the most jobs, and says that there are more", async () => {
      const { observations } = makeJobs(8, 900);
      const store = await box.store();
      await store.record(toEntries(observations));
      const by = ["hour", "project", "job_name", "stage"] as const;

      const { groups, truncated } = await store.read("jobSummary", { ...everything, by });

      const counts = groups.map(({ results }) => Object.values(results).reduce((sum, count) => sum + count, 0));
      expect([groups.length, truncated]).to.deep.equal([1000, true]);
      expect(counts).to.deep.equal(counts.toSorted((a, b) => b - a));
    });
  });
}
