import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { builtProgram } from "../support/server/built.ts";
import { closeAfterEach } from "../support/close-after-each.ts";
import { freshFolder } from "../support/folder.ts";
import { until } from "../support/wait.ts";
import { processEnvironment } from "../support/environment.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A process under test, and its output. */
export interface Running {
  readonly pid: number;
  readonly output: () => string;
  /** Resolves to the exit code, or to the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  signal(signal: NodeJS.Signals): void;
}

function watched(child: ChildProcess): Running {
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? signal ?? -1));
  });
  return { pid: child.pid ?? 0, output: () => text, ended, signal: (signal) => void child.kill(signal) };
}

/** Starts `pipegauge <command> …` as a process of its own, as a container beside the job would. */
export function startSidecar(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  command = "sidecar",
): Running {
  return watched(
    spawn(process.execPath, [builtProgram(), command, ...args], {
      cwd: root,
      env: processEnvironment(env),
      stdio: ["ignore", "pipe", "pipe"],
    }),
  );
}

export async function waiting(sidecar: Running): Promise<void> {
  await until(() => sidecar.output().includes("waiting for"), "the sidecar waits");
}

/** A job's `after_script`, run by a shell with the variables that GitLab sets. */
export function runScript(script: string, variables: Readonly<Record<string, string>> = {}): Running {
  return watched(
    spawn("sh", ["-ec", script], { env: processEnvironment(variables), stdio: ["ignore", "pipe", "pipe"] }),
  );
}

/** Seconds of processor time that a process has used: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** A receiver of the test's own making. */
export interface Receiver {
  readonly port: number;
  readonly requests: IncomingMessage[];
  close(): Promise<void>;
}

async function receiver(
  answer: (response: ServerResponse, call: number, request: IncomingMessage) => void,
  port = 0,
): Promise<Receiver> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(response, requests.length, request);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What the documented job leaves for the sidecar. */
export const use = { started: "2026-11-20T12:00:00Z", status: "success", project: "group/app", name: "dotnet_build" };

/** For each test of the surrounding `describe`: the file that the job leaves, and receivers that are closed after it. */
export function sidecarFixtures() {
  const folder = freshFolder();
  const file = () => join(folder(), "metrics.json");
  return {
    folder,
    file,
    write: (text: string = JSON.stringify(use)) => writeFileSync(file(), text),
    answering: closeAfterEach(receiver),
  };
}
