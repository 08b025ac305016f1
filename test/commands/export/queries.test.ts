import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportColumns, type ColumnType } from "../../../src/commands/export/columns.ts";
import { dayMillis } from "../../../src/core/time.ts";
import { inventDay } from "../../../src/demo/deliveries.ts";
import { sendAll } from "../../../src/demo/send.ts";
import { requireDuckDb, type Query } from "../../support/duckdb.ts";
import { listFences, readPage } from "../../support/markdown.ts";
import { startTestServer } from "../../support/server/server.ts";
import { leavePending, requireTool } from "../../support/tools.ts";
import { runExport } from "./exporting.ts";

const kinds = ["runs", "jobs", "deployments", "changes", "pushes"] as const;
const fences = listFences(readPage("docs/export.md"));
const queries = (heading: string) =>
  fences.filter((fence) => fence.language === "sql" && fence.heading === heading).map(({ text }) => text);

/** Every query of the page, on what a server holds that received the demo's day. */
describe("export: the queries of docs/export.md", function () {
  this.timeout(120_000);
  let folder = "";
  let firstDay = "";
  let duck: { readonly query: Query; readonly close: () => void } | undefined;

  before("export the demo's day", async function () {
    duck = await requireDuckDb.call(this);
    folder = mkdtempSync(join(tmpdir(), "pipegauge-queries-"));
    const server = await startTestServer({ env: { PIPEGAUGE_LOG_LEVEL: "warn" } });
    try {
      const now = Date.now();
      const { deliveries } = inventDay({ seed: 3, runs: 120, now });
      await sendAll(deliveries, { url: new URL(`${server.url}/`), token: undefined }, () => undefined);
      firstDay = new Date(now - 2 * dayMillis).toISOString().slice(0, 10);
      const call = { databaseUrl: `sqlite:${server.file}`, now: now + dayMillis, since: firstDay };
      for (const [format, out] of [
        ["parquet", "warehouse"],
        ["csv", "texts"],
        ["jsonl", "texts"],
      ] as const)
        await runExport({ ...call, folder: join(folder, out), given: { kinds, format } });
    } finally {
      await server.stop();
    }
  });

  after("remove the files", () => {
    duck?.close();
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
  });

  /** With the files and the days of this test. */
  const run: Query = async (sql) => {
    const here = sql.replaceAll("'warehouse/", `'${folder}/warehouse/`).replaceAll("'2026-11-01'", `'${firstDay}'`);
    return (await duck?.query(here)) ?? [];
  };

  it("DuckDB answers each of its own", async () => {
    const [spent = [], waits = [], flaky = [], merged = [], ...others] = await Promise.all(queries("DuckDB").map(run));

    expect(others).to.deep.equal([]);
    expect(spent).to.have.length.above(10);
    expect(Number(spent[0]?.["hours"]))
      .to.be.above(0)
      .and.at.least(Number(spent.at(-1)?.["hours"]));
    expect(spent.some((row) => Number(row["not_green"]) > 0)).to.be.true;
    expect(waits.filter(({ runner_class: kind }) => kind !== null)).to.have.length.above(1);
    for (const row of waits) expect(Number(row["p90"])).to.be.at.least(Number(row["p50"]));
    expect(flaky).to.have.length.above(0);
    expect(merged.some((row) => Number(row["hours_from_merge"]) > 0)).to.be.true;
  });

  it("DuckDB reads CSV and JSON lines as the page says, with the same sums", async () => {
    const total = async (from: string) =>
      run(`select count(*) as jobs, round(cast(sum(duration_seconds) as double), 3) as sum from ${from}`);
    const parquet = await total("'warehouse/jobs/*/*.parquet'");
    const named = [...readPage("docs/export.md").matchAll(/`from (read_\w+\('warehouse\/jobs\/[^']+'\))`/g)];

    expect(named.map(([, from]) => from)).to.have.length(2);
    for (const [, from = ""] of named)
      expect(await total(from.replace("'warehouse/", `'${folder}/texts/`)), from).to.deep.equal(parquet);
    expect(Number(parquet[0]?.["jobs"])).to.be.above(500);
  });

  it("Athena's table has the columns of the files, in their types", () => {
    const types: Readonly<Record<ColumnType, string>> = {
      BIGINT: "bigint",
      DOUBLE: "double",
      BOOLEAN: "boolean",
      TIMESTAMP: "timestamp",
      VARCHAR: "string",
      JSON: "string",
    };
    const [definition = ""] = queries("Athena");
    const [, columns = ""] =
      /create external table ci\.jobs \(\n(.*)\n\)\npartitioned by \(day date\)/s.exec(definition) ?? [];

    expect(columns.split(",").map((column) => column.trim().replaceAll("`", ""))).to.deep.equal(
      exportColumns.jobs.map(({ name, type }) => `${name} ${types[type]}`),
    );
  });

  it("the query for Athena and BigQuery is standard enough for DuckDB", async () => {
    await run("create schema ci");
    await run("create view ci.jobs as from 'warehouse/jobs/*/*.parquet'");
    const [, query = ""] = queries("BigQuery");
    const found = await run(query);

    expect(found).to.have.length.above(3);
    expect(Number(found[0]?.["hours"])).to.be.above(0);
    expect(found.some((row) => Number(row["failed_hours"]) > 0)).to.be.true;
  });

  it("pandas prints the table", async function () {
    const python = requireTool.call(this, "python3");
    try {
      execFileSync(python, ["-c", "import pandas, pyarrow"], { stdio: "pipe" });
    } catch (error) {
      if (process.env["CI"] === "true") throw error;
      leavePending(this, "pandas and pyarrow are not installed: pip install pandas pyarrow");
    }
    const [script, ...others] = fences.filter(({ language }) => language === "python");

    const lines = execFileSync(python, ["-c", script?.text ?? ""], { cwd: folder, encoding: "utf8" })
      .trim()
      .split("\n");

    expect(others).to.deep.equal([]);
    expect(lines).to.have.length.above(10);
    expect(lines[0]).to.match(/jobs +failed +median_seconds +hours/);
    const [top] =
      await run(`select count(*) as jobs, sum(duration_seconds) / 3600 as hours from 'warehouse/jobs/*/*.parquet'
      where result in ('success', 'failure') group by project, name order by hours desc`);
    expect(lines[2]).to.match(new RegExp(` ${String(top?.["jobs"])} .* ${Number(top?.["hours"]).toFixed(6)}$`));
  });
});
