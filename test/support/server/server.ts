import { expect } from "chai";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startServer, type Tuning } from "../../../src/commands/serve/start-server.ts";
import { loadConfig } from "../../../src/config/index.ts";
import { createLog } from "../../../src/log.ts";
import { builtProgram } from "./built.ts";
import { openTestStore, type TestStore } from "../database/test-store.ts";
import { parseTotals, type Totals } from "../exposition/totals.ts";
import { until } from "../wait.ts";
import { processEnvironment } from "../environment.ts";

export type Headers = Readonly<Record<string, string>>;
export type Body = string | Uint8Array | Readonly<Record<string, unknown>> | readonly unknown[];
export type LogLine = Readonly<Record<string, unknown>>;

/** What came back, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: globalThis.Headers;
  readonly text: string;
  /** The body as JSON, where it is that. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** What can be asked of a server, in this process or in another. */
export interface Reachable {
  readonly url: string;
  readonly port: number;
  request(path: string, init?: RequestInit): Promise<Answer>;
  /** Delivers; whatever is not text or bytes already is sent as JSON. */
  deliver(source: string, body: Body, headers?: Headers): Promise<Answer>;
  /** A scrape; it must answer 200 and be well-formed. */
  scrape(headers?: Headers): Promise<Totals>;
}

export interface ServerOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly argv?: readonly string[];
  /** Default: a new SQLite file that is removed at the end. */
  readonly databaseUrl?: string;
  /** Over `quick`. */
  readonly tuning?: Partial<Tuning>;
}

/** A scrape and the page show all that was acknowledged before them; and no thread for writing, which takes long to start. */
const quick = { snapshotMillis: 0, answerWaitMillis: 20_000, thread: false } as const;

export interface TestServer extends Reachable {
  readonly store: TestStore;
  readonly healthPort: number | undefined;
  /** Path of the SQLite file. */
  readonly file: string;
  /** What was logged, as it was written. */
  readonly output: () => string;
  readonly logged: () => readonly LogLine[];
  /** Ends it; the database stays until the test is over. */
  stop(lameDuck?: Promise<unknown>): Promise<void>;
}

/** They stay until the end: a test may want to look into the database of a server that it has stopped. */
const folders: string[] = [];

after("remove the databases", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Starts the real server in this process, on a free port of 127.0.0.1. The caller stops it. */
export async function startTestServer(options: ServerOptions = {}): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), "pipegauge-server-"));
  folders.push(folder);
  const file = join(folder, "ci.db");
  const defaults = { PIPEGAUGE_HOST: "127.0.0.1", PIPEGAUGE_PORT: "0", PIPEGAUGE_LOG_LEVEL: "debug" };
  const env = { ...defaults, PIPEGAUGE_DATABASE_URL: options.databaseUrl ?? `sqlite:${file}`, ...options.env };
  const lines: string[] = [];
  const log = createLog(env.PIPEGAUGE_LOG_LEVEL as "debug", { write: (line) => void lines.push(line) });
  const config = loadConfig({ env, argv: options.argv ?? [], log });
  const running = await startServer(config, log, { ...quick, ...options.tuning, openStore: openTestStore });
  let stopping: Promise<void> | undefined;
  return {
    ...reachable(running.port),
    store: running.store as TestStore,
    healthPort: running.healthPort,
    file,
    output: () => lines.join(""),
    logged: () => lines.map((line) => JSON.parse(line) as LogLine),
    stop: (lameDuck) => (stopping ??= running.stop(lameDuck)),
  };
}

/** What every object inherits, before anybody had a chance to change it. */
const inherited = Object.getOwnPropertyNames(Object.prototype).toSorted().join();

/** For use in a `describe`: servers that are stopped after each test, or with `shared` after the last. */
export function testServers(shared: "each" | "shared" = "each"): (options?: ServerOptions) => Promise<TestServer> {
  const started: TestServer[] = [];
  const stopAll = async () => {
    await Promise.all(started.splice(0).map((server) => server.stop()));
    expect(Object.getOwnPropertyNames(Object.prototype).toSorted().join()).to.equal(inherited);
  };
  if (shared === "shared") after("stop the servers", stopAll);
  else afterEach("stop the servers", stopAll);
  return async (options) => {
    const server = await startTestServer(options);
    started.push(server);
    return server;
  };
}

export interface TestProcess extends Reachable {
  readonly pid: number;
  readonly output: () => string;
  readonly errors: () => string;
  /** Resolves to the exit code, or to the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Sends a signal to this process alone, and waits for its end. */
  end(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Starts the real program as another process and waits until it listens. */
export async function startProcess(env: Headers, args: readonly string[] = []): Promise<TestProcess> {
  const fixed = { PIPEGAUGE_HOST: "127.0.0.1", PIPEGAUGE_PORT: "0" };
  const child = spawn(process.execPath, [builtProgram(), ...args], {
    cwd: root,
    env: processEnvironment({ ...fixed, ...env }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, errors] = [gathered(child, "stdout"), gathered(child, "stderr")];
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? signal ?? -1));
  });
  const listening = /"port":(\d+),.*"msg":"listening"/;
  const port = await until(() => {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${output()}${errors()}`);
    return listening.exec(output())?.[1];
  }, "listening");
  return {
    ...reachable(Number(port)),
    pid: child.pid ?? 0,
    output,
    errors,
    ended,
    end(signal = "SIGTERM") {
      child.kill(signal);
      return ended;
    },
  };
}

function gathered(child: ChildProcess, stream: "stdout" | "stderr"): () => string {
  let text = "";
  child[stream]?.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  return () => text;
}

/** A server by its port on this host. */
export function reachable(port: number): Reachable {
  const url = `http://127.0.0.1:${port}`;
  async function request(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(url + path, init);
    const text = await response.text();
    const isJson = /^application\/(problem\+)?json\b/.test(response.headers.get("content-type") ?? "");
    const json = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
    return { status: response.status, headers: response.headers, text, json };
  }
  return {
    url,
    port,
    request,
    deliver: (source, body, headers = {}) =>
      request(`/webhooks/${source}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
      }),
    async scrape(headers = {}) {
      const { status, text } = await request("/metrics", { headers });
      expect(status, "status of a scrape").to.equal(200);
      return parseTotals(text, text.endsWith("# EOF\n") ? "openmetrics" : "text");
    },
  };
}
