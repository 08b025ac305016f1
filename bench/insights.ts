import { missingPostgres } from "./cluster.ts";
import { postgresEngine, sqliteEngine, type Engine } from "./engines.ts";
import { prepareInsightsLedger, type InsightsLedger } from "./insights-ledger.ts";
import { threadSeconds, watchOthers } from "./procfs.ts";
import { atMost, disturbance, median, millis, whole, type Extent, type Finding } from "./report.ts";
import { pause, startPipegauge, workingDirectory, type Server } from "./server.ts";
import { quantile } from "./steady.ts";

/** The names of all insights about many runs, and what each is asked besides its span. */
export const insightPaths: readonly (readonly [name: string, path: string])[] = [
  ["flaky jobs", "insights/flaky"],
  ["red default branches", "insights/red-main"],
  ["waste by project", "insights/waste?by=project"],
  ["waste by job and day", "insights/waste?by=job,day"],
  ["failure classes", "insights/failures"],
  ["runners", "insights/runners?target=60"],
  ["other numbers of runners", "insights/runners/what-if?runner_class=linux&target=60"],
  ["critical paths", "insights/critical-path"],
  ["changes", "insights/changes"],
  ["times to pass", "insights/time-to-pass"],
];

const dayMillis = 86_400_000;
const spanDays = 30;
const storedMaxMillis = 300;
const exactMaxMillis = 2000;
const cubeMaxMillis = 500;
/** Up to so many runs an insight is computed from rows. */
const exactRuns = 69_000;
const fittingAll = "provider=gitlab";
const asks = { many: 20, some: 5 } as const;

let engines: readonly Engine[] | undefined;

/** The engines that both parts about insights use, with one filled ledger each. */
export async function openInsightsEngines(): Promise<readonly Engine[]> {
  engines ??= missingPostgres() === undefined ? [sqliteEngine(), await postgresEngine()] : [sqliteEngine()];
  return engines;
}

/** How long insights, and percentiles from the day cube, take over HTTP on both engines. */
export async function measureInsights(extent: Extent): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const engine of await openInsightsEngines()) findings.push(...(await measureOn(engine, extent)));
  const missing = missingPostgres();
  return missing === undefined ? findings : [...findings, missing];
}

async function measureOn(engine: Engine, extent: Extent): Promise<Finding[]> {
  const ledger = await prepareInsightsLedger(engine, extent);
  const server = await startInsightsServer(ledger);
  try {
    const others = watchOthers([server.pid]);
    const asked = createAsker(server, engine, extent.quick ? 3 : undefined);
    const exactMillis = Math.min(exactRuns, ledger.runs) * ledger.everyMillis;
    const findings = [
      ...ledger.findings,
      ...(await askAll(asked, `${spanDays} days`, spanDays * dayMillis, storedMaxMillis, asks.many)),
      // A filter, though all runs fit it: what is stored of hours and days knows none, so that all rows are read.
      ...(await askAll(
        asked,
        `${whole(exactRuns)} runs, from rows`,
        exactMillis,
        exactMaxMillis,
        asks.some,
        fittingAll,
      )),
      await asked("percentiles of all jobs over 90 days", "jobs/summary", 90 * dayMillis, cubeMaxMillis, asks.many),
      disturbance(others()),
    ];
    return findings.map((finding) => ({ ...finding, what: `${engine.name}: ${finding.what}` }));
  } finally {
    await server.stop();
  }
}

/** A server that deletes nothing and answers without a token. */
export function startInsightsServer({ url }: InsightsLedger): Promise<Server> {
  return startPipegauge(workingDirectory(), url, { PIPEGAUGE_RETENTION_DAYS: "36500", PIPEGAUGE_TRUST_LOCAL: "true" });
}

type Ask = (what: string, path: string, spanMillis: number, bound: number, times: number) => Promise<Finding>;

async function askAll(
  ask: Ask,
  span: string,
  spanMillis: number,
  bound: number,
  times: number,
  filter = "",
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [name, path] of insightPaths) {
    const filtered = filter === "" ? path : `${path}${path.includes("?") ? "&" : "?"}${filter}`;
    findings.push(await ask(`${name}, ${span}`, filtered, spanMillis, bound, times));
  }
  return findings;
}

/** The URL of a question about the last milliseconds. */
export function locateInsight(path: string, spanMillis: number): string {
  const since = new Date(Date.now() - spanMillis).toISOString();
  return `/api/v1/${path}${path.includes("?") ? "&" : "?"}since=${since}`;
}

/** Asks the same several times, each time from another moment on, and tells the p95 of the answers and the processor time of one. */
function createAsker(server: Server, engine: Engine, only: number | undefined): Ask {
  const readCpu = () =>
    [...threadSeconds(server.pid).values()].reduce((sum, seconds) => sum + seconds, 0) + engine.cpuSeconds();
  return async (what, path, spanMillis, bound, times) => {
    const [taken, used]: [number[], number[]] = [[], []];
    for (let i = -1; i < (only ?? times); i++) {
      await pause(20);
      const [began, before] = [performance.now(), readCpu()];
      const url = `http://${server.host}${locateInsight(path, spanMillis - i * 1000)}`;
      const response = await fetch(url, { signal: AbortSignal.timeout(120_000) });
      const text = await response.text();
      if (response.status !== 200)
        return { what: `${what}, p95`, value: `${response.status}: ${readTitle(text)}`, ok: false };
      // The first one reads from the disk what the others find in memory.
      if (i < 0) continue;
      taken.push(performance.now() - began);
      used.push((readCpu() - before) * 1000);
    }
    const p95 = quantile(Float64Array.from(taken).toSorted(), 0.95);
    const finding = atMost(`${what}, p95 (processor time)`, p95, bound, millis);
    return { ...finding, value: `${finding.value} (${millis(median(used))})` };
  };
}

function readTitle(text: string): string {
  const { detail } = JSON.parse(text) as { readonly detail?: string };
  return detail ?? text.slice(0, 100);
}
