import { expect } from "chai";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { insightNames } from "../../src/commands/insights/insight-names.ts";
import { commands } from "../../src/commands/index.ts";
import { endpoints } from "../../src/http/api/openapi.ts";
import { freshFolder } from "../support/folder.ts";
import { freePort } from "../support/port.ts";
import { runOnTerminal, runProgram } from "../support/server/program.ts";
import { testServers } from "../support/server/server.ts";
import { requireTool } from "../support/tools.ts";
import { until } from "../support/wait.ts";

const token = "a-token-of-sixteen-characters-or-more";

describe("commands that ask a server", () => {
  const start = testServers();
  const folder = freshFolder();

  it("have the filters of the read API, all of them and no others", () => {
    const flags = (name: string) => {
      const own = Object.keys(commands.find((command) => command.name === name)?.flags ?? {});
      return own
        .filter((flag) => !["url", "output", "json", "table"].includes(flag))
        .map((flag) => flag.replaceAll("-", "_"));
    };
    const parameters = (path: string) =>
      // The form of the result is chosen by the flags of the output.
      Object.keys(endpoints.find((endpoint) => endpoint.path === `/api/v1/${path}`)?.parameters ?? {}).filter(
        (name) => name !== "format",
      );
    const insights = endpoints.filter(({ path, id }) => path.startsWith("/api/v1/insights/") && id !== "getWhatIf");

    for (const name of ["runs", "jobs", "deliveries"]) expect(flags(name)).to.have.members(parameters(name));
    expect(flags("insights")).to.have.members([...new Set(insights.flatMap((one) => Object.keys(one.parameters)))]);
    expect(insights.map(({ path }) => path.replace("/api/v1/insights/", ""))).to.have.members([...insightNames]);
  });

  it("understand a filter as the API spells it, and take flags before the command", async () => {
    const { url } = await start();

    const { code, stdout } = await runProgram(["--url", url, "runs", "--default_branch=true", "--json"]);

    expect([code, JSON.parse(stdout)]).to.deep.equal([0, { runs: [], next_cursor: null, truncated: false }]);
  });

  it("end with 2 and the nearest name for what does not exist", async () => {
    const { url } = await start();
    const refused = async (...args: string[]) => {
      const { code, stdout, stderr } = await runProgram(args, { PIPEGAUGE_URL: url });
      expect([code, stdout]).to.deep.equal([2, ""]);
      return stderr;
    };

    expect(await refused("runs", "--result", "failre")).to.equal(
      'pipegauge: result must be one of success, failure, error, timeout, cancellation, skip, got "failre", did you mean failure?\n',
    );
    expect(await refused("runs", "--projekt", "x")).to.equal(
      "pipegauge: --projekt is not a flag: did you mean --project?\n",
    );
    expect(await refused("insights", "flakey")).to.equal(
      'pipegauge: "flakey" is not an insight: did you mean flaky?\n',
    );
    expect(await refused("insights")).to.match(
      /^pipegauge: the name of the insight is missing: there are flaky, red-main/,
    );
    expect(await refused("insights", "failures", "--target", "5")).to.match(/^pipegauge: unknown parameter "target"/);
    expect(await refused("run")).to.match(/^pipegauge: the run is missing/);
    expect(await refused("run", "abc")).to.include("pipegauge runs --native-id");
    expect(await refused("open", "pipline")).to.include("did you mean pipelines?");
    expect(await refused("status", "--url", "ftp://x")).to.include('--url: "ftp://x" is not a web address');
    expect(await refused("status", "--url", "http://u:canary@h")).to.not.include("canary");
    expect(await refused("report", "--since", "200d")).to.include("92 days");
  });

  it("end with 1 for a run that is not there", async () => {
    const { url } = await start();

    const { code, stderr } = await runProgram(["run", "7"], { PIPEGAUGE_URL: url });

    expect([code, stderr]).to.deep.equal([
      1,
      `pipegauge: ${url}/ answered 404: run 7 not found (never existed or expired)\n`,
    ]);
  });

  it("end with 4 where no server answers, and with 1 where another program does", async () => {
    const port = await freePort();
    const { code, stderr } = await runProgram(["status"], { PIPEGAUGE_URL: `http://127.0.0.1:${port}` });
    expect(code).to.equal(4);
    expect(stderr).to.match(
      /^pipegauge: http:\/\/127\.0\.0\.1:\d+\/ cannot be reached \(.*ECONNREFUSED.*\): is the server running.*\n$/,
    );

    const other = createServer((_, response) => response.end("<html>\u001b[31mlog in</html>")).listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port: taken } = other.address() as AddressInfo;
    const page = await runProgram(["status"], { PIPEGAUGE_URL: `http://127.0.0.1:${taken}` });
    other.close();
    expect(page.code).to.equal(1);
    expect(page.stderr).to.include("did not answer as Pipegauge does (status 200)").and.to.not.include("\u001b");
  });

  it("end with 5 and the way out where the token is missing or wrong, and never show it", async () => {
    const { url } = await start({ env: { PIPEGAUGE_API_TOKEN: token } });
    const file = join(folder(), "token");
    writeFileSync(file, `${token}\n`);
    const run = (env: Record<string, string>) => runProgram(["status", "--json"], { PIPEGAUGE_URL: url, ...env });

    const [missing, wrong, right, first] = await Promise.all([
      run({}),
      run({ PIPEGAUGE_API_TOKEN: "canary" }),
      run({ PIPEGAUGE_API_TOKEN_FILE: file }),
      run({ PIPEGAUGE_API_TOKEN: `${token},old` }),
    ]);

    expect([missing.code, missing.stderr]).to.deep.equal([
      5,
      `pipegauge: ${url}/ asks for a token: set PIPEGAUGE_API_TOKEN, or PIPEGAUGE_API_TOKEN_FILE to a file with it\n`,
    ]);
    expect(wrong.code).to.equal(5);
    expect(wrong.stderr).to.include("refuses the token of PIPEGAUGE_API_TOKEN").and.to.not.include("canary");
    expect([right.code, first.code]).to.deep.equal([0, 0]);
  });
});

