import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../port.ts";
import { until } from "../wait.ts";

/** One series of an instant query. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface Prometheus {
  /** An instant query; its series. */
  query(promql: string): Promise<readonly Series[]>;
  /** The value of a query that has one series or none. */
  value(promql: string): Promise<number | undefined>;
  /** Another endpoint below `/api/v1/`; its data. */
  get(path: string, parameters?: Readonly<Record<string, string>>): Promise<unknown>;
  stop(): Promise<void>;
}

export interface PrometheusOptions {
  /** Where its folder is made. */
  readonly place?: string;
  /** Is called with its process. */
  readonly started?: (child: ChildProcess) => void;
  /** Over the variables of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a real Prometheus on a folder of its own; `config` is its YAML. */
export async function startPrometheus(
  binary: string,
  config: string,
  { place = tmpdir(), started, env }: PrometheusOptions = {},
): Promise<Prometheus> {
  const folder = mkdtempSync(join(place, "pipegauge-prometheus-"));
  const file = join(folder, "prometheus.yml");
  writeFileSync(file, config);
  const port = await freePort();
  const child = spawn(
    binary,
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--enable-feature=exemplar-storage",
    ],
    { stdio: "ignore", env: { ...process.env, ...env } },
  );
  started?.(child);
  async function get(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const response = await fetch(
      `http://127.0.0.1:${port}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`,
    );
    const { data, error } = (await response.json()) as { readonly data?: unknown; readonly error?: string };
    if (error !== undefined) throw new Error(`Prometheus: ${error}`);
    return data;
  }
  async function query(promql: string): Promise<readonly Series[]> {
    return ((await get("query", { query: promql })) as { result: readonly Series[] }).result;
  }
  const prometheus: Prometheus = {
    get,
    query,
    async value(promql) {
      const [series] = await query(promql);
      return series === undefined ? undefined : Number(series.value[1]);
    },
    async stop() {
      if (child.exitCode === null) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await until(() => {
      if (child.exitCode !== null) throw new Error(`Prometheus ended with ${child.exitCode}`);
      return query("vector(1)").then(
        ({ length }) => length === 1,
        () => false,
      );
    }, "an answer of Prometheus");
  } catch (error) {
    await prometheus.stop();
    throw error;
  }
  return prometheus;
}
