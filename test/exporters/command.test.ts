import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { builtProgram } from "../support/server/built.ts";
import { processEnvironment } from "../support/environment.ts";
import { freshFolder } from "../support/folder.ts";
import { runProgram } from "../support/server/program.ts";
import { startPushgateway, type Pushgateway } from "../support/exposition/pushgateway.ts";
import { until } from "../support/wait.ts";

const own = `
import { Gauge } from "pipegauge/sdk";
export const jobName = "OwnExporter";
export const help = "own [words]: shows what it is given";
export async function gatherMetrics(registry, { args, debug }) {
  console.error("gathering");
  setInterval(() => undefined, 1000);
  if (args.includes("fail")) throw new Error("the switch is away");
  new Gauge("own_words", "Words", ["words", "debug"], registry).labels(args.join(" "), debug).set(args.length);
}`;

describe("pipegauge exporter", () => {
  const folder = freshFolder();
  beforeEach(() => {
    writeFileSync(join(folder(), "own.js"), own);
    writeFileSync(
      join(folder(), "config.yaml"),
      "exportersFolder: .\nexporters: [{ name: script, command: [echo, scripted 1], output: stdout, jobName: ScriptExporter }, { name: bad, command: ['false'] }]\n",
    );
  });
  const run = (...words: readonly string[]) =>
    runProgram(["exporter", ...words], { PIPEGAUGE_CONFIG: join(folder(), "config.yaml") });
  const shown = (words: string, count: number, debug = false) =>
    `# HELP own_words Words\n# TYPE own_words gauge\nown_words{words="${words}",debug="${debug}"} ${count}\n`;

  it("prints an exporter's metrics, with any output of its own", async () => {
    expect(await run("own", "a", "b c")).to.deep.equal({ code: 0, stdout: shown("a b c", 2), stderr: "gathering\n" });
  });

  it("takes the older command line", async () => {
    expect((await run("--debug", "--x", "--exporter", "own")).stdout).to.equal(shown("--x", 1, true));
  });

  it("runs programs too", async () => {
    expect(await run("script")).to.deep.equal({ code: 0, stdout: "scripted 1\n", stderr: "" });
  });

  it("ends the exporter's program when it gets SIGTERM", async () => {
    const [config, pidFile] = [join(folder(), "endless.yaml"), join(folder(), "pid")];
    const script = `echo $$ >${pidFile}.new && mv ${pidFile}.new ${pidFile}; exec sleep 600`;
    writeFileSync(config, JSON.stringify({ exporters: [{ name: "endless", command: ["sh", "-c", script] }] }));
    const program = spawn(process.execPath, [builtProgram(), "exporter", "endless"], {
      env: processEnvironment({ PIPEGAUGE_CONFIG: config }),
    });
    const ended = once(program, "exit");
    await until(() => existsSync(pidFile), "its start");
    program.kill("SIGTERM");

    expect(await ended).to.deep.equal([null, "SIGTERM"]);
    expect(() => process.kill(Number(readFileSync(pidFile, "utf8")), 0)).to.throw("ESRCH");
  });

  it("writes to a file, and prints nothing with --no-print", async () => {
    const file = join(folder(), "out.prom");

    expect(await run("own", "--no-print", "--output-filename", file)).to.include({ code: 0, stdout: "" });
    expect(readFileSync(file, "utf8")).to.equal(shown("", 0));
  });

  it("shows an exporter's own help", async () => {
    expect(await run("own", "--help")).to.include({ code: 0, stdout: "own [words]: shows what it is given\n" });
  });

  it("shows its own help without a name", async () => {
    const { code, stdout } = await run();

    expect(code).to.equal(0);
    expect(stdout).to.match(/^usage: pipegauge exporter <name>/);
    expect((await run("--help")).stdout).to.include("--pushgateway-address HOST:PORT");
  });

  it("ends with 255 where there is no such exporter", async () => {
    for (const name of ["nosuch", "..", "own.js"]) {
      expect(await run("--exporter", name), name).to.deep.equal({
        code: 255,
        stdout: "Exporter not found.\n",
        stderr: "",
      });
    }
  });

  it("ends with 1 where the exporter fails", async () => {
    const failed = await run("own", "fail");
    expect(failed).to.include({ code: 1, stdout: "" });
    expect(failed.stderr).to.equal("gathering\npipegauge exporter own: the switch is away\n");

    expect(await run("bad")).to.deep.equal({
      code: 1,
      stdout: "",
      stderr: "pipegauge exporter bad: exporter bad ended with status 1\n",
    });
  });

  it("ends with 1 where the Pushgateway is away, after it has printed", async () => {
    const { code, stdout, stderr } = await run("own", "--pushgateway-address", "127.0.0.1:1");

    expect([code, stdout]).to.deep.equal([1, shown("", 0)]);
    expect(stderr).to.match(/the Pushgateway at 127\.0\.0\.1:1 did not answer/);
  });

  describe("with a real Pushgateway", () => {
    let gateway: Pushgateway;
    before(async function () {
      gateway = await startPushgateway.call(this);
    });
    after(() => gateway?.stop());

    it("pushes under the exporter's job", async () => {
      expect((await run("own", "--no-print", "--pushgateway-address", gateway.address)).code).to.equal(0);
      expect(await gateway.shown()).to.include('\nown_words{debug="false",instance="",job="OwnExporter",words=""} 0\n');

      expect((await run("dummy", `--pushgateway-address=http://${gateway.address}`)).code).to.equal(0);
      expect(await gateway.shown()).to.include('\ndummy_gauge{instance="",job="DummyExporter"} 0\n');

      expect((await run("script", "--pushgateway-address", gateway.address)).code).to.equal(0);
      expect(await gateway.shown()).to.include('\nscripted{instance="",job="ScriptExporter"} 1\n');
    });
  });
});
