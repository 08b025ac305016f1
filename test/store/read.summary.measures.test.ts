import { expect } from "chai";
import type { Store } from "../../src/core/store/index.ts";
import type { SummaryQuery } from "../../src/core/store/read/types.ts";
import { randomFrom } from "../support/random.ts";
import { databases, now, sandbox } from "../support/database/databases.ts";
import { dawn, ofRun } from "../support/model/observations.ts";
import { toEntries, rows } from "../support/database/tables.ts";
import { runResults, type RunResult } from "../../src/core/states.ts";

const day = 86_400_000;
const since = dawn - 3 * day;
const everything: SummaryQuery = { by: ["project", "pipeline"], since, until: now + day, filter: {} };

interface Made {
  readonly project: string;
  readonly pipeline: string;
  readonly source: string;
  readonly isDefault: boolean;
  readonly result: RunResult;
  /** Seconds after dawn at which it finished. */
  readonly finished: number;
  readonly duration: number | null;
  readonly queue: number | null;
}

/** The same on every engine and every day. */
function madeRuns(count: number): Made[] {
  const next = randomFrom(7);
  return Array.from({ length: count }, () => {
    const result = runResults[Math.floor(next() * next() * runResults.length)] ?? "success";
    const measured = result !== "skip" && next() > 0.1;
    return {
      project: ["shop/cart", "shop/ärger", "infra"][Math.floor(next() * 3)] ?? "",
      pipeline: ["build", "Deploy"][Math.floor(next() * 2)] ?? "",
      source: next() < 0.5 ? "main" : "other",
      isDefault: next() < 0.5,
      result,
      finished: Math.floor((next() - 0.9) * 2 * 86_400),
      duration: measured ? Math.round(next() * 1e6) / 1000 : null,
      queue: measured && next() > 0.3 ? Math.round(next() * 1e5) / 1000 : null,
    };
  });
}

async function recorded(store: Store, runs: readonly Made[]): Promise<void> {
  const observations = runs.map((run, i) =>
    ofRun(String(i), run.result, {
      clock: run.finished,
      source: run.source,
      facts: {
        project: run.project,
        pipeline: run.pipeline,
        defaultBranch: run.isDefault,
        durationSeconds: run.duration,
        queueSeconds: run.queue,
      },
    }),
  );
  for (let i = 0; i < observations.length; i += 100) await store.record(toEntries(observations.slice(i, i + 100)));
}

/** Written from what `percentile_cont` promises, and from nothing of ours. */
function percentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = fraction * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (place - Math.floor(place)) * (high - low);
}

function groupedBy(runs: readonly Made[], getKey: (run: Made) => string): Map<string, Made[]> {
  const groups = new Map<string, Made[]>();
  for (const run of runs) groups.set(getKey(run), [...(groups.get(getKey(run)) ?? []), run]);
  return groups;
}

function expectNear(actual: object | undefined, values: readonly (number | null)[], what: string): void {
  const measured = values.filter((value) => value !== null);
  if (measured.length === 0) expect(actual, what).to.equal(undefined);
  else {
    const { p50 = -1, p80 = -1, p90 = -1, p95 = -1 } = actual as Record<string, number>;
    expect(p50, what).to.be.closeTo(percentile(measured, 0.5), 1e-9);
    expect(p80, what).to.be.closeTo(percentile(measured, 0.8), 1e-9);
    expect(p90, what).to.be.closeTo(percentile(measured, 0.9), 1e-9);
    expect(p95, what).to.be.closeTo(percentile(measured, 0.95), 1e-9);
  }
}

for (const database of databases) {
  describe(`reading what a summary measures: ${database.name}`, function () {
    this.timeout(60_000);
    const box = sandbox(database);

    it("counts and measures the completions, for every grouping", async () => {
      const store = await box.store();
      const runs = madeRuns(600);
      await recorded(store, runs);
      const getDay = (run: Made) => Math.floor((dawn + run.finished * 1000) / day);
      const getHour = (run: Made) => Math.floor((dawn + run.finished * 1000) / (day / 24));
      const cases: readonly (readonly [SummaryQuery, (run: Made) => string, (run: Made) => boolean])[] = [
        [everything, (run) => JSON.stringify([run.project, run.pipeline]), () => true],
        [{ ...everything, by: ["project"] }, (run) => JSON.stringify([run.project]), () => true],
        [{ ...everything, by: ["day"] }, (run) => JSON.stringify([getDay(run)]), () => true],
        [{ ...everything, by: ["hour"] }, (run) => JSON.stringify([getHour(run)]), () => true],
        [{ ...everything, by: [] }, () => "[]", () => true],
        [
          {
            ...everything,
            by: ["project", "day"],
            filter: { source: "other", defaultBranch: true, pipeline: "Deploy" },
          },
          (run) => JSON.stringify([run.project, getDay(run)]),
          (run) => run.source === "other" && run.isDefault && run.pipeline === "Deploy",
        ],
        [
          { ...everything, since: dawn - day, until: dawn - day / 2, by: ["provider"] },
          () => JSON.stringify(["gitlab"]),
          (run) => run.finished >= -86_400 && run.finished < -43_200,
        ],
      ];

      for (const [query, getKey, fits] of cases) {
        const expected = groupedBy(runs.filter(fits), getKey);
        const { groups, truncated } = await store.read("summary", query);
        expect(truncated).to.equal(false);
        const keys = groups.map((group) => JSON.stringify(query.by.map((dimension) => group[dimension])));
        expect(keys).to.have.members([...expected.keys()]);
        for (const [i, group] of groups.entries()) {
          const members = expected.get(keys[i] ?? "") ?? [];
          for (const result of runResults) {
            expect(group.results[result], keys[i]).to.equal(members.filter((run) => run.result === result).length);
          }
          expectNear(
            group.duration,
            members.map((run) => run.duration),
            `duration of ${keys[i]}`,
          );
          expectNear(
            group.queue,
            members.map((run) => run.queue),
            `queue of ${keys[i]}`,
          );
        }
      }
    });

    const onPostgres = database.engine === "postgres" ? it : () => undefined;
    onPostgres("gives percentiles that PostgreSQL itself would give", async () => {
      const store = await box.store();
      await recorded(store, madeRuns(400));

      const { groups } = await store.read("summary", everything);
      const own = await rows(
        store,
        `select r.project, r.pipeline, ${["duration", "queue"]
          .flatMap((what) =>
            [50, 80, 90, 95].map(
              (p) => `percentile_cont(${p / 100}) within group (order by c.${what}_seconds) as ${what}_p${p}`,
            ),
          )
          .join(", ")} from runs r join run_completions c on c.run_id = r.id group by 1, 2`,
      );

      expect(groups).to.have.length(6);
      for (const { project, pipeline, duration, queue } of groups) {
        const row = own.find((one) => one["project"] === project && one["pipeline"] === pipeline) ?? {};
        for (const p of ["p50", "p80", "p90", "p95"] as const) {
          expect(duration?.[p]).to.be.closeTo(Number(row[`duration_${p}`]), 1e-9);
          expect(queue?.[p]).to.be.closeTo(Number(row[`queue_${p}`]), 1e-9);
        }
      }
    });
  });
}
