import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { get } from "node:http";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { secret } from "./payloads.ts";

/** Of this checkout. */
export const root = fileURLToPath(new URL("..", import.meta.url));
const peers = join(root, "dist/bench-peers");
/** See there. */
export const nameThreads = join(root, "bench/peers/name-threads.js");

/** A server that was started here and answers. */
export interface Server {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  readonly pid: number;
  /** From the start of the process to the first answer. */
  readonly readyMillis: number;
  /** What its threads run, by the id that the system gave each; of Pipegauge's own alone. */
  threadNames(): ReadonlyMap<number, string>;
  /** Asks it to end and waits until it has. */
  stop(): Promise<void>;
}

const children = new Set<ChildProcess>();
const directories = new Set<string>();

/** Remembers a process, to be ended with this one if it has not ended before. */
export function track(child: ChildProcess): void {
  children.add(child);
  child.on("exit", () => children.delete(child));
  child.on("error", () => children.delete(child));
}

/** Ends every process that was started and removes every file that was made. */
export function cleanUp(): void {
  for (const child of children) child.kill("SIGKILL");
  for (const directory of directories) rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
}

/** https://man7.org/linux/man-pages/man2/statfs.2.html */
const memoryFileSystems = new Set([0x01021994, 0x858458f6]);

export function isInMemory(directory: string): boolean {
  return memoryFileSystems.has(statfsSync(directory).type);
}

/** A directory of its own on a real disk: in memory, a flush would cost nothing. */
export function workingDirectory(): string {
  const place = [tmpdir(), "/var/tmp", join(root, "dist")].find(
    (candidate) => existsSync(candidate) && !isInMemory(candidate),
  );
  if (place === undefined) throw new Error("no directory on a disk: set TMPDIR to one");
  const directory = mkdtempSync(join(place, "pipegauge-bench-"));
  directories.add(directory);
  return directory;
}

/** Compiles bench/peers, which must run without a loader between them and Node. */
export function buildPeers(): void {
  const sources = ["bare.ts", "prom-client.ts", "registry.ts"].map((name) => join(root, "bench/peers", name));
  const options = ["--ignoreConfig", "--target", "es2023", "--module", "nodenext", "--types", "node", "--skipLibCheck"];
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [
    compiler,
    ...options,
    "--rootDir",
    join(root, "bench/peers"),
    "--outDir",
    peers,
    ...sources,
  ]);
  if (status !== 0) throw new Error(`bench/peers does not compile:\n${stdout.toString()}`);
}

/** Pipegauge as `npm start` starts it, compiled, on this SQLite file or the database of this URL; of this checkout or another. */
export async function startPipegauge(
  directory: string,
  database: string,
  more: Readonly<Record<string, string>> = {},
  checkout = root,
): Promise<Server> {
  const secrets = ["GITLAB", "TEKTON", "JENKINS", "GITHUB"].map((name) => [`PIPEGAUGE_${name}_SECRET`, secret]);
  return startProgram(process.execPath, shippedArguments(checkout), directory, (port) => ({
    ...Object.fromEntries(secrets),
    PIPEGAUGE_HOST: "127.0.0.1",
    PIPEGAUGE_PORT: port,
    PIPEGAUGE_DATABASE_URL: /^(sqlite|postgres):/.test(database) ? database : `sqlite:${database}`,
    ...more,
  }));
}

/** What `npm start` gives to Node: its options, and the program. Before it runs what tells its threads apart. */
function shippedArguments(checkout: string): string[] {
  const { scripts } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as {
    scripts: { start: string };
  };
  const [command, ...args] = scripts.start.split(" ");
  const program = join(checkout, args.pop() ?? "");
  if (command !== "node" || !existsSync(program))
    throw new Error(`cannot start "${scripts.start}" in ${checkout}: npm run build there`);
  return [...args, "--import", nameThreads, program];
}

/** A peer of bench/peers, by the name of its file. */
export async function startPeer(name: string, directory: string, args: readonly string[] = []): Promise<Server> {
  return startProgram(process.execPath, [join(peers, `${name}.js`), ...args], directory, (port) => ({ PORT: port }));
}

const startMillis = 30_000;
const stopMillis = 15_000;

let cores: number | undefined;

/** Servers that are started from now on run on the first so many cores (taskset); what loads them runs on any. */
export function limitCores(count: number): void {
  if (spawnSync("taskset", ["-c", `0-${count - 1}`, "true"]).status !== 0)
    throw new Error(`no server can be limited to ${count} cores: taskset is missing (util-linux), or there are fewer`);
  cores = count;
}

/** Any server that answers `GET /readyz` with 200, once it does. `environment` gets the port on which it is to listen. */
export async function startProgram(
  command: string,
  args: readonly string[],
  directory: string,
  environment: (port: string) => Readonly<Record<string, string>>,
): Promise<Server> {
  const port = await freePort();
  const log = join(directory, `server-${port}.log`);
  const out = openSync(log, "a");
  const began = performance.now();
  // Nothing of this process's environment but what Node needs: a variable set here must not change what is measured.
  const threads = join(directory, `threads-${port}.txt`);
  const env = { PATH: process.env["PATH"] ?? "", BENCH_THREADS: threads, ...environment(String(port)) };
  // It becomes the program that it starts, so the process is the same.
  const [program, ...words] = [...(cores === undefined ? [] : ["taskset", "-c", `0-${cores - 1}`]), command, ...args];
  const child = spawn(program ?? command, words, { cwd: directory, env, stdio: ["ignore", out, out] });
  track(child);
  closeSync(out);
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const host = `127.0.0.1:${port}`;
  while (!(await answers(`http://${host}/readyz`))) {
    if (child.exitCode !== null || performance.now() - began > startMillis) {
      child.kill("SIGKILL");
      throw new Error(`${args.join(" ")} did not start:\n${readFileSync(log, "utf8").slice(-2000)}`);
    }
    await pause(5);
  }
  return {
    host,
    pid: child.pid ?? 0,
    readyMillis: performance.now() - began,
    threadNames: () => readThreadNames(threads),
    async stop() {
      const late = setTimeout(() => child.kill("SIGKILL"), stopMillis);
      child.kill("SIGTERM");
      await ended;
      clearTimeout(late);
    },
  };
}

/** Reads what bench/peers/name-threads.js noted: a line `<thread> <program>` for each; no file where there is no thread. */
function readThreadNames(file: string): ReadonlyMap<number, string> {
  if (!existsSync(file)) return new Map();
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return new Map(lines.map((line) => [parseInt(line, 10), line.replace(/^\d+ /, "").replace(/-thread$/, "")]));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on("error", () => resolve(false));
  });
}

/** The body of a 200. Throws for every other answer. */
export async function read(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 200)}`);
  return text;
}

export function pause(millis: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, millis));
}
