import { expect } from "chai";
import { join } from "node:path";
import { exportColumns } from "../../../src/commands/export/columns.ts";
import { databases, now, sandbox } from "../../support/database/databases.ts";
import { entry, rows, toEntries } from "../../support/database/tables.ts";
import { requireDuckDb, type Query } from "../../support/duckdb.ts";
import { freshFolder } from "../../support/folder.ts";
import { fullCodeEvents } from "../../support/model/code-events.ts";
import { ofJob, ofRun } from "../../support/model/observations.ts";
import { readObjects, runExport } from "./exporting.ts";

const kinds = ["runs", "jobs", "deployments", "changes", "pushes"] as const;

/** Texts that a CSV reader, a spreadsheet or a number would not keep. Some cannot arrive today, but a database may hold them. */
const hostile = [
  'say "hi", you',
  "two\nlines",
  "carriage\r\nreturn",
  "'; drop table jobs; --",
  "=1+1",
  "Ä 😀 \u2028",
  "",
  " ",
  '""',
  "null",
  "\\N",
  "9007199254740993",
];

for (const database of databases) {
  describe(`export to Parquet, on ${database.name}`, function () {
    this.timeout(60_000);
    const box = sandbox(database);
    const folder = freshFolder();
    let duck: { readonly query: Query; readonly close: () => void } | undefined;

    before("have DuckDB", async function () {
      duck = await requireDuckDb.call(this);
    });
    after("close DuckDB", () => duck?.close());
    const query: Query = async (sql) => (await duck?.query(sql)) ?? [];

    /** A ledger with a run, jobs of every hostile name, and code events, exported as JSON lines and as Parquet. */
    async function exported() {
      // Pattern characters and quotes in the path, as well.
      const out = join(folder(), "it's [1] *{a,b}");
      const databaseUrl = await box.url();
      const store = await box.store({ url: databaseUrl });
      const jobs = hostile.map((_, i) =>
        ofJob(`${i}`, `job ${i}`, "success", { clock: 50, queued: 3, started: 12.345, facts: { exitCode: i } }),
      );
      await store.record([
        ...toEntries([ofRun("9007199254740993", "success", { clock: 60, started: 10, jobs })]),
        { ...entry("about code", []), codeEvents: fullCodeEvents },
      ]);
      for (const [i, name] of hostile.entries())
        await store.connection
          .knex("jobs")
          .where({ native_id: `${i}` })
          .update({ name });
      const call = { databaseUrl, folder: out, now, since: "2026-11-20" };
      await runExport({ ...call, given: { kinds } });
      const { code } = await runExport({ ...call, given: { kinds, format: "parquet" } });
      expect(code).to.equal(0);
      const [stored] = await rows(store, "select count(*) as count from jobs");
      expect(Number(stored?.["count"])).to.equal(hostile.length);
      const from = (kind: string) =>
        `read_parquet('${out.replaceAll("'", "''").replaceAll(/[*?[]/g, "[$&]")}/${kind}/*/*.parquet')`;
      return { out, from };
    }

    it("has the columns of the read API, in types that can be calculated with", async () => {
      const { from } = await exported();
      for (const kind of kinds) {
        const described = await query(`describe select * exclude (day) from ${from(kind)}`);
        const wanted = exportColumns[kind].map(({ name, type }) => [name, type === "JSON" ? "VARCHAR" : type]);
        expect(
          described.map((column) => [column["column_name"], column["column_type"]]),
          kind,
        ).to.deep.equal(wanted);
      }
    });

    it("has the values of the JSON lines, hostile ones too", async () => {
      const { out, from } = await exported();
      for (const kind of kinds) {
        const columns = exportColumns[kind].map(({ name, type }) => {
          if (type === "TIMESTAMP") return `strftime(${name}, '%Y-%m-%dT%H:%M:%S.%gZ') as ${name}`;
          return type === "BIGINT" ? `cast(${name} as double) as ${name}` : name;
        });
        const found = await query(`select ${columns.join(", ")} from ${from(kind)}`);
        const wanted = readObjects(out, kind).map((object) =>
          Object.fromEntries(
            exportColumns[kind].map(({ name, type }) => {
              const value = object[name];
              return [name, type === "JSON" && value !== null ? JSON.stringify(value) : value];
            }),
          ),
        );
        expect(found, kind).to.deep.equal(wanted).and.have.length.above(0);
      }
      expect(
        (await query(`select name from ${from("jobs")} order by cast(native_id as int)`)).map((row) => row["name"]),
      ).to.deep.equal(hostile);
      const [total] = await query(
        `select round(sum(duration_seconds), 6) as sum, min(started_at) as first from ${from("jobs")}`,
      );
      expect(total).to.deep.equal({ sum: 451.86, first: "2026-11-20 10:00:12.345" });
    });
  });
}
