import { expect } from "chai";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "../../src/core/store/db/connect.ts";
import { noLog } from "../support/database/databases.ts";
import { freshFolder } from "../support/folder.ts";
import { runProgram } from "../support/server/program.ts";
import { fillOldCollector, oldSchema } from "./old-collector.ts";

describe("pipegauge import", () => {
  const folder = freshFolder();

  it("says on stdout what became of it", async () => {
    const from = join(folder(), "old.db");
    const { knex } = connect(`sqlite:${from}`, noLog);
    for (const sql of oldSchema("sqlite")) await knex.raw(sql);
    await fillOldCollector(knex, (iso) => new Date(iso).toISOString().replace("T", " ").replace("Z", ""));
    await knex.destroy();
    const args = ["import", "--from", `sqlite:${from}`, "--database-url", `sqlite:${join(folder(), "ci.db")}`];
    const left =
      "left out: 1, because it has no project\nleft out: 1, because it has no pipeline_id\nleft out: 1, because it has no created_at\n";

    const first = await runProgram(args);
    const second = await runProgram(args);

    expect(first).to.include({ code: 0, stdout: `imported: 2 new, 0 already stored\n${left}` });
    expect(first.stderr).to.match(/^\{"level":"warn".*new database: .*\}\n$/);
    expect(second).to.deep.equal({
      code: 0,
      stdout: `imported: 0 new, 2 already stored\n${left}`,
      stderr: "",
    });
  });

  it("ends with 2 and one line where there is nothing to import, and makes no database", async () => {
    const at = (name: string) => join(folder(), name);
    writeFileSync(at("notes.txt"), "no database at all ".repeat(100));
    for (const name of ["empty.db", "older.db"]) {
      const { knex } = connect(`sqlite:${at(name)}`, noLog);
      for (const sql of name === "empty.db" ? ["create table t (a integer)"] : oldSchema("sqlite")) await knex.raw(sql);
      if (name === "older.db") await knex.raw("alter table metrics_job drop column duration_pull");
      await knex.destroy();
    }
    await runProgram(["migrate", "--database-url", `sqlite:${at("own.db")}`]);
    const faults: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /^import needs the old database: --from /],
      [["--from", "mysql://u:canary@h/d"], /^--from: the URL is neither /],
      [["--from", `sqlite:${at("ci.db")}`], /^--from is the database to import into$/],
      [["--from", `sqlite:${at("none.db")}`], /^cannot import from sqlite:.*none\.db: file not found$/],
      [["--from", `sqlite:${at("notes.txt")}`], /^cannot import from sqlite:.*: file is not a database$/],
      [["--from", `sqlite:${at("empty.db")}`], /^cannot import from sqlite:.*: it has no table metrics_pipeline: /],
      [
        ["--from", `sqlite:${at("older.db")}`],
        /^cannot import from sqlite:.*: its table metrics_job has no duration_pull: /,
      ],
      [["--from", `sqlite:${at("own.db")}`], /^cannot import from sqlite:.*: it is a database of Pipegauge/],
      [
        ["--from", "postgres://u:canary@127.0.0.1:1/d"],
        /^cannot import from postgres:\/\/u:\*\*\*@127\.0\.0\.1:1\/d: /,
      ],
    ];

    for (const [flags, message] of faults) {
      const { code, stdout, stderr } = await runProgram([
        "import",
        ...flags,
        "--database-url",
        `sqlite:${at("ci.db")}`,
      ]);

      expect([code, stdout], flags.join(" ")).to.deep.equal([2, ""]);
      expect(stderr.replace(/^pipegauge: /, "").replace(/\n$/, ""))
        .to.match(message)
        .and.not.include("\n");
      expect(stderr).not.to.include("canary");
    }
    expect(existsSync(at("ci.db"))).to.be.false;
  }).timeout(60_000);
});
