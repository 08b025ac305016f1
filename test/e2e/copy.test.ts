import { expect } from "chai";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { copyTables } from "../../src/core/store/maintenance/copy-tables.ts";
import { connect, type Connection } from "../../src/core/store/db/connect.ts";
import { readProgress } from "../../src/core/store/db/progress.ts";
import { builtProgram } from "../support/server/built.ts";
import { databases, noLog, sandbox } from "../support/database/databases.ts";
import { fillLedger } from "../support/database/fill-ledger.ts";
import { runProgram } from "../support/server/program.ts";
import { testServers, type TestServer } from "../support/server/server.ts";
import { readRows } from "../support/database/rows.ts";
import { until } from "../support/wait.ts";
import { processEnvironment } from "../support/environment.ts";

const [sqlite, postgres] = databases;
if (sqlite === undefined || postgres === undefined) throw new Error("both engines have suites");
const root = fileURLToPath(new URL("../..", import.meta.url));

const green = (id: number) => pipelineHook("success", [{ ...unit, id }], { ...over("10:05", 240), id });

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** The real program, killed in the middle of `table`. */
async function copyUntil(args: readonly string[], target: Connection, table: string): Promise<Ended> {
  const env = processEnvironment();
  const command = [builtProgram(), "copy", ...args];
  const child = spawn(process.execPath, command, { cwd: root, env, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve) =>
    child.once("close", (code, signal) => resolve({ code, signal, stderr })),
  );
  const isThere = async () => {
    // Before the target is migrated there is no such table.
    const place = JSON.parse((await readProgress(target.knex, "copy").catch(() => undefined)) ?? "{}") as Place;
    return child.exitCode !== null || (place.after !== null && copyTables[place.table]?.table === table);
  };
  await until(isThere, `copying ${table}`, 60_000);
  child.kill("SIGKILL");
  return ended;
}

interface Place {
  readonly table: number;
  readonly after: unknown;
}

describe("copy, the program", function () {
  this.timeout(120_000);
  const boxes = { SQLite: sandbox(sqlite), PostgreSQL: sandbox(postgres) };
  const start = testServers();

  const ledger = async (server: TestServer) => (await server.request("/metrics/ledger")).text;

  it("SQLite to PostgreSQL and back, killed on the way: the same bytes on /metrics/ledger, and the target carries on", async () => {
    const [source, target, back] = [
      await boxes.SQLite.url(),
      await boxes.PostgreSQL.url("empty"),
      await boxes.SQLite.url("empty"),
    ];
    await fillLedger(await boxes.SQLite.store({ url: source }), 400);
    const one = await start({ databaseUrl: source });
    for (let id = 1; id <= 20; id++) expect((await one.deliver("gitlab", green(id))).status).to.equal(202);
    const text = await ledger(one);
    await one.stop();
    const args = ["--from", source, "--to", target, "--batch", "5"];

    const watching = connect(target, noLog);
    try {
      for (const table of ["runs", "job_completions", "deliveries"]) {
        const { signal, stderr } = await copyUntil(args, watching, table);
        expect(signal, stderr).to.equal("SIGKILL");
      }
    } finally {
      await watching.knex.destroy();
    }
    const finished = await runProgram(args.slice(0, 4).toSpliced(0, 0, "copy"));
    expect(finished.code, finished.stderr).to.equal(0);
    expect(finished.stderr, "it went on where it was").to.match(/^deliveries: [1-9]\d* of \d+$/m);
    expect(finished.stderr).to.not.match(/^runs:/m);
    expect(finished.stdout)
      .to.match(/^copied: .*\b422 runs\b/)
      .and.include("both databases hold the same rows");

    const there = await runProgram(["copy", "--from", target, "--to", back]);
    expect(there.code, there.stderr).to.equal(0);

    const [two, three] = [await start({ databaseUrl: target }), await start({ databaseUrl: back })];
    expect(await ledger(two)).to.equal(text);
    expect(await ledger(three)).to.equal(text);
    expect(text).to.match(/\ncicd_pipeline_runs_total\{.*"success"\} [1-9]/);

    const runs = "cicd_pipeline_runs_total";
    for (const server of [two, three]) {
      const before = (await server.scrape()).total(runs);
      for (let id = 1; id <= 20; id++) expect((await server.deliver("gitlab", green(id))).status).to.equal(200);
      expect((await server.scrape()).total(runs), "nothing old counts again").to.equal(before);
      for (let id = 21; id <= 40; id++) expect((await server.deliver("gitlab", green(id))).status).to.equal(202);
      expect((await server.scrape()).total(runs), "everything new does").to.equal(before + 20);
      const ids = (await readRows(server, "runs")).map(({ id }) => Number(id));
      expect(new Set(ids).size).to.equal(ids.length);
    }
  });

  it("says in one line what it cannot do", async () => {
    const url = await boxes.SQLite.url();
    const cases: readonly (readonly [args: readonly string[], message: RegExp])[] = [
      [[], /^pipegauge: copy needs --from: sqlite:<path> or postgres:/],
      [["--from", url], /^pipegauge: copy needs --to: /],
      [["--from", url, "--to", url], /^pipegauge: --from and --to are the same database/],
      [
        ["--from", `${url}.absent`, "--to", url],
        /^pipegauge: --from: cannot use the database sqlite:.*: file not found/,
      ],
      [["--from", "mysql://x", "--to", url], /^pipegauge: --from: the URL is neither/],
      [
        ["--from", url, "--to", "postgres://u:canary@127.0.0.1:1/x"],
        /^pipegauge: --to: cannot use the database postgres:\/\/u:\*\*\*@.*ECONNREFUSED/,
      ],
      [["--from", url, "--to", `${url}2`, "--batch", "0"], /^pipegauge: --batch: "0" is not a number of rows/],
    ];
    for (const [args, message] of cases) {
      const { code, stdout, stderr } = await runProgram(["copy", ...args]);
      expect([code, stdout], stderr).to.deep.equal([2, ""]);
      expect(stderr)
        .to.match(message)
        .and.match(/^[^\n]+\n$/)
        .and.not.include("canary");
    }
  });
});
