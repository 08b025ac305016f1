import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commands } from "../../src/commands/index.ts";
import { freshFolder } from "../support/folder.ts";
import { runProgram } from "../support/server/program.ts";
import { requireTool } from "../support/tools.ts";

/** What is typed before the tab, and what must be offered, all of it or a part. */
const cases: readonly (readonly [typed: string, offered: readonly string[]])[] = [
  ["pipegauge mig", ["migrate"]],
  ["pipegauge --config x.yaml mig", ["migrate"]],
  ["pipegauge replay --s", ["--since", "--source"]],
  [
    "pipegauge healthcheck --",
    ["--config", "--help", "--host", "--log-format", "--log-level", "--port", "--print-config", "--version"],
  ],
  ["pipegauge runs --output j", ["json"]],
  ["pipegauge migrate --log-level de", ["debug"]],
  ["pipegauge --log-level de", ["debug"]],
  ["pipegauge jobs --ref-kind merge_", ["merge_queue", "merge_request"]],
  ["pipegauge hooks git", ["github", "gitlab"]],
  ["pipegauge insights fla", ["flaky"]],
  ["pipegauge help repl", ["replay"]],
  ["pipegauge completion ", ["bash", "fish", "zsh"]],
  ["pipegauge serve --config p", ["p.yaml"]],
];

describe("completion", () => {
  const folder = freshFolder();

  /** A folder with the script of a shell and a file that may be completed. */
  async function prepare(shell: string): Promise<string> {
    const { code, stdout, stderr } = await runProgram(["completion", shell]);
    expect([code, stderr]).to.deep.equal([0, ""]);
    for (const { name } of commands) expect(stdout, name).to.include(name);
    writeFileSync(join(folder(), "p.yaml"), "");
    const script = join(folder(), "_pipegauge");
    writeFileSync(script, stdout);
    return script;
  }

  it("for bash offers commands, flags, values and files", async function () {
    this.timeout(120_000);
    const script = await prepare("bash");
    const bash = requireTool.call(this, "bash");
    for (const [typed, offered] of [...cases, ["pipegauge runs --output=j", ["json"]] as const]) {
      // As bash separates it.
      const words = typed.replace("=", " = ").split(" ");
      const quoted = words.map((word) => `'${word}'`).join(" ");
      const command = `source '${script}'; COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _pipegauge; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const printed = execFileSync(bash, ["--norc", "-c", command], { cwd: folder(), encoding: "utf8" });
      expect(printed.trim().split("\n").toSorted(), typed).to.deep.equal(offered);
    }
  });

  it("for fish offers the same", async function () {
    this.timeout(120_000);
    const fish = requireTool.call(this, "fish");
    const script = await prepare("fish");
    const env = { ...process.env, HOME: folder(), XDG_CONFIG_HOME: folder(), XDG_DATA_HOME: folder() };
    for (const [typed, offered] of [...cases, ["pipegauge runs --output=j", ["json"]] as const]) {
      const command = `source '${script}'; complete -C '${typed}'`;
      const printed = execFileSync(fish, ["--no-config", "-c", command], { cwd: folder(), env, encoding: "utf8" });
      const found = printed
        .trim()
        .split("\n")
        .map((line) => (line.split("\t")[0] ?? "").replace(/^--output=/, ""));
      expect(found.toSorted(), `${typed}: ${printed}`).to.deep.equal(offered);
    }
  });

  it("for zsh offers the same, in a real line editor", async function () {
    this.timeout(120_000);
    const zsh = requireTool.call(this, "zsh");
    await prepare("zsh");
    for (const [typed, offered] of [...cases, ["pipegauge runs --output=j", ["json"]] as const])
      expect(completeInZsh(zsh, folder(), typed), typed).to.deep.equal(offered);
  });

  it("names the shells for one that has none", async () => {
    expect((await runProgram(["completion", "fsh"])).stderr).to.equal(
      'pipegauge: "fsh" is not a shell with completions: did you mean fish?\n',
    );
    expect((await runProgram(["completion"])).stderr).to.equal(
      "pipegauge: the shell is missing: there are bash, zsh, fish\n",
    );
  });
});

/** What zsh's line editor offers after a tab. */
function completeInZsh(zsh: string, folder: string, typed: string): readonly string[] {
  const program = fileURLToPath(new URL("complete.zsh", import.meta.url));
  const env = { PATH: process.env["PATH"], HOME: folder, TERM: "xterm" };
  execFileSync(zsh, ["-f", program, typed, folder], { cwd: folder, env, timeout: 60_000 });
  const hits = readFileSync(join(folder, "hits"), "utf8").trim().split("\n");
  rmSync(join(folder, "hits"));
  return [...new Set(hits)].toSorted();
}
