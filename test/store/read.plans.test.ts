import { expect } from "chai";
import { postgresSettings, type ReadName, type ReadQuery } from "../../src/core/store/read/queries.ts";
import type { Connection } from "../../src/core/store/db/connect.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { toRows } from "../../src/core/store/db/transaction.ts";
import { databases, now, sandbox } from "../support/database/databases.ts";
import { fill } from "../support/database/fill.ts";
import { rows } from "../support/database/tables.ts";

/** More than a year of them. */
const runs = 60_000;
const day = 86_400_000;

interface Query {
  readonly sql: string;
  readonly bindings: readonly unknown[];
}

/** Every statement that answers this question, with what it was sent with. */
async function listStatements<K extends ReadName>(store: TestStore, name: K, query: ReadQuery<K>): Promise<Query[]> {
  const { knex } = store.connection;
  const queries: Query[] = [];
  const remember = ({ sql, bindings }: Query) => void queries.push({ sql, bindings });
  knex.on("query", remember);
  await store.read(name, query);
  knex.removeListener("query", remember);
  return queries.filter(({ sql }) => /^\s*(?:\/\*.*?\*\/\s*)?(?:select|with)\b/i.test(sql));
}

const large = "runs|jobs|run_completions|job_completions|deliveries|deployments|changes|pushes";

/** What reads a large table, or an index of one, from its beginning to its end. */
async function wholeScans({ knex, engine }: Connection, { sql, bindings }: Query): Promise<string[]> {
  const explain = engine === "sqlite" ? "explain query plan" : "explain";
  // Knex hands on what was compiled already, with $1 in place of ?; as a binding it is sent as it stands.
  const text = sql.replaceAll(/\$\d+/g, "?");
  const plan = await knex.transaction(async (trx) => {
    if (engine === "postgres") await trx.raw(postgresSettings);
    const lines = toRows(await trx.raw(`${explain} ${text}`, [...bindings] as never));
    return lines.map((row) => String(row["detail"] ?? row["QUERY PLAN"]));
  });
  expect(plan).to.not.be.empty;
  const tables = new Map(
    [...sql.matchAll(new RegExp(`\\b(${large})\\b["\`]?(?:\\s+(?:as\\s+)?["\`]?([a-z]\\w?)\\b)?`, "g"))].flatMap(
      ([, table = "", alias = table]) => [
        [table, table],
        [alias, table],
      ],
    ),
  );
  const whole =
    engine === "sqlite"
      ? // The least and the greatest are always searched for, if need be from the beginning to the end. An automatic index is made
        // for the statement, of the whole table.
        plan.filter(
          // An automatic index is made of the whole table, for this one statement.
          (step) =>
            tables.has(/^(?:SCAN (\w+)|SEARCH (\w+)(?:$| USING AUTOMATIC))/.exec(step)?.slice(1).join("") ?? "") &&
            !/dead_letter/.test(step),
        )
      : plan.filter((line, i) => isWhole(plan, line, i));
  return whole.map((step) => `${step.trim()} of ${sql.replaceAll(/\s+/g, " ").slice(0, 300)}`);
}

/** An index that nothing narrows down is a whole table too, unless what is above it stops after the first row. */
function isWhole(plan: readonly string[], line: string, i: number): boolean {
  if (new RegExp(`Seq Scan on (${large})\\b`).test(line)) return true;
  const isIndex = new RegExp(`Index (Only )?Scan .*on (${large})\\b`).test(line) && !/dead_letter/.test(line);
  return isIndex && !/Index Cond/.test(plan[i + 1] ?? "") && !/Limit .*rows=1 /.test(plan[i - 1] ?? "");
}

const page = { limit: 50 };
const windows = { since: now - 7 * day, until: now };
const summaries = { by: ["project", "pipeline"], filter: {}, ...windows } as const;

