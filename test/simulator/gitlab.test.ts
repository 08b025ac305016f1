import { expect } from "chai";
import { gitlab } from "../../src/adapters/gitlab/index.ts";
import { compareTotals } from "../../src/core/store/maintenance/rebuild.ts";
import type { Sent } from "../scenarios/scenario.ts";
import { databases, now, sandbox } from "../support/database/databases.ts";
import { arrangeStories, deliverStories, readShown, type Story } from "./deliver.ts";
import type { Figures } from "./figures.ts";
import { projectMark } from "./gitlab-hooks.ts";
import { liveThrough } from "./gitlab-life.ts";
import { figureWorld } from "./gitlab-reference.ts";

const only = process.env["SIMULATOR_SEED"];
const seedCounts = { SQLite: 200, PostgreSQL: 40 } as const;

function tellGitlab(seed: number, project: string): Story {
  const world = liveThrough(seed, now);
  const sent = world.posted.map(({ event, body }): Sent => {
    const headers = { "content-type": "application/json", "x-gitlab-event": event };
    return { headers, body: JSON.stringify(body).replaceAll(projectMark, project) };
  });
  return { sent, figures: figureWorld(world) };
}

/** The same statement in other bytes: older GitLabs give deliveries no id. */
function again(sent: Sent, id: string): Sent {
  return { ...sent, body: `${sent.body}${" ".repeat(1 + Number(id.split("-")[1]))}` };
}

/** What is added up, over all pipelines, branches and jobs of a project, and what it is called in the reference. */
const sums: readonly (readonly [RegExp, string])[] = [
  [/^cicd_pipeline_runs_total\{.*result=(\w+)/, "runs: "],
  [/^cicd_pipeline_run_duration_seconds_count/, "durations"],
  [/^cicd_pipeline_run_duration_seconds_sum/, "seconds of durations"],
  [/^cicd_pipeline_run_queue_seconds_count/, "queues"],
  [/^cicd_pipeline_run_queue_seconds_sum/, "seconds of queues"],
  [/^cicd_pipeline_run_restarts_total/, "restarts"],
  [/^cicd_pipeline_runs_recovered_total/, "recovered"],
  [/^cicd_job_runs_total/, "jobs"],
  [/^cicd_job_retries_total/, "retries of jobs"],
];

function sumUp(shown: Figures): Figures {
  const figures: Record<string, number> = Object.fromEntries(
    sums.flatMap(([, name]) => (name.endsWith(" ") ? [] : [[name, 0]])),
  );
  for (const [figure, value] of Object.entries(shown)) {
    const last = /^last_completion\{.*result=(\w+)/.exec(figure);
    if (last !== null) figures[`last: ${last[1]}`] = Math.max(figures[`last: ${last[1]}`] ?? 0, value);
    for (const [pattern, name] of sums) {
      const found = pattern.exec(figure);
      if (found !== null) figures[name + (found[1] ?? "")] = (figures[name + (found[1] ?? "")] ?? 0) + value;
    }
  }
  return figures;
}

describe("simulated GitLab", () => {
  it("does all that it is there for", () => {
    const causes = new Map<string, number>();
    const note = (what: string) => causes.set(what, (causes.get(what) ?? 0) + 1);
    for (let seed = 1; seed <= seedCounts.SQLite; seed++) {
      for (const { ends, jobs, status, parent } of liveThrough(seed, now).pipelines) {
        for (const end of ends) note(`${[...end.causes].join(" and ")}: ${end.status}`);
        for (const { plan, attempt, status: own } of jobs) note(`${plan.kind} ${attempt > 0 ? "again " : ""}${own}`);
        note(parent === undefined ? status : `child ${status}`);
      }
    }
    const wanted = ["created: success", "created: failed", "created: canceled", "play: success", "play: failed"];
    wanted.push(
      "retry: success",
      "retry: failed",
      "child: failed",
      "child: success",
      "external: failed",
      "external: success",
    );
    wanted.push("manual", "normal again success", "normal skipped", "normal canceled", "optional manual");
    expect(wanted.filter((what) => (causes.get(what) ?? 0) < 2)).to.deep.equal([]);
  });
});

for (const database of databases) {
  const seeds =
    only === undefined ? Array.from({ length: seedCounts[database.name] }, (_, i) => i + 1) : [Number(only)];

  describe(`simulated GitLab: ${database.name}`, function () {
    this.timeout(120_000);
    const box = sandbox(database);

    it(`${seeds.length} stories come to what GitLab's documentation says, in three orders`, async () => {
      const store = await box.store({ seriesMax: 1_000_000 });
      const arrivals = arrangeStories(seeds, tellGitlab, again);

      await deliverStories(store, gitlab, arrivals);

      const shown = await readShown(store);
      const inOrder = new Map<number, readonly string[]>();
      for (const { seed, how, project, figures } of arrivals) {
        const found = shown.get(project);
        const seedHint = `seed ${seed}, ${how}; alone: SIMULATOR_SEED=${seed} npx mocha test/simulator/gitlab.test.ts`;
        expect(sumUp(found?.figures ?? {}), seedHint).to.deep.equal(figures);
        // A pipeline is called as its project is.
        const series = (found?.series ?? []).map((one) => one.replaceAll(project, "")).toSorted();
        expect(series, seedHint).to.deep.equal(inOrder.get(seed) ?? series);
        inOrder.set(seed, series);
      }
      // Times that came late, and waits that moved, prove the totals as all others do.
      const { metrics, shortfalls, orphans } = await compareTotals(store.connection);
      expect([shortfalls, orphans]).to.deep.equal([[], 0]);
      expect(metrics.filter(({ above }) => above > 0)).to.deep.equal([]);
    });
  });
}
