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

/** Runs the real program to its end, with these variables and no others of ours. `onOutput` sees stdout as it comes. */
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
    child.stdout?.on("data", (text) => onOutput(String(text), child));
  });
}
