import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { databases, sandbox, type TestDatabase } from "../support/database/databases.ts";
import { readRows, type TableRow } from "../support/database/rows.ts";
import { testServers, type TestServer } from "../support/server/server.ts";
import { parseTotals, type Totals } from "../support/exposition/totals.ts";
import { createArrivals, type Arrival } from "./arrivals.ts";
import { githubStories } from "./github.ts";
import { gitlabStories } from "./gitlab.ts";
import { jenkinsStories } from "./jenkins.ts";
import type { Counts, Scenario, Sent, Stories } from "./scenario.ts";
import { tektonStories } from "./tekton.ts";
import { runResults } from "../../src/core/states.ts";

const seed = Number(process.env["TEST_SEED"] ?? Date.now() % 1_000_000);

/** Arrivals of one story; each has sources and a project of its own, so that one server can take them all. */
interface Copy {
  readonly arrival: Arrival;
  readonly source: string;
  readonly project: string;
}

const nothing = parseTotals("");

/** Half of a source's greatest number; every copy has two. */
const copiesMax = 450;

/** Columns that tell when, in which place and by which delivery a row was written, not what is known. */
const incidental = new Set(["id", "run_id", "source", "project", "first_seen_at", "updated_at", "executions"]);

async function deliver(server: TestServer, stories: Stories, { source, project }: Copy, sent: Sent): Promise<void> {
  const body = sent.body.replaceAll(stories.project, project);
  const answer = await server.deliver(sent.elsewhere ? `${source}b` : source, body, sent.headers);
  expect([200, 202], `${answer.status} ${answer.text}`).to.include(answer.status);
  expect(answer.json["status"], answer.text).to.be.oneOf(["accepted", "duplicate"]);
}

function countsIn(totals: Totals): Counts {
  const counted = runResults.map((result) => [result, totals.total("cicd_pipeline_runs_total", { result })] as const);
  const all = {
    restarts: totals.total("cicd_pipeline_run_restarts_total"),
    recovered: totals.total("cicd_pipeline_runs_recovered_total"),
    retries: totals.total("cicd_job_retries_total"),
    jobs: totals.total("cicd_job_runs_total"),
    timed: totals.total("cicd_pipeline_run_duration_seconds_count"),
    queued: totals.total("cicd_pipeline_run_queue_seconds_count"),
  };
  const present = <V>(entries: readonly (readonly [string, V])[]) =>
    Object.fromEntries(entries.filter(([, n]) => n !== 0));
  return { results: present(counted), ...present(Object.entries(all)) };
}

/** Every series of one project, without its name. */
function getSeries(totals: Totals, project: string, varying: Scenario["varying"]): Record<string, number> {
  const sets = { seconds: /_sum|_bucket|_timestamp/, ends: /_timestamp/ };
  const kept = Object.entries(totals.counted).filter(
    ([series]) => varying === undefined || !sets[varying].test(series),
  );
  return Object.fromEntries(kept.map(([series, value]) => [series.replaceAll(project, ""), value]));
}

const codeTables = ["deployments", "changes", "pushes"] as const;

/** A row of a run with the rows of its jobs, or a row about code. */
type RunRecord = TableRow & { readonly jobs: readonly TableRow[] };

async function readRecords(server: TestServer, source: string): Promise<RunRecord[]> {
  const listCells = (row: TableRow, project: string) =>
    Object.fromEntries(
      Object.entries(row)
        .filter(([column]) => !incidental.has(column))
        .map(([column, value]) => [column, typeof value === "string" ? value.replaceAll(project, "") : value])
        // Its fields stand in the order in which they were stated first.
        .map(([column, value]) => [column, column === "older" ? (JSON.parse(String(value)) as unknown) : value]),
    );
  const runs = [
    ...(await readRows(server, "runs", { source })),
    ...(await readRows(server, "runs", { source: `${source}b` })),
  ];
  const records = runs.map(async (run) => {
    const project = String(run["project"]);
    const jobs = (await readRows(server, "jobs", { run_id: Number(run["id"]) })).map((job) => listCells(job, project));
    return { ...listCells(run, project), jobs: jobs.toSorted(byId) };
  });
  const code = codeTables.map(async (table) =>
    (await readRows(server, table, { source })).map((row) => ({ ...listCells(row, String(row["project"])), jobs: [] })),
  );
  return [...(await Promise.all(records)).toSorted(byId), ...(await Promise.all(code)).flat()];
}

function byId(a: TableRow, b: TableRow): number {
  return String(a["native_id"]) < String(b["native_id"]) ? -1 : 1;
}

for (const database of databases) {
  for (const stories of [gitlabStories, tektonStories, jenkinsStories, githubStories]) {
    describe(`${stories.provider} over HTTP into ${database.name}, in every order and twice (seed ${seed})`, () =>
      everyStory(database, stories));
  }
}

function everyStory(database: TestDatabase, stories: Stories): void {
  sandbox(database);
  const start = testServers("shared");
  const folder = mkdtempSync(join(tmpdir(), "pipegauge-scenarios-"));
  let server: TestServer;
  let drop: (() => Promise<void>) | undefined;
  let used = 0;

  before("start a server with many sources", async () => {
    const names = Array.from({ length: copiesMax }, (_, i) => [`copy${i}`, `copy${i}b`]).flat();
    const file = join(folder, "pipegauge.yaml");
    const sources = names.map((name) => `  - {name: ${name}, provider: ${stories.provider}}`);
    writeFileSync(file, ["sources:", ...sources, ""].join("\n"));
    const created = await database.create("migrated");
    drop = () => created.drop();
    const env = { PIPEGAUGE_LOG_LEVEL: "warn" };
    server = await start({ databaseUrl: created.url, argv: ["--config", file], env, tuning: { thread: true } });
  });
  after("drop it all", async () => {
    await drop?.();
    rmSync(folder, { recursive: true, force: true });
  });

  async function tell(scenario: Scenario): Promise<Copy[]> {
    const copies = createArrivals(scenario.sent, stories.anew, seed).map((arrival): Copy => {
      const copy = used++;
      return { arrival, source: `copy${copy}`, project: `${stories.project}-copy${copy}-` };
    });
    expect(used).to.be.below(copiesMax);
    await Promise.all(
      copies.map(async (copy) => {
        for (const sent of copy.arrival.sent) await deliver(server, stories, copy, sent);
      }),
    );
    return copies;
  }

  for (const scenario of stories.scenarios) {
    it(scenario.name, async () => {
      const copies = await tell(scenario);

      const totals = (await server.scrape()).by("project");
      const seriesIn = ({ project }: Copy) => getSeries(totals.get(project) ?? nothing, project, scenario.varying);
      const [first] = copies as [Copy];
      const expected = await readRecords(server, first.source);
      const series = seriesIn(first);
      if (scenario.run !== undefined) expect(expected[0]).to.include(scenario.run);
      if (scenario.job !== undefined) expect(expected[0]?.jobs[0]).to.include(scenario.job);
      for (const copy of copies) {
        const { how } = copy.arrival;
        expect(countsIn(totals.get(copy.project) ?? nothing), how).to.deep.equal({ ...scenario.counts });
        expect(seriesIn(copy), how).to.deep.equal(series);
        expect(await readRecords(server, copy.source), how).to.deep.equal(expected);
      }
    });
  }
}
