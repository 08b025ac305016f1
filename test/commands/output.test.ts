import { expect } from "chai";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshFolder } from "../support/folder.ts";
import { runOnTerminal, runProgram } from "../support/server/program.ts";
import { requireTool } from "../support/tools.ts";

describe("results for programs", () => {
  const folder = freshFolder();
  const database = (name = "ci.db") => ["--database-url", `sqlite:${join(folder(), name)}`];

  /** The JSON that a command prints. */
  async function read(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const { code, stdout, stderr } = await runProgram(args, env);
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout);
  }

  it("are JSON with --json and with -o json, alone on stdout", async () => {
    const first = (await read(["migrate", ...database(), "--json"])) as { new_database: boolean; applied: string[] };
    expect(first.new_database).to.equal(true);
    expect(first.applied).to.have.length.above(5);
    expect(await read(["migrate", ...database(), "-o", "json"])).to.deep.equal({ new_database: false, applied: [] });
    expect(await read(["replay", ...database(), "--json"])).to.deep.equal({
      matched: 0,
      without_body: 0,
      outcomes: {},
    });
    expect(await read(["rebuild", ...database(), "--dry-run", "--json"])).to.deep.include({
      dry_run: true,
      day_cube_rows: 0,
      orphans: 0,
      too_low: [],
    });
    const copied = ["copy", "--from", `sqlite:${join(folder(), "ci.db")}`, "--to", `sqlite:${join(folder(), "to.db")}`];
    expect(await read([...copied, "--json"]))
      .to.have.property("rows")
      .that.includes({ runs: 0 });
  });

  it("of check-config hold numbers of secrets, and the warnings", async () => {
    const checked = await read(["check-config", ...database("no.db"), "--json"], { PIPEGAUGE_GITLAB_SECRET: "canary" });

    expect(JSON.stringify(checked)).to.not.include("canary");
    expect(checked).to.deep.include({
      ok: true,
      this_host_only: false,
      api_tokens: 0,
      warnings: ["source gitlab has a secret of less than 16 characters, which can be guessed"],
    });
  });

  it("have a format that is misspelt refused", async () => {
    expect((await runProgram(["migrate", ...database(), "-o", "jsn"])).stderr).to.equal(
      'pipegauge: --output: "jsn" is not one of its values: did you mean json?\n',
    );
    expect(existsSync(join(folder(), "ci.db"))).to.equal(false);
  });
});

describe("a database that is new", () => {
  const folder = freshFolder();

  it("is made in a new folder, but not below one that is missing", async () => {
    const made = await runProgram(["migrate", "--database-url", `sqlite:${join(folder(), "new", "ci.db")}`]);
    const slip = join(folder(), "wrong", "place", "ci.db");
    const refused = await runProgram(["migrate", "--database-url", `sqlite:${slip}`]);

    expect(made.code, made.stderr).to.equal(0);
    expect([refused.code, refused.stdout]).to.deep.equal([2, ""]);
    expect(refused.stderr).to.equal(
      `pipegauge: cannot use the database sqlite:${slip}: the folder ${join(folder(), "wrong")} does not exist: make it, or correct the path\n`,
    );
    expect(existsSync(join(folder(), "wrong"))).to.equal(false);
  });

  it("is warned of by migrate, a start and every command that opens it, once", async () => {
    const file = join(folder(), "ci.db");
    const env = { PIPEGAUGE_DATABASE_URL: `sqlite:${file}`, PIPEGAUGE_PORT: "0" };
    const message = `new database: there was no SQLite file ${file}. If there should be one, correct the database URL`;
    const serve = async () => {
      const { stdout } = await runProgram([], env, (output, program) => {
        if (output.includes('"listening"')) program.kill("SIGTERM");
      });
      return stdout;
    };

    expect(await serve())
      .to.include(`{"level":"warn"`)
      .and.to.include(message);
    expect(await serve()).to.not.include("new database");
    for (const command of ["migrate", "replay", "rebuild"]) {
      const other = { PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder(), `${command}.db`)}` };
      expect((await runProgram([command], other)).stderr, command).to.include("new database: there was no SQLite file");
      expect((await runProgram([command], other)).stderr, command).to.equal("");
    }
  });
});

describe("--print-config", () => {
  const folder = freshFolder();

  it("names the origin of each value", async () => {
    const yaml = join(folder(), "p.yaml");
    writeFileSync(yaml, "retentionDays: 90\nmaxJobs: 5\nsources: [{name: lab, provider: gitlab, secret: s}]\n");
    const token = join(folder(), "token");
    writeFileSync(token, "t");
    const env = { PIPEGAUGE_CONFIG: yaml, PIPEGAUGE_API_TOKEN_FILE: token, PORT: "81", PIPEGAUGE_GITHUB_SECRET: "x" };

    const { stdout } = await runProgram(["--print-config", "--host", "127.0.0.1"], env);

    const { origins, ...values } = JSON.parse(stdout) as { origins: Record<string, string> };
    expect(origins).to.deep.include({
      host: "--host",
      port: "PORT",
      databaseUrl: "default",
      retentionDays: `${yaml}: retentionDays`,
      jobsMax: `${yaml}: maxJobs`,
      apiTokens: "PIPEGAUGE_API_TOKEN_FILE",
      metricsTokens: "default",
      sources: `${yaml}: sources, PIPEGAUGE_GITHUB_SECRET`,
    });
    const derived = ["exporterEnvironment"];
    expect(Object.keys(values).filter((key) => !derived.includes(key) && origins[key] === undefined)).to.deep.equal([]);
  });
});

describe("marks and colours", () => {
  before(function () {
    requireTool.call(this, "script");
  });

  it("are on a terminal alone, and NO_COLOR turns colours off", async () => {
    const args = ["check-config"];
    const env = { PIPEGAUGE_API_TOKEN: "change-me-please" };
    const [terminal, plain, pipe] = await Promise.all([
      runOnTerminal(args, env),
      runOnTerminal(args, { ...env, NO_COLOR: "1" }),
      runProgram(args, env),
    ]);

    expect(terminal.stdout.startsWith("\u001b[32m✓\u001b[0m ok"), terminal.stdout).to.equal(true);
    expect(terminal.stdout).to.include("\u001b[33m!\u001b[0m warning: PIPEGAUGE_API_TOKEN has a secret that stands in");
    expect(plain.stdout)
      .to.match(/^✓ ok\r?\n/)
      .and.to.not.include("\u001b");
    expect(pipe.stdout)
      .to.match(/^ok\n/)
      .and.to.match(/^warning: /m);
  });
});
