import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs the real program to its end, with these variables and no others of ours. */
export function runProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const clean = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env };
  return new Promise((resolve) => {
    const command = ["--import", "tsx", "src/main.ts", ...args];
    execFile(process.execPath, command, { cwd: root, env: clean, timeout: 15_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? -1);
      resolve({ code, stdout, stderr });
    });
  });
}