describe("open", () => {
  const folder = freshFolder();
  const env = { PIPEGAUGE_URL: "https://ci.example.com/gauge?x=1#y" };

  it("prints the address, and opens nothing without a terminal", async () => {
    const opened = join(folder(), "opened");
    const bin = browser(opened);
    const run = (...args: string[]) => runProgram(["open", ...args], { ...env, PATH: bin, DISPLAY: ":0" });

    expect((await run()).stdout).to.equal("https://ci.example.com/gauge/ui/\n");
    expect((await run("93")).stdout).to.equal("https://ci.example.com/gauge/ui/runs/93\n");
    expect(JSON.parse((await run("runs", "--json")).stdout)).to.deep.equal({
      url: "https://ci.example.com/gauge/ui/runs",
    });
    expect(existsSync(opened)).to.equal(false);
  });

  it("calls the browser command of a terminal with a display, with the address as its only argument", async function () {
    requireTool.call(this, "script");
    const opened = join(folder(), "opened");
    const path = `${browser(opened)}:${process.env["PATH"] ?? ""}`;
    const address = "https://ci.example.com/$(touch pwned);'\"&";

    await runOnTerminal(["open"], { PIPEGAUGE_URL: address, PATH: path, DISPLAY: ":0" });
    await until(
      () => existsSync(opened) && readFileSync(opened, "utf8").endsWith("\n"),
      "the browser command was called",
    );

    expect(readFileSync(opened, "utf8")).to.equal("1 https://ci.example.com/$(touch%20pwned);'%22&/ui/\n");
    expect(existsSync("pwned")).to.equal(false);
  });

  /** A folder with a browser command that writes down how it was called. */
  function browser(opened: string): string {
    const file = join(folder(), "xdg-open");
    writeFileSync(file, `#!/bin/sh\nprintf '%s %s\\n' "$#" "$*" > '${opened}'\n`);
    chmodSync(file, 0o755);
    return folder();
  }
});
