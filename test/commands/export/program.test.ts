import { expect } from "chai";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { databases, sandbox } from "../../support/database/databases.ts";
import { fill } from "../../support/database/fill.ts";
import { processEnvironment } from "../../support/environment.ts";
import { freshFolder } from "../../support/folder.ts";
import { builtProgram } from "../../support/server/built.ts";
import { runProgram } from "../../support/server/program.ts";
import { requireTool } from "../../support/tools.ts";
import { until } from "../../support/wait.ts";
import { readFiles } from "./exporting.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
/** The days of which `fill` makes runs end on the 20th of November 2026. */
const flags = ["--format", "csv", "--what", "jobs", "--since", "2026-01-01", "--until", "2026-11-21"];

for (const database of databases) {
  describe(`export, the program, on ${database.name}`, function () {
    this.timeout(120_000);
    const box = sandbox(database);
    const folder = freshFolder();

    it("goes on after kill -9: the same files as without it, and nothing else", async () => {
      const url = await box.url();
      await fill(await box.store({ url }), 4000);
      const [killed, whole] = [join(folder(), "killed"), join(folder(), "whole")];
      const args = ["export", ...flags, "--database-url", url];
      const days = () => (existsSync(join(killed, "jobs")) ? readdirSync(join(killed, "jobs")) : []);
      const child = spawn(process.execPath, [builtProgram(), ...args, "--out", killed], {
        cwd: root,
        env: processEnvironment(),
        stdio: "ignore",
      });
      const ended = new Promise((resolve) => child.once("close", (_code, signal) => resolve(signal)));
      await until(() => days().filter((name) => name.startsWith("day=")).length > 5, "some days");
      child.kill("SIGKILL");
      expect(await ended).to.equal("SIGKILL");
      const before = readFiles(killed, "jobs", "csv").size;
      // A file that was not whole, of a process that is gone.
      writeFileSync(join(killed, "jobs", `.${child.pid}-0123abcd.part`), "run_id");

      const again = await runProgram([...args, "--out", killed]);
      const fresh = await runProgram([...args, "--out", whole]);

      expect([again.code, fresh.code]).to.deep.equal([0, 0]);
      expect(before).to.be.within(6, 28);
      expect(again.stdout).to.match(/^jobs: \d+ rows of \d+ days, \d+ bytes, in .*; \d+ days unchanged\n$/);
      expect(fresh.stdout).to.match(/^jobs: 8000 rows of 29 days, \d+ bytes, in .*\/whole\/jobs\n$/);
      expect(fresh.stderr.split("\n")[0]).to.match(/^jobs 2026-10-23: \d+ rows, \d+ bytes$/);
      expect([...readFiles(killed, "jobs", "csv")]).to.deep.equal([...readFiles(whole, "jobs", "csv")]);
      expect(days().filter((name) => !name.startsWith("day="))).to.deep.equal([".export-csv.json"]);
    });

    it("draws a bar on a terminal", async function () {
      const url = await box.url();
      await fill(await box.store({ url }), 3000);
      const words = [builtProgram(), "export", ...flags, "--database-url", url, "--out", folder()];
      const script = requireTool.call(this, "script");
      const child = spawn(
        script,
        ["--quiet", "--return", "--command", `exec ${process.execPath} ${words.join(" ")}`, "/dev/null"],
        {
          cwd: root,
          env: { ...processEnvironment(), PATH: process.env["PATH"] ?? "" },
          stdio: ["ignore", "pipe", "inherit"],
        },
      );
      let output = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
      const code = await new Promise((resolve) => child.once("close", resolve));

      expect(code).to.equal(0);
      expect(output).to.match(/\rjobs 2026-\d\d-\d\d \[#*-*\] +\d+ % {2}[\d,]+ rows {2}[\d,]+ rows\/s/);
      expect(output).to.include("\r\u001b[Kjobs: 6000 rows of ");
    });
  });
}

describe("export, the program: what it refuses", function () {
  this.timeout(60_000);
  const folder = freshFolder();
  const refusal = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await runProgram(["export", ...args]);
    return [code, stdout, stderr.split("\n")] as const;
  };

  it("names each flag that is missing or wrong", async () => {
    expect(await refusal()).to.deep.equal([
      2,
      "",
      [
        "pipegauge: invalid arguments (4 errors):",
        "  export needs --format <format>: parquet, csv or jsonl; csv and jsonl need nothing installed",
        "  export needs --what <names>: runs, jobs, deployments, changes or pushes; several with commas",
        "  export needs --since <time>: first day, UTC, by first_seen_at: 2026-11-20, 2026-11-20T12:00:00Z, 24h, 7d",
        "  export needs --out <folder>: where the files are written: <folder>/<name>/day=<date>/",
        "",
      ],
    ]);
    const wrong = ["--format", "xml", "--what", "runs,job", "--since", "tomorow", "--until", "x", "--out", folder()];
    expect(await refusal(...wrong)).to.deep.equal([
      2,
      "",
      [
        "pipegauge: invalid arguments (4 errors):",
        '  --format: "xml" is not one of its values: choose parquet, csv, jsonl',
        '  --what: "job" is not one of its values: did you mean jobs?',
        '  --since: "tomorow" is not a time: write 2026-11-20, 2026-11-20T12:00:00Z, 90m, 24h or 7d',
        '  --until: "x" is not a time: write 2026-11-20, 2026-11-20T12:00:00Z, 90m, 24h or 7d',
        "",
      ],
    ]);
  });

  const usable = () => ["--format", "jsonl", "--what", "runs", "--out", folder()];

  it("refuses a span that is empty, and formulas in JSON", async () => {
    const span = ["--since", "2026-11-20", "--until", "2026-11-20"];
    expect(await refusal(...usable(), ...span, "--escape-formulas")).to.deep.equal([
      2,
      "",
      [
        "pipegauge: invalid arguments (2 errors):",
        "  --since: 2026-11-20T00:00:00.000Z is not before --until (2026-11-20) and now",
        "  --escape-formulas: only for --format csv",
        "",
      ],
    ]);
  });

  it("refuses a database that is not there or in memory, and creates none", async () => {
    const file = join(folder(), "none.db");
    const at = (url: string) =>
      refusal(...usable(), "--since", "2026-11-20", "--until", "2026-11-21", "--database-url", url);

    expect(await at(`sqlite:${file}`)).to.deep.equal([
      2,
      "",
      [`pipegauge: the database sqlite:${file}: file not found`, ""],
    ]);
    expect(existsSync(file)).to.be.false;
    expect(await at("sqlite::memory:")).to.deep.equal([
      2,
      "",
      ["pipegauge: a database in memory cannot be exported", ""],
    ]);
  });

  it("says why it cannot write", async () => {
    const url = `sqlite:${join(folder(), "ci.db")}`;
    expect((await runProgram(["migrate", "--database-url", url])).code).to.equal(0);
    const blocked = join(folder(), "file");
    writeFileSync(blocked, "");
    const args = ["--format", "csv", "--what", "runs", "--since", "24h", "--database-url", url, "--out", blocked];

    const [code, , [message]] = await refusal(...args);
    expect(code).to.equal(1);
    expect(message).to.match(new RegExp(`^pipegauge: cannot write ${blocked}/runs: ENOTDIR: not a directory`));
  });

  it("shows examples in its help", async () => {
    const { code, stdout } = await runProgram(["export", "--help"]);

    expect(code).to.equal(0);
    expect(stdout).to.match(
      /\nexamples:\n {2}pipegauge export --format parquet --what runs,jobs --since 90d --out warehouse\n/,
    );
  });
});
