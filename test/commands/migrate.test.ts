import Database from "better-sqlite3";
import { expect } from "chai";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshFolder } from "../support/folder.ts";
import { runProgram } from "../support/server/program.ts";

const migrations = readdirSync(new URL("../../migrations", import.meta.url)).filter((name) => name.endsWith(".js"));

describe("migrate", () => {
  const folder = freshFolder();

  it("says what it applied, and that there was nothing the second time", async () => {
    const args = ["migrate", "--database-url", `sqlite:${join(folder(), "new", "ci.db")}`];

    const first = await runProgram(args);
    const second = await runProgram(args);

    const applied = migrations.map((name) => `applied ${name}\n`).join("");
    expect(first).to.include({ code: 0, stdout: applied });
    expect(first.stderr).to.match(/^\{"level":"warn".*new database: there was no SQLite file .*\}\n$/);
    expect(second).to.deep.equal({ code: 0, stdout: "nothing to apply: the database is up to date\n", stderr: "" });
  });

  it("ends with 3 on a newer version's database and leaves the file as it was", async () => {
    const file = join(folder(), "ci.db");
    await runProgram(["migrate", "--database-url", `sqlite:${file}`]);
    const database = new Database(file);
    database
      .prepare("insert into knex_migrations (name, batch, migration_time) values (?, 2, 0)")
      .run("29990101000000_later.js");
    database.close();
    const before = digest(file);

    const { code, stdout, stderr } = await runProgram(["migrate", "--database-url", `sqlite:${file}`]);

    expect([code, stdout]).to.deep.equal([3, ""]);
    expect(stderr).to.match(/^pipegauge: the database was migrated by a newer version .*29990101000000_later\.js.*\n$/);
    expect(digest(file)).to.equal(before);
  });

  it("ends with 2 and one line where no file can be made", async () => {
    const blocker = join(folder(), "file");
    writeFileSync(blocker, "");

    for (const path of [`${blocker}/ci.db`, `${blocker}/deeper/ci.db`]) {
      const { code, stdout, stderr } = await runProgram(["migrate", "--database-url", `sqlite:${path}`]);

      expect([code, stdout]).to.deep.equal([2, ""]);
      expect(stderr)
        .to.match(/^pipegauge: cannot use the database sqlite:.*\n$/)
        .and.include(path);
    }
  });

  it("ends with 3 and one line on a file that is no database, and leaves it as it was", async () => {
    const file = join(folder(), "notes.txt");
    writeFileSync(file, "no database at all ".repeat(100));

    const { code, stdout, stderr } = await runProgram(["migrate", "--database-url", `sqlite:${file}`]);

    expect([code, stdout]).to.deep.equal([3, ""]);
    expect(stderr).to.match(/^pipegauge: .*file is not a database\n$/);
    expect(readFileSync(file, "utf8")).to.equal("no database at all ".repeat(100));
  });

  it("waits for another process that is writing", async () => {
    const url = `sqlite:${join(folder(), "ci.db")}`;
    await runProgram(["migrate", "--database-url", url]);
    const writer = new Database(join(folder(), "ci.db"));
    writer.exec("begin immediate");

    const release = () => (writer.inTransaction ? writer.exec("commit") : writer);
    const ended = await runProgram(["migrate", "--database-url", url, "--log-level", "debug"], {}, (output) => {
      if (output.includes("waiting for the database")) release();
    });

    expect(writer.inTransaction, "it never met the lock").to.be.false;
    expect(ended.code).to.equal(0);
    expect(ended.stderr).to.match(/^(\{"level":"debug".*\}\n)+$/);
    writer.close();
  });

  it("shows the stack at level debug only", async () => {
    const args = ["migrate", "--database-url", "sqlite:/dev/null/x/ci.db"];

    const plain = await runProgram(args);
    const verbose = await runProgram([...args, "--log-level", "debug"]);

    expect(plain.stderr.trimEnd().split("\n")).to.have.length(1);
    expect(verbose.stderr).to.match(/\n {4}at /);
  });
});

function digest(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}
