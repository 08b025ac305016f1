import { execFile, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { builtProgram } from "./built.ts";
import { processEnvironment } from "../environment.ts";

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const root = fileURLToPath(new URL("../../..", import.meta.url));

/**
 * The same on a terminal of this width, whose answer holds stdout and stderr as they come; `script` is part of util-linux.
 * https://man7.org/linux/man-pages/man1/script.1.html
 */
export function runOnTerminal(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  columns = 100,
): Promise<Pick<Ended, "code" | "stdout">> {
  const quoted = [process.execPath, builtProgram(), ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const command = `stty cols ${columns} rows 40 -onlcr; exec ${quoted.join(" ")}`;
  return new Promise((resolve) => {
    execFile(
      "script",
      ["--quiet", "--return", "--command", command, "/dev/null"],
      { cwd: root, env: processEnvironment({ TERM: "xterm-256color", SHELL: "/bin/sh", ...env }), timeout: 50_000 },
      (error, stdout) => resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout }),
    );
  });
}

/** Runs the real program to its end, with these variables and no others of ours. `onOutput` sees what it prints as it comes. */
export function runProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  onOutput: (text: string, program: ChildProcess) => void = () => undefined,
): Promise<Ended> {
  return new Promise((resolve) => {
    const command = [builtProgram(), ...args];
    const child = execFile(
      process.execPath,
      command,
      { cwd: root, env: processEnvironment(env), timeout: 50_000 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code ?? -1);
        resolve({ code, stdout, stderr });
      },
    );
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (text) => onOutput(String(text), child));
  });
}
