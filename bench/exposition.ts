import { Counter, Histogram, Registry } from "prom-client";
import { durationBuckets, storedMetrics, type MetricKey } from "../src/core/stored-metrics.ts";
import type { LedgerSnapshot, RollupRow } from "../src/core/snapshot.ts";
import { joinExposition, renderLedger } from "../src/metrics/exposition.ts";
import type { Format } from "../src/metrics/format.ts";
import { findBucket } from "../src/core/increment.ts";
import { runResults } from "../src/core/states.ts";

/**
 * What a scrape of 10,000 run series costs, beside prom-client 15 with the same series in memory.
 * Both turn them into the bytes of an answer, in turns, in one process. Run: node --import tsx bench/exposition.ts
 */
const rounds = 15;
/** Rounds for the compiler, not counted. */
const warmUps = 2;
const histograms = 8000;
const counters = 2000;

/** Seconds that spread over all buckets. */
const observed = (i: number) => [0.5, 3 + (i % 7), 42.25, 75 * (i % 40), 3700, 90_000 * (i % 2)];

const started = Date.UTC(2026, 10, 20, 12);

function createLabels(i: number): string[] {
  const pipeline = Math.floor(i / runResults.length);
  const project = `group-${pipeline % 25}/service-${pipeline}`;
  return ["gitlab", project, project, String(i % 2 === 0), runResults[i % runResults.length] ?? ""];
}

function row(metric: MetricKey, i: number, seconds: readonly number[]): RollupRow {
  const histogram = storedMetrics[metric].type === "histogram";
  const buckets = histogram ? Array<number>(durationBuckets.length + 1).fill(0) : [];
  if (histogram) {
    for (const value of seconds) {
      const index = findBucket(value, durationBuckets);
      buckets[index] = (buckets[index] ?? 0) + 1;
    }
  }
  const url = `https://gitlab.example.com/group/service/-/pipelines/${i}`;
  return {
    metric,
    labels: createLabels(i),
    count: seconds.length,
    sum: histogram ? seconds.reduce((sum, value) => sum + value, 0) : 0,
    buckets,
    createdAt: started + i,
    exemplar: { run: String(i), url, at: started + 1000 * i, seconds: histogram ? (seconds.at(-2) ?? 0) : null },
  };
}

function ledger(ofHistograms: number, ofCounters: number): LedgerSnapshot {
  const rollups = [
    ...Array.from({ length: ofHistograms }, (_, i) => row("runDuration", i, observed(i))),
    ...Array.from({ length: ofCounters }, (_, i) => row("runs", i, observed(i))),
  ];
  return { rollups, active: [], redBranches: [], lastDeliveries: [], deadLetters: [] };
}

/** The same series in prom-client, filled by the same observations. */
function promClient(): Registry {
  const registry = new Registry();
  const { runDuration, runs } = storedMetrics;
  const configure = ({ name, help, labels }: typeof runDuration | typeof runs) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  const histogram = new Histogram({ ...configure(runDuration), buckets: [...durationBuckets] });
  for (let i = 0; i < histograms; i++) {
    const child = histogram.labels(...createLabels(i));
    for (const seconds of observed(i)) child.observe(seconds);
  }
  const counter = new Counter(configure(runs));
  for (let i = 0; i < counters; i++) counter.labels(...createLabels(i)).inc(observed(i).length);
  return registry;
}

/** Sample lines whatever the order of families, series and labels, so that two writers can be compared. */
function readSamples(text: string, names: readonly string[]): string[] {
  const lines = text.split("\n").filter((line) => names.some((name) => line.startsWith(name)));
  return lines
    .map((line) => {
      const [, name = "", labels = "", value = ""] = /^([a-z_]+)\{(.*)\} (.*)$/.exec(line) ?? [];
      return `${name} ${labels
        .split(",")
        .toSorted((a, b) => (a < b ? -1 : 1))
        .join()} ${value}`;
    })
    .toSorted((a, b) => (a < b ? -1 : 1));
}

const exposition = (snapshot: LedgerSnapshot, format: Format) => [
  ...joinExposition(renderLedger(snapshot, format), format),
];

interface Contestant {
  readonly name: string;
  /** The bytes of an answer, as the pieces that are sent. */
  readonly write: () => readonly Buffer[] | Promise<readonly Buffer[]>;
  /** Milliseconds a round: by the clock, and of all threads on the processor (collecting garbage included). */
  readonly wall: number[];
  readonly cpu: number[];
}

function contestant(name: string, write: Contestant["write"]): Contestant {
  return { name, write, wall: [], cpu: [] };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

async function runRound({ write, wall, cpu }: Contestant): Promise<void> {
  const [start, used] = [performance.now(), process.cpuUsage()];
  await write();
  const { user, system } = process.cpuUsage(used);
  wall.push(performance.now() - start);
  cpu.push((user + system) / 1000);
}

async function report({ name, write, wall, cpu }: Contestant): Promise<string> {
  const text = (await write()).join("");
  const size = `${text.split("\n").length - 1} lines, ${(Buffer.byteLength(text) / 2 ** 20).toFixed(1)} MiB`;
  const spread = `${Math.min(...wall).toFixed(1)} to ${Math.max(...wall).toFixed(1)}`;
  return `${name.padEnd(36)} ${median(wall).toFixed(1)} ms (${spread}), processor ${median(cpu).toFixed(1)} ms; ${size}`;
}

async function main(): Promise<void> {
  const snapshot = ledger(histograms, counters);
  const registry = promClient();
  const names = [storedMetrics.runDuration.name, storedMetrics.runs.name];
  const [a, b] = [
    readSamples(exposition(snapshot, "text").join(""), names),
    readSamples(await registry.metrics(), names),
  ];
  if (a.length !== b.length || a.some((line, i) => line !== b[i])) throw new Error("the two do not say the same");

  const ours = contestant("pipegauge text", () => exposition(snapshot, "text"));
  const theirs = contestant("prom-client 15 text", async () => [Buffer.from(await registry.metrics())]);
  const linked = contestant("pipegauge OpenMetrics, exemplars", () => exposition(snapshot, "openmetrics"));
  const largest = ledger(10_000, 0);
  const large = contestant("pipegauge text, 10,000 histograms", () => exposition(largest, "text"));
  const all = [ours, theirs, linked, large];
  for (let round = 0; round < warmUps + rounds; round++) for (const one of all) await runRound(one);
  for (const { wall, cpu } of all) for (const times of [wall, cpu]) times.splice(0, warmUps);

  for (const one of all) console.log(await report(one));
  const [wall, cpu] = (["wall", "cpu"] as const).map((kind) => (median(theirs[kind]) / median(ours[kind])).toFixed(2));
  console.log(`prom-client / pipegauge, medians of ${rounds} rounds: ${wall} by the clock, ${cpu} on the processor`);
}

await main();
