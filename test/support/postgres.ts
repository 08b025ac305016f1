import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./port.ts";
import { scratchFolder } from "./scratch.ts";

/**
 * A throw-away PostgreSQL server of this machine's own binaries, on a free port of 127.0.0.1.
 *
 *     tsx test/support/postgres.ts start             prints the folder and the URL of a new server
 *     tsx test/support/postgres.ts stop <folder>     stops it and removes the folder
 *     tsx test/support/postgres.ts run <command …>   runs a command with TEST_DATABASE_URL set, then stops the server
 */
export interface Cluster {
  readonly url: string;
  /** Holds the data and the log. */
  readonly folder: string;
  readonly pid: number;
}

/** Debian keeps each major version in a folder of its own; elsewhere the binaries are on `PATH`. */
const debian = "/usr/lib/postgresql";
const operator = "postgres";

export interface ClusterOptions {
  /** For a server that takes encrypted connections over the network and no others. Files in PEM form; they are copied. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Where its folder is made; by default in memory, where this machine has room there. */
  readonly place?: string;
  /** Over those of a server for tests. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A test kills servers, not machines: without flushes every test costs less. The setting under test stays on. */
const testSettings = { fsync: "off", synchronous_commit: "on", max_connections: "100" };

/** Initialises and starts a server. Linguistic sorting on purpose: an order that only holds in the C locale must show. */
export async function startCluster({ tls, place, settings }: ClusterOptions = {}): Promise<Cluster> {
  const folder = mkdtempSync(join(place ?? scratchFolder(), "pipegauge-postgres-"));
  const data = join(folder, "data");
  const owner = findOwner();
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  const locale = ["--encoding=UTF8", "--no-locale", "--locale-provider=icu", "--icu-locale=en"];
  asOperator("initdb", ["--pgdata", data, "--username", operator, "--auth=trust", "--no-sync", ...locale]);
  if (tls !== undefined) requireTls(data, tls, owner);
  const port = await freePort();
  const all = { ...testSettings, ssl: tls === undefined ? "off" : "on", ...settings };
  const options = Object.entries(all).map(([name, value]) => `-c ${name}=${value}`);
  const words = [...options, `-p ${port} -h 127.0.0.1 -k ${folder}`].join(" ");
  asOperator("pg_ctl", ["start", "-w", "-s", "-D", data, "-l", join(folder, "log"), "-o", words]);
  return { folder, pid: readPid(folder), url: `postgres://${operator}@127.0.0.1:${port}/postgres` };
}

function requireTls(data: string, { cert, key }: { cert: string; key: string }, owner: Owner | undefined): void {
  const files = {
    "server.crt": readFileSync(cert),
    "server.key": readFileSync(key),
    "pg_hba.conf": "hostssl all all all trust\n",
  };
  for (const [name, content] of Object.entries(files)) {
    const file = join(data, name);
    writeFileSync(file, content, { mode: 0o600 });
    if (owner !== undefined) chownSync(file, owner.uid, owner.gid);
  }
}

/** Kills the server of `folder` and starts it again, with the settings and on the port it had: what it had not flushed is lost. */
export function crashCluster(folder: string): void {
  asOperator("pg_ctl", [
    "restart",
    "-w",
    "-s",
    "-m",
    "immediate",
    "-D",
    join(folder, "data"),
    "-l",
    join(folder, "log"),
  ]);
}

/** Stops the server of `folder`, if it runs, and removes everything it left. */
export function stopCluster(folder: string): void {
  const data = join(folder, "data");
  if (!existsSync(join(data, "PG_VERSION"))) throw new Error(`${folder} is not the folder of a test server`);
  if (existsSync(join(data, "postmaster.pid"))) asOperator("pg_ctl", ["stop", "-w", "-s", "-m", "fast", "-D", data]);
  rmSync(folder, { recursive: true, force: true });
}

/** True where PostgreSQL's server programs are installed. */
export function hasPostgres(): boolean {
  return findBinary("initdb") !== undefined;
}

function readPid(folder: string): number {
  return Number(readFileSync(join(folder, "data", "postmaster.pid"), "utf8").split("\n")[0]);
}

/** The server refuses to run as root. */
function asOperator(program: string, args: readonly string[]): void {
  const binary = findBinary(program);
  if (binary === undefined) throw new Error(`${program} is not installed: PostgreSQL's server programs are needed`);
  const [command = "", ...rest] = findOwner() === undefined ? [binary] : ["runuser", "-u", operator, "--", binary];
  // pg_ctl's child keeps the standard streams it was given, so they must not be pipes that somebody waits for.
  const { status, error } = spawnSync(command, [...rest, ...args], {
    cwd: "/",
    env: withoutFaketime(process.env),
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? `exit code ${status}`}`);
}

/**
 * The server keeps the machine's clock: no statement asks it for the time. With `faketime` its programs also failed at random:
 * the library keeps a semaphore by process id, a process that is killed leaves it, and if root left it, the operator cannot
 * open it (README of libfaketime, "Cleaning up shared memory"; wolfcw/libfaketime issues 143 and 281).
 */
function withoutFaketime(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => name !== "LD_PRELOAD" && !name.startsWith("FAKETIME"));
  return Object.fromEntries(kept);
}

function findBinary(program: string): string | undefined {
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = versions.map((version) => join(debian, version, "bin"));
  const path = (process.env["PATH"] ?? "").split(":").filter((folder) => folder !== "");
  return [...folders, ...path].map((folder) => join(folder, program)).find((file) => existsSync(file));
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

function findOwner(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync("id", [flag, operator], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

/** Runs the command to its end, whatever signal arrives meanwhile, so that no server is left behind. */
async function run([command, ...args]: readonly string[]): Promise<number> {
  if (command === undefined) throw new Error("run what? usage: postgres.ts run <command …>");
  let child: ChildProcess | undefined;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => child?.kill(signal));
  const cluster = await startCluster();
  try {
    const env = { ...process.env, TEST_DATABASE_URL: cluster.url };
    const running = spawn(command, args, { env, stdio: "inherit" });
    child = running;
    return await new Promise((resolve, reject) => {
      running.on("error", reject);
      running.on("close", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
    });
  } finally {
    stopCluster(cluster.folder);
  }
}

async function main([action, ...args]: readonly string[]): Promise<void> {
  if (action === "start") {
    const { folder, url, pid } = await startCluster();
    console.log(`folder ${folder}\npid    ${pid}\nurl    ${url}`);
  } else if (action === "stop" && args[0] !== undefined) stopCluster(args[0]);
  else if (action === "run") process.exitCode = await run(args);
  else throw new Error("usage: postgres.ts start | stop <folder> | run <command …>");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
