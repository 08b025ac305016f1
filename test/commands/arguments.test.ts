import { expect } from "chai";
import { join } from "node:path";
import { commands } from "../../src/commands/index.ts";
import { splitCommandLine } from "../../src/commands/find-command.ts";
import { commonFlags, configFlags } from "../../src/config/flags.ts";
import { freshFolder } from "../support/folder.ts";
import { runProgram } from "../support/server/program.ts";

describe("help", () => {
  it("help <command> prints what <command> --help prints", async () => {
    const [help, flag, short] = await Promise.all(
      [
        ["help", "replay"],
        ["replay", "--help"],
        ["replay", "-h"],
      ].map((args) => runProgram(args)),
    );

    expect(help).to.deep.equal(flag).and.to.deep.equal(short).and.to.include({ code: 0, stderr: "" });
    expect(help?.stdout).to.match(/^pipegauge replay: /);
  });

  it("help alone prints the general help", async () => {
    const [help, flag] = await Promise.all([runProgram(["help"]), runProgram(["--help"])]);

    expect(help).to.deep.equal(flag);
    expect(help.stdout).to.include("pipegauge help <command>");
  });

  it("help of a command that does not exist names the nearest", async () => {
    expect(await runProgram(["help", "replya"])).to.deep.equal({
      code: 2,
      stdout: "",
      stderr: 'pipegauge: "replya" is not a command: did you mean replay?\n',
    });
  });

  it("of every command has a usage line, examples and a page, and settings only where they count", async () => {
    for (const { name, settings } of commands) {
      const { stdout } = await runProgram(["help", name]);
      expect(stdout, name).to.match(new RegExp(`^usage: pipegauge ${name}\\b.*\\[flags\\]$`, "m"));
      expect(stdout, name).to.match(/^examples:\n( {2}pipegauge [^\n]+\n){1,3}\ndocs: docs\/[\w/#.-]+\n$/m);
      for (const flag of Object.keys(configFlags))
        expect(stdout.includes(`  --${flag}`), `${name} --${flag}`).to.equal(settings.includes(flag));
    }
  });

  it("of copy, replay and hooks shows no flag that makes no difference to them", async () => {
    const flags = ["--host", "--port", "--database-url"];
    const shown = async (name: string) => {
      const { stdout } = await runProgram([name, "--help"]);
      return flags.filter((flag) => stdout.includes(`  ${flag} `));
    };

    expect(await shown("copy")).to.deep.equal([]);
    expect(await shown("hooks")).to.deep.equal([]);
    expect(await shown("replay")).to.deep.equal(["--database-url"]);
    expect(await shown("healthcheck")).to.deep.equal(["--host", "--port"]);
  });
});

describe("flags before the command", () => {
  const folder = freshFolder();

  it("count as those after it", async () => {
    const url = `sqlite:${join(folder(), "ci.db")}`;

    const { code, stdout } = await runProgram([
      "--database-url",
      url,
      "--port=9",
      "check-config",
      "--log-level",
      "debug",
    ]);

    expect(code).to.equal(0);
    expect(stdout).to.include("listens on 127.0.0.1:9 ").and.to.include(`stores in SQLite file ${folder()}`);
  });

  it("may be flags of the command itself, also where they take a value", async () => {
    const { code, stderr } = await runProgram(["--since", "yesterday", "replay"]);

    expect([code, stderr]).to.deep.equal([
      2,
      'pipegauge: --since: "yesterday" is not a time: write 2026-11-20, 2026-11-20T12:00:00Z, 90m, 24h or 7d\n',
    ]);
  });

  it("that ask for help show that of the command", async () => {
    expect(await runProgram(["--help", "copy"])).to.deep.equal(await runProgram(["copy", "--help"]));
  });

  it("of the program `exporter` calls are refused, and its own words are passed on", async () => {
    const { code, stdout, stderr } = await runProgram(["--log-level", "debug", "exporter", "dummy"]);

    expect([code, stdout]).to.deep.equal([2, ""]);
    expect(stderr).to.equal(
      "pipegauge: exporter takes no flags before its name: what follows the name goes to the exporter\n",
    );
  });

  it("have the same type in every command", () => {
    const all = [configFlags, commonFlags, ...commands.map(({ flags }) => flags)];
    const types = new Map<string, string>();
    for (const [name, { type, short }] of all.flatMap((flags) => Object.entries(flags)))
      for (const spelling of short === undefined ? [name] : [name, `-${short}`]) {
        expect(types.get(spelling) ?? type, spelling).to.equal(type);
        types.set(spelling, type);
      }
  });

  it("that do not exist name no command: what follows may be their value", () => {
    expect(splitCommandLine(["--nope", "replay"], commands).name).to.equal(undefined);
    expect(splitCommandLine(["--nope=1", "replay"], commands).name).to.equal("replay");
  });
});

describe("wrong arguments", () => {
  it("are called arguments, and settings configuration", async () => {
    const { stderr } = await runProgram(["check-config", "extra", "--foo"]);
    const mixed = await runProgram(["check-config", "extra"], { PIPEGAUGE_PORT: "x" });

    expect(stderr).to.equal(
      'pipegauge: invalid arguments (2 errors):\n  "extra" is an unexpected argument\n  --foo is not a flag: see --help\n',
    );
    expect(mixed.stderr).to.match(/^pipegauge: invalid configuration \(2 errors\):\n/);
  });

  it("of hooks name the provider that is none", async () => {
    const hint = "pipegauge hooks gitlab … or pipegauge hooks github …";

    expect((await runProgram(["hooks", "bitbucket"])).stderr).to.equal(
      `pipegauge: "bitbucket" is not gitlab or github: ${hint}\n`,
    );
    expect((await runProgram(["hooks"])).stderr).to.equal(`pipegauge: the provider is missing: ${hint}\n`);
  });

  it("-V prints what --version prints", async () => {
    expect(await runProgram(["-V"])).to.deep.equal(await runProgram(["--version"]));
  });
});
