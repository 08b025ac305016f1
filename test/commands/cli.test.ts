import { expect } from "chai";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshFolder } from "../support/folder.ts";
import { runProgram } from "../support/server/program.ts";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly version: string;
  readonly description: string;
};

describe("command line", () => {
  const folder = freshFolder();

  it("--version says which, in the first line alone, and what it is made of", async () => {
    const { code, stdout, stderr } = await runProgram(["--version"]);

    expect([code, stderr]).to.deep.equal([0, ""]);
    const lines = stdout.split("\n");
    expect(lines[0]).to.equal(`pipegauge ${manifest.version}`);
    // What the tests compile is no build, see scripts/build.js.
    expect(lines[1]).to.equal("commit unknown, built at an unknown time");
    expect(lines[2]).to.match(
      new RegExp(
        `^Node.js ${process.versions.node}, SQLite 3\\.[\\d.]+ \\(better-sqlite3 [\\d.]+\\), PostgreSQL \\(pg [\\d.]+\\)$`,
      ),
    );
  });

  it("--help names every command and flag", async () => {
    const { code, stdout, stderr } = await runProgram(["--help"]);

    expect([code, stderr]).to.deep.equal([0, ""]);
    expect(stdout).to.include(manifest.description);
    for (const name of [
      "serve",
      "migrate",
      "replay",
      "import",
      "rebuild",
      "copy",
      "export",
      "check-config",
      "healthcheck",
      "hooks",
      "demo",
    ]) {
      expect(stdout).to.match(new RegExp(`^  ${name} +[a-z]`, "m"));
    }
    for (const flag of [
      "host",
      "port",
      "database-url",
      "config",
      "log-level",
      "log-format",
      "print-config",
      "help",
      "version",
    ]) {
      expect(stdout).to.match(new RegExp(`^  (-., )?--${flag}\\b`, "m"));
    }
  });

  it("<command> --help names the command's own flags, even where settings are wrong", async () => {
    const { code, stdout } = await runProgram(["replay", "-h"], { PIPEGAUGE_PORT: "x" });

    expect(code).to.equal(0);
    expect(stdout).to.match(/^pipegauge replay: /);
    for (const flag of ["source", "since", "dead", "config"]) expect(stdout).to.include(`  --${flag}`);
  });

  it("--print-config shows the settings in force and no secret", async () => {
    const secret = join(folder(), "secret");
    writeFileSync(secret, "canary-file");
    const yaml = join(folder(), "p.yaml");
    writeFileSync(yaml, "sources: [{name: lab, provider: gitlab, secrets: [canary-one, canary-two]}]\n");

    const { code, stdout, stderr } = await runProgram(["--print-config", "--port", "9"], {
      PIPEGAUGE_CONFIG: yaml,
      PIPEGAUGE_TEKTON_SECRET_FILE: secret,
      PIPEGAUGE_METRICS_TOKEN: "canary-token",
      PIPEGAUGE_API_TOKEN: "canary-api",
      PIPEGAUGE_GITLAB_TOKEN: "canary-gitlab",
      PRPC_PSK: "canary-psk",
      PIPEGAUGE_DATABASE_URL: "postgres://ci:canary-db@db.example.com/ci?sslpassword=canary-ssl",
      PIPEGAUGE_LOG_LEVEL: "debug",
    });

    expect([code, stderr]).to.deep.equal([0, ""]);
    expect(stdout).to.not.include("canary");
    const printed = JSON.parse(stdout) as { sources: unknown[] };
    expect(printed).to.include({
      host: "0.0.0.0",
      port: 9,
      databaseUrl: "postgres://ci:***@db.example.com/ci?sslpassword=***",
    });
    expect(printed.sources[0]).to.deep.equal({
      name: "lab",
      provider: "gitlab",
      secrets: ["***", "***"],
      keepBodies: false,
      settings: {},
    });
  });

  it("serves when no command is named, and ends with 0 on SIGTERM", async () => {
    const env = { PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder(), "ci.db")}`, PIPEGAUGE_PORT: "0" };

    const { code, stdout, stderr } = await runProgram([], env, (output, program) => {
      if (output.includes('"listening"')) program.kill("SIGTERM");
    });

    expect([code, stderr]).to.deep.equal([0, ""]);
    expect(stdout).to.match(/"host":"127\.0\.0\.1"/);
  });

  const refused: readonly (readonly [string, readonly string[], Readonly<Record<string, string>>, string])[] = [
    [
      "an unknown variable",
      [],
      { PIPEGAUGE_HOTS: "x" },
      "PIPEGAUGE_HOTS is not a setting: did you mean PIPEGAUGE_HOST?",
    ],
    [
      "a bad database URL",
      ["serve", "--database-url", "mysql://u:canary@h/d"],
      {},
      "--database-url: the URL is neither sqlite:<path> nor postgres://user:password@host/database",
    ],
    ["an unknown command", ["srve"], {}, '"srve" is not a command: did you mean serve?'],
    [
      "a word that is no command at all",
      ["frobnicate"],
      {},
      '"frobnicate" is not a command: there are serve, migrate, replay, import, rebuild, retire, copy, export, check-config, healthcheck, hooks, exporter, sidecar, demo, status, runs, run, jobs, insights, deliveries, report, open, completion, help',
    ],
    ["an unknown flag", ["replay", "--soruce", "x"], {}, "--soruce is not a flag: did you mean --source?"],
    ["a flag of another command", ["serve", "--dead"], {}, "--dead is not a flag: see --help"],
    [
      "a moment that is none",
      ["replay", "--since", "yesterday"],
      {},
      '--since: "yesterday" is not a time: write 2026-11-20, 2026-11-20T12:00:00Z, 90m, 24h or 7d',
    ],
  ];

  for (const [name, args, env, message] of refused) {
    it(`ends with 2 and one line on ${name}`, async () => {
      expect(await runProgram(args, env)).to.deep.equal({ code: 2, stdout: "", stderr: `pipegauge: ${message}\n` });
    });
  }

  it("shows several faults as one block", async () => {
    const { code, stderr } = await runProgram(["check-config"], { PIPEGAUGE_PORT: "x", PIPEGAUGE_HOST: "0.0.0.0" });

    expect(code).to.equal(2);
    expect(stderr.split("\n")).to.deep.equal([
      "pipegauge: invalid configuration (2 errors):",
      '  PIPEGAUGE_PORT: "x" is not a port: give a whole number from 0 to 65535',
      "  host 0.0.0.0 is on a network, but no source has a secret: set PIPEGAUGE_GITLAB_SECRET (or _TEKTON_, _JENKINS_, _GITHUB_, or PRPC_PSK), or PIPEGAUGE_ALLOW_UNAUTHENTICATED=true to accept deliveries from anyone, or host 127.0.0.1",
      "",
    ]);
  });

  it("check-config says what a server would do, and makes no database", async () => {
    const file = join(folder(), "ci.db");

    const { code, stdout } = await runProgram(["check-config", `--database-url=sqlite:${file}`], {
      PIPEGAUGE_GITLAB_SECRET: "new,old",
      PIPEGAUGE_METRICS_TOKEN: "t",
    });

    expect(code).to.equal(0);
    expect(stdout.split("\n")).to.deep.equal([
      "ok",
      "listens on 0.0.0.0:8080",
      `stores in SQLite file ${file}`,
      "source gitlab (gitlab): 2 secrets",
      "source tekton (tekton): no secret: refuses all deliveries",
      "source jenkins (jenkins): no secret: refuses all deliveries",
      "source github (github): no secret: refuses all deliveries",
      "/metrics is protected by 1 token",
      "the page and the read API are closed: set PIPEGAUGE_API_TOKEN",
      "unfinished runs are shown as stale after 7 days without a delivery",
      "warning: source gitlab has a secret of less than 16 characters, which can be guessed",
      "warning: PIPEGAUGE_METRICS_TOKEN has a secret of less than 16 characters, which can be guessed",
      "",
    ]);
    expect(existsSync(file)).to.be.false;
  });

  it("check-config warns when deliveries from anyone are accepted", async () => {
    const { stdout } = await runProgram(
      ["check-config", "--database-url", "postgres://ci:canary@db.example.com/runs"],
      {
        PIPEGAUGE_ALLOW_UNAUTHENTICATED: "true",
      },
    );

    expect(stdout).to.include("source jenkins (jenkins): no secret: accepts deliveries from anyone\n");
    expect(stdout).to.include("stores in PostgreSQL database runs on db.example.com:5432 as ci\n");
    expect(stdout).to.not.include("canary");
  });
});