/** What the API and the page ask, in every shape. */
const questions: readonly (readonly [what: string, name: ReadName, query: ReadQuery<ReadName>])[] = [
  ["runs", "runs", { ...page, filter: {} }],
  ["older runs", "runs", { ...page, filter: {}, after: [30_000] }],
  ["runs of a project", "runs", { ...page, filter: { project: "team/3" } }],
  ["runs of a project that does not exist", "runs", { ...page, filter: { project: "nowhere" } }],
  ["failures of a project", "runs", { ...page, filter: { project: "team/7", results: ["failure"] } }],
  ["runs of a pipeline", "runs", { ...page, filter: { project: "team/3", pipeline: "pipeline 3" } }],
  [
    "older runs of a pipeline",
    "runs",
    { ...page, filter: { project: "team/3", pipeline: "pipeline 3" }, after: [9000] },
  ],
  ["a pipeline of any project", "runs", { ...page, filter: { pipeline: "pipeline 2" } }],
  ["failures", "runs", { ...page, filter: { results: ["failure", "error", "timeout"] } }],
  ["runs of projects with a part of a name", "runs", { ...page, filter: { search: "m/3" } }],
  ["runs of pipelines with a part of a name", "runs", { ...page, filter: { search: "NE 2" } }],
  ["the longest runs", "runs", { ...page, filter: {}, sort: "duration" }],
  ["the names of projects", "projects", { limit: 200 }],
  ["deliveries about a run", "deliveries", { ...page, source: "main", run: "7", since: now - day, until: now }],
  ["what does not exist", "runs", { ...page, filter: { ref: "nowhere" } }],
  ["runs of a source", "runs", { ...page, filter: { source: "gitlab", provider: "gitlab" } }],
  ["unfinished runs", "runs", { ...page, filter: { states: ["pending", "executing"] } }],
  ["runs elsewhere", "runs", { ...page, filter: { defaultBranch: false } }],
  ["runs of a span", "runs", { ...page, filter: { since: now - 3 * day, until: now - 2 * day } }],
  ["a run by its source and name", "runs", { ...page, filter: { source: "gitlab", nativeId: "777" } }],
  ["a run by its name", "runs", { ...page, filter: { nativeId: "777" } }],
  ["one run", "run", { id: 777 }],
  ["jobs", "jobs", { limit: 50, runs: {}, jobs: {} }],
  [
    "older jobs of a project",
    "jobs",
    { limit: 50, runs: { project: "team/3" }, jobs: {}, after: { run: 900, job: "" } },
  ],
  ["jobs that do not exist", "jobs", { limit: 50, runs: {}, jobs: { search: "nowhere", results: ["timeout"] } }],
  ["deployments", "deployments", { ...page, filter: {} }],
  ["deployments of a project", "deployments", { ...page, filter: { project: "team/3", states: ["finished"] } }],
  ["deployments that do not exist", "deployments", { ...page, filter: { environment: "nowhere" } }],
  [
    "older deployments",
    "deployments",
    { ...page, filter: {}, after: { firstSeenAt: now - 9 * day, source: "gitlab", nativeId: "77" } },
  ],
  ["deployments of a span", "deployments", { ...page, filter: { since: now - 3 * day, until: now - 2 * day } }],
  ["changes", "codeChanges", { ...page, filter: {} }],
  ["changes of a project", "codeChanges", { ...page, filter: { project: "team/3", number: "777" } }],
  ["a change by its commit", "codeChanges", { ...page, filter: { sha: "def777" } }],
  ["pushes", "pushes", { ...page, filter: {} }],
  ["pushes of a project", "pushes", { ...page, filter: { project: "team/3", ref: "main", defaultBranch: true } }],
  ["a push by its commit", "pushes", { ...page, filter: { sha: "abc777" } }],
  ["a summary of jobs", "jobSummary", { by: ["job_name", "runner_class"], runs: {}, jobs: {}, ...windows }],
  ["a summary of jobs by hour", "jobSummary", { by: ["hour"], runs: {}, jobs: {}, ...windows }],
  [
    "a summary of jobs from the day cube",
    "jobSummary",
    { by: ["week", "stage"], runs: {}, jobs: {}, exactMax: 10, ...windows },
  ],
  ["a summary", "summary", summaries],
  ["a summary by day", "summary", { ...summaries, by: ["day"] }],
  ["a summary of a project", "summary", { ...summaries, filter: { project: "team/3", defaultBranch: true } }],
  ["deliveries", "deliveries", page],
  ["older deliveries", "deliveries", { ...page, after: [now - day, 40_000] }],
  ["deliveries of a source", "deliveries", { ...page, source: "github" }],
  ["dead letters", "deliveries", { ...page, outcome: "dead_letter" }],
  [
    "dead letters of a source",
    "deliveries",
    { ...page, source: "gitlab", outcome: "dead_letter", after: [now - day, 1] },
  ],
  ["ignored deliveries", "deliveries", { ...page, outcome: "ignored" }],
  ["flaky jobs", "flaky", { ...windows, filter: {}, prices: [] }],
  ["flaky jobs of a project", "flaky", { ...windows, filter: { project: "team/3" }, prices: [] }],
  ["jobs on critical paths", "pathJobs", { ...windows, filter: {} }],
  ["failures", "failures", { ...windows, filter: {} }],
  ["times to pass", "timeToPass", { ...windows, filter: {} }],
  ["waste", "waste", { ...windows, filter: {}, by: ["project"], prices: [] }],
  ["red default branches", "redMain", { ...windows, filter: {} }],
  ["changes", "changes", { ...windows, filter: {} }],
  ["runners", "runners", { ...windows, filter: {}, targetSeconds: 60 }],
  [
    "a schedule on other runners",
    "whatIf",
    { ...windows, filter: {}, targetSeconds: 60, runnerClass: "linux", percentile: 95, prices: [] },
  ],
  ["the state", "state", null],
];

