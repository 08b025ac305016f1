import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { measureAgainst } from "./against.ts";
import { measureAnswers } from "./answers.ts";
import { measureCapture } from "./capture.ts";
import { missingPostgres } from "./cluster.ts";
import { postgresEngine, sqliteEngine } from "./engines.ts";
import { measureGrowth } from "./growth.ts";
import { measureIngest } from "./ingest.ts";
import { measureInsights } from "./insights.ts";
import { measureInsightsAck } from "./insights-ack.ts";
import { measureJobHooks } from "./job-hooks.ts";
import { measureLatency } from "./latency.ts";
import { measureLegacy } from "./legacy.ts";
import { machine } from "./machine.ts";
import { measurePage } from "./page.ts";
import { measurePostgres } from "./postgres.ts";
import { measureProviders } from "./providers.ts";
import { measureExposition } from "./render.ts";
import { table, type Extent, type Finding } from "./report.ts";
import { measureRetention } from "./retention.ts";
import { measureReplicas } from "./replicas.ts";
import { measureScrape } from "./scrape.ts";
import { buildPeers, cleanUp, limitCores } from "./server.ts";
import { measureRedaction } from "./redaction.ts";
import { measureSdk } from "./sdk.ts";
import { measureSlowDisk } from "./slow-disk.ts";
import { measureSoak, parseSeconds } from "./soak.ts";
import { measureStartup } from "./startup.ts";
import { requireWrk } from "./wrk.ts";

const help = `npm run bench -- [--quick | --all] [--only <part>,…] [--against <checkout>] [--soak <time>] [--cores <number>]

Measures Pipegauge as it is shipped against its peers on this machine, in turns, and checks each bound.
Exit code 1: a bound was missed, or something could not be measured.

  --quick   fewer and shorter rounds, at most 30 s: startup, ingest and scrape, for every change
  --all     with histories of 1,000,000 runs, on PostgreSQL too, which take minutes to make
  --only    some parts: startup, ingest, providers, postgres, replicas, scrape, growth, retention, job-hooks, latency, slow-disk, soak, exposition, legacy, sdk, redaction, answers, capture, insights, insights-ack
  --against the parts ingest and postgres alone, and instead of the bare server another checkout in which npm run build was called
  --soak    how long the soak takes, such as 90s, 60m or 8h; 60s by default
  --cores   the servers run on so many cores, the load generator on any
`;

interface Part {
  readonly measure: (extent: Extent) => Promise<Finding[]>;
  /** Left out with --quick, unless it is asked for by name. */
  readonly slow?: true;
}

type Parts = Readonly<Record<string, Part>>;

const partsAgainstPeers: Parts = {
  startup: { measure: measureStartup },
  ingest: { measure: measureIngest },
  providers: { measure: measureProviders, slow: true },
  postgres: { measure: measurePostgres, slow: true },
  replicas: { measure: measureReplicas, slow: true },
  scrape: { measure: measureScrape },
  growth: { measure: measureGrowth, slow: true },
  retention: { measure: measureRetention, slow: true },
  "job-hooks": { measure: measureJobHooks, slow: true },
  latency: { measure: measureLatency, slow: true },
  "slow-disk": { measure: measureSlowDisk, slow: true },
  soak: { measure: measureSoak, slow: true },
  exposition: { measure: measureExposition, slow: true },
  legacy: { measure: measureLegacy, slow: true },
  sdk: { measure: measureSdk, slow: true },
  redaction: { measure: measureRedaction, slow: true },
  answers: { measure: measureAnswers, slow: true },
  page: { measure: measurePage, slow: true },
  capture: { measure: measureCapture, slow: true },
  insights: { measure: measureInsights, slow: true },
  "insights-ack": { measure: measureInsightsAck, slow: true },
};

function partsAgainst(checkout: string): Parts {
  return {
    ingest: { measure: (extent) => measureAgainst(checkout, sqliteEngine(), extent) },
    postgres: {
      measure: async (extent) => {
        const missing = missingPostgres();
        return missing === undefined ? measureAgainst(checkout, await postgresEngine(), extent) : [missing];
      },
      slow: true,
    },
  };
}

/** Whatever hangs, it ends: minutes, besides the soak. */
const limitMinutes = { quick: 3, usual: 20, all: 120, against: 20 };

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      all: { type: "boolean", default: false },
      only: { type: "string" },
      against: { type: "string" },
      soak: { type: "string", default: "60s" },
      cores: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return true;
  }
  const parts = values.against === undefined ? partsAgainstPeers : partsAgainst(values.against);
  const extent: Extent = { quick: values.quick, all: values.all, soakSeconds: parseSeconds(values.soak) };
  const chosen = choose(parts, values.only, extent);
  limit(extent, values.against !== undefined);
  requireWrk();
  if (values.cores !== undefined) limitCores(parseCores(values.cores));
  buildPeers();
  process.stdout.write(`${machine()}\n\n`);

  const measured: { name: string; findings: Finding[] }[] = [];
  for (const name of chosen) {
    process.stderr.write(`measuring ${name} …\n`);
    measured.push({ name, findings: (await parts[name]?.measure(extent)) ?? [] });
  }
  process.stdout.write(`${table(measured)}\n`);
  return measured.every(({ findings }) => findings.every(({ ok }) => ok !== false));
}

function choose(parts: Parts, only: string | undefined, { quick }: Extent): string[] {
  if (only === undefined) return Object.keys(parts).filter((name) => !quick || parts[name]?.slow !== true);
  const chosen = only.split(",");
  const unknown = chosen.filter((name) => parts[name] === undefined);
  if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(", ")}\n\n${help}`);
  return chosen;
}

function parseCores(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > cpus().length)
    throw new Error(`--cores takes a number from 1 to ${cpus().length}, the cores of this machine`);
  return count;
}

function limit({ quick, all, soakSeconds }: Extent, against: boolean): void {
  const extent = against ? "against" : quick ? "quick" : all ? "all" : "usual";
  const minutes = soakSeconds / 60 + limitMinutes[extent];
  const timer = setTimeout(() => end(1, `it took longer than ${minutes} minutes`), minutes * 60_000);
  timer.unref();
}

/** The only way out: nothing that was started may outlive this process. */
function end(code: number, problem?: string): never {
  if (problem !== undefined) process.stderr.write(`bench: ${problem}\n`);
  cleanUp();
  process.exit(code);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => end(1, `stopped by ${signal}`));
main().then(
  (passed) => end(passed ? 0 : 1),
  (error: unknown) => end(1, error instanceof Error ? error.message : String(error)),
);
