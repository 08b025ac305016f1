import { expect } from "chai";
import { github } from "../../src/adapters/github/index.ts";
import { randomFrom } from "../support/random.ts";
import { withHeader } from "../scenarios/scenario.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { arrangeStories, deliverStories, readShown, type Story } from "./deliver.ts";
import { deliverRuns } from "./github-deliveries.ts";
import { chanceFrom, makeRuns } from "./github-life.ts";
import { figureRuns } from "./github-model.ts";

const only = process.env["SIMULATOR_SEED"];
const seedCounts = { SQLite: 200, PostgreSQL: 60 } as const;

function tellGithub(seed: number, project: string): Story {
  const chance = chanceFrom(randomFrom(seed));
  const runs = makeRuns(seed, chance);
  return { sent: deliverRuns(runs, project, chance), figures: figureRuns(runs, Date.UTC(2026, 10, 18)) };
}

/** Each of these must happen in the stories, or nothing tests it. */
const kinds = [
  ["cicd_pipeline_runs_total", "CI (web.yml)"],
  ...["success", "failure", "error", "cancellation", "skip"].map((result) => [
    "cicd_pipeline_runs_total",
    `result=${result}`,
  ]),
  ...["success", "failure", "timeout", "cancellation", "skip"].map((result) => [
    "cicd_job_runs_total",
    `result=${result}`,
  ]),
  ...["pending", "blocked", "executing"].map((state) => ["active", `state=${state}`]),
  ["cicd_pipeline_run_restarts_total", ""],
  ["cicd_pipeline_runs_recovered_total", ""],
  ["cicd_job_failures_total", ""],
  ["cicd_job_flakes_total", ""],
] as const;

describe("simulated GitHub", () => {
  it("does all that it is there for", () => {
    const totals = new Map<string, number>();
    for (let seed = 1; seed <= seedCounts.PostgreSQL; seed++) {
      for (const [figure, value] of Object.entries(tellGithub(seed, "sim/any").figures)) {
        totals.set(figure, (totals.get(figure) ?? 0) + value);
      }
    }
    for (const [name = "", label = ""] of kinds) {
      const found = [...totals].filter(([figure]) => figure.startsWith(`${name}{`) && figure.includes(label));
      expect(
        found.reduce((sum, [, value]) => sum + value, 0),
        `${name} ${label}`,
      ).to.be.above(2);
    }
  });
});

const again = withHeader("x-github-delivery");

for (const database of databases) {
  const seeds =
    only === undefined ? Array.from({ length: seedCounts[database.name] }, (_, i) => i + 1) : [Number(only)];

  describe(`simulated GitHub: ${database.name}`, function () {
    this.timeout(60_000);
    const box = sandbox(database);

    it(`${seeds.length} stories come to what GitHub's documentation says, in three orders`, async () => {
      const store = await box.store({ seriesMax: 1_000_000 });
      const arrivals = arrangeStories(seeds, tellGithub, again);

      await deliverStories(store, github, arrivals);

      const shown = await readShown(store);
      const inOrder = new Map<number, readonly string[]>();
      for (const { seed, how, project, figures } of arrivals) {
        const found = shown.get(project);
        const seedHint = `seed ${seed}, ${how}; alone: SIMULATOR_SEED=${seed} npx mocha test/simulator/github.test.ts`;
        expect(found?.figures ?? {}, seedHint).to.deep.equal(figures);
        expect(found?.series, seedHint).to.deep.equal(inOrder.get(seed) ?? found?.series);
        inOrder.set(seed, found?.series ?? []);
      }
    });
  });
}
