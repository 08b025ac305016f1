import { expect } from "chai";
import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { builtProgram } from "../support/server/built.ts";
import { until } from "../support/wait.ts";
import { listFences, readPage, type Fence } from "../support/markdown.ts";

/** What a newcomer does with a block of a page. The first step whose `when` fits a block counts. */
export interface Step {
  readonly when: RegExp;
  /** Why the block is read and not run. */
  readonly skip?: string;
  /** It starts a server that stays: the walk goes on once it listens, or prints this. */
  readonly serves?: true | RegExp;
  /** An alternative: what it sets is not kept. */
  readonly aside?: true;
  /** Looks at what it printed on both streams. */
  readonly check?: (output: string) => unknown;
}

export interface Surroundings {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Texts of the page for which this machine has others, such as host names. */
  readonly instead: Readonly<Record<string, string>>;
}

/** One walk through the blocks of one page, in one shell that remembers folder and variables. */
export interface Walk {
  /** Runs, or skips with the reason, every block of these languages; fails for a block that no step speaks of. */
  run(steps: readonly Step[], languages?: readonly string[]): Promise<readonly string[]>;
  /** Ends the server that a block has started. */
  stop(): Promise<void>;
}

const secondsMax = 60;

export function startWalk(path: string, { folder, env, instead }: Surroundings): Walk {
  const state = join(folder, ".walk");
  writeFileSync(state, "");
  let server: ChildProcess | undefined;

  function shell(text: string, keep: boolean): ChildProcess {
    const here = Object.entries(instead).reduce((all, [from, to]) => all.replaceAll(from, to), text);
    const script = `source ${state}\nset -aeo pipefail\n${here}\n${keep ? `{ export -p; echo "cd '$PWD'"; } > ${state}` : ""}\n`;
    return spawn("bash", ["-c", script], {
      cwd: folder,
      env: { ...env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  async function runBlock({ text, line }: Fence, { serves, aside, check }: Step): Promise<void> {
    const child = shell(text, serves === undefined && aside !== true);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    const ended = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? -1)));
    const place = `${path}:${line}: ${text}`;
    if (serves !== undefined) {
      server = child;
      const listening = () => {
        expect(child.exitCode, `${place}\n${output}`).to.equal(null);
        return (serves === true ? /"msg":"listening"/ : serves).test(output);
      };
      await until(listening, place, secondsMax * 1000);
    } else {
      const timer = setTimeout(() => end(child, "SIGKILL"), secondsMax * 1000);
      const code = await ended;
      clearTimeout(timer);
      expect(code, `${place}\n${output}`).to.equal(0);
    }
    await check?.(output);
  }

  return {
    async run(steps, languages = ["sh"]) {
      const skipped: string[] = [];
      const met = new Set<Step>();
      for (const fence of listFences(readPage(path)).filter(({ language }) => languages.includes(language))) {
        const step = steps.find(({ when }) => when.test(fence.text));
        if (step === undefined) throw new Error(`${path}:${fence.line} is new to the walk: ${fence.text}`);
        met.add(step);
        if (step.skip === undefined) await runBlock(fence, step);
        else skipped.push(`${fence.text.split("\n")[0] ?? ""}: ${step.skip}`);
      }
      const gone = steps.filter((step) => !met.has(step)).map(({ when }) => String(when));
      expect(gone, `${path} has no such block any more`).to.deep.equal([]);
      return skipped;
    },
    async stop() {
      const child = server;
      server = undefined;
      if (child === undefined || child.exitCode !== null) return;
      const ended = new Promise((resolve) => child.once("close", resolve));
      end(child, "SIGTERM");
      await ended;
    },
  };
}

/** The shell and what it started. */
function end(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It was faster.
  }
}

/** Puts the program on the path, as `npm link` would; it works in the folder that it is called from. */
export function installProgram(folder: string): void {
  const file = join(folder, "pipegauge");
  writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${builtProgram()}' "$@"\n`);
  chmodSync(file, 0o755);
}
