import { expect } from "chai";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runOnTerminal, runProgram } from "../support/server/program.ts";
import { testServers, type TestServer } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";
import { fillReadingLedger } from "./reading-ledger.ts";

const folder = fileURLToPath(new URL("golden/", import.meta.url));

/** What differs from run to run: the port, how long the server is up, days of a span, the place of a page. */
function settle(text: string, { url }: TestServer): string {
  return text
    .replaceAll("\r\n", "\n")
    .replaceAll(url, "http://127.0.0.1:PORT")
    .replaceAll(/up for (\d+ \w+ ?)+,/g, "up for SOME TIME,")
    .replaceAll(/from [\d-]+ [\d:]+ to [\d-]+ [\d:]+ UTC/g, "from THEN to NOW UTC")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME");
}

describe("commands that ask a server: what they print", () => {
  const start = testServers("shared");
  let server: TestServer;

  before(async () => {
    server = await start();
    await fillReadingLedger(server);
  });

  function compare(name: string, printed: string): void {
    const file = `${folder}${name}.txt`;
    const text = settle(printed, server);
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
    expect(text).to.equal(readFileSync(file, "utf8"));
  }

  const cases: readonly (readonly [name: string, ...args: string[]])[] = [
    ["status", "status"],
    ["runs", "runs"],
    ["runs-none", "runs", "--project", "team/none"],
    ["runs-page", "runs", "--limit", "1"],
    ["run", "run", "2"],
    ["run-hostile", "run", "3"],
    ["jobs", "jobs", "--result", "failure,timeout"],
    ["deliveries", "deliveries"],
    ["red-main", "insights", "red-main"],
    ["failures", "insights", "failures"],
    ["waste", "insights", "waste", "--by", "project"],
    ["runners", "insights", "runners"],
    ["report", "report", "--since", "7d"],
  ];
  for (const [name, ...args] of cases) {
    it(`${args.join(" ")}, as a table without a terminal`, async () => {
      const { code, stdout, stderr } = await runProgram([...args, "--table"], { PIPEGAUGE_URL: server.url });

      expect([code, stderr]).to.deep.equal([0, ""]);
      compare(name, stdout);
    });
  }

  for (const columns of [120, 72, 40])
    it(`fits a terminal of ${columns} columns`, async function () {
      requireTool.call(this, "script");
      for (const [name, ...args] of [
        ["runs", "runs"],
        ["run-hostile", "run", "3"],
        ["status", "status"],
      ] as const) {
        const { code, stdout } = await runOnTerminal(args, { PIPEGAUGE_URL: server.url, NO_COLOR: "1" }, columns);
        expect(code, stdout).to.equal(0);
        compare(`${name}-${columns}`, stdout);
      }
    });

  it("colours results on a terminal", async function () {
    requireTool.call(this, "script");
    const { stdout } = await runOnTerminal(["runs"], { PIPEGAUGE_URL: server.url });

    expect(stdout).to.include("\u001b[32m✓ success\u001b[0m").and.to.include("\u001b[31m✗ failure\u001b[0m");
  });

  it("is the JSON of the read API where there is no terminal", async () => {
    for (const [path, ...args] of [
      ["runs?project=team%2Fshop", "runs", "--project", "team/shop"],
      ["runs/3", "run", "3"],
      ["jobs", "jobs"],
      ["deliveries?outcome=dead_letter", "deliveries", "--outcome", "dead_letter"],
      ["insights/failures?limit=1", "insights", "failures", "--limit", "1"],
    ] as const) {
      const { stdout } = await runProgram(args, { PIPEGAUGE_URL: server.url });
      const { json } = await server.request(`/api/v1/${path}`);
      // The cursor of an insight holds its span, which moves with the clock.
      const withoutSpan = (value: object) => ({ ...value, since: "", until: "", next_cursor: "" });
      expect(withoutSpan(JSON.parse(stdout) as object), path).to.deep.equal(withoutSpan(json));
    }
  });
});