for (const database of databases) {
  describe(`reading, query plans: ${database.name}`, function () {
    this.timeout(120_000);
    const box = sandbox(database);

    // PostgreSQL gathers statistics by itself.
    for (const analysed of database.engine === "sqlite" ? [true, false] : [true]) {
      it(`no question reads a large table whole, with${analysed ? "" : "out"} statistics`, async () => {
        const store = await box.store();
        await fill(store, runs);
        if (!analysed) await rows(store, "delete from sqlite_stat1");
        const asked = analysed ? store : await box.store({ url: `sqlite:${getFile(store)}` });

        const whole: string[] = [];
        for (const [what, name, query] of questions) {
          const statements = await listStatements(asked, name, query);
          expect(statements, what).to.not.be.empty;
          for (const statement of statements) {
            for (const scan of await wholeScans(asked.connection, statement)) whole.push(`${what}: ${scan}`);
          }
        }
        expect(whole.join("\n")).to.equal("");
      });
    }

    it("no list has two lower bounds of a column, of which SQLite would stop at the first alone", async () => {
      const store = await box.store();
      await fill(store, runs);

      for (const [what, name, query] of questions.filter(([, , asked]) => asked !== null && "limit" in asked)) {
        for (const { sql } of await listStatements(store, name, query)) {
          const bounds = [...sql.matchAll(/["`(](\w+)(?:["`]|, [^()]*\)) >=? [?$(]/g)].map(([, column]) => column);
          expect(bounds, `${what}: ${sql}`).to.deep.equal([...new Set(bounds)]);
        }
      }
    });

    it("a statement that does read a large table whole would be found out", async () => {
      const store = await box.store();
      await fill(store, 5000);

      for (const sql of [
        "select * from runs where sha = ?",
        "select sum(duration_seconds) from run_completions where result <> ?",
        "select d.id from deliveries d where d.reason = ? order by d.bytes",
        "select source, count(*) from runs where source <> ? group by source",
        "select * from deployments where sha = ?",
        "select number from changes where merge_sha = ? order by native_id",
      ]) {
        expect(await wholeScans(store.connection, { sql, bindings: ["x"] }), sql).to.have.length(1);
      }
    });
  });
}

function getFile({ connection }: TestStore): string {
  return String(connection.knex.client.config.connection.filename);
}
