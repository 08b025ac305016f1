import { Agent } from "node:http";
import { parseArgs } from "node:util";
import { Client } from "pg";
import { driveCosted } from "../cost.ts";
import { compactPayload } from "../payloads.ts";
import { familySeconds, peakMegabytes, threadSeconds } from "../procfs.ts";
import { median } from "../report.ts";
import { timed } from "../scrape.ts";
import { cleanUp, pause, startPipegauge, workingDirectory, type Server } from "../server.ts";

/** What is asked, with the longest span that each answers from where it matters. */
const paths = [
  "/metrics",
  "/ui/",
  "/api/v1/status",
  "/api/v1/runs",
  "/api/v1/runs?project=team-0/service-000",
  "/api/v1/runs?result=failure",
  "/api/v1/runs?ref=no-such-branch",
  "/api/v1/runs?since=1d",
  "/api/v1/runs?until=300d",
  "/api/v1/jobs",
  "/api/v1/jobs?job_name=deploy&result=failure",
  "/api/v1/jobs?search=no-such-job",
  "/api/v1/summary?since=8h",
  "/api/v1/jobs/summary?since=8h",
  "/api/v1/insights/flaky?since=8h",
  "/api/v1/insights/waste?since=8h",
  "/api/v1/deliveries",
  "/api/v1/deliveries?outcome=dead_letter",
  "/api/v1/deliveries?outcome=ignored",
  "/api/v1/summary?since=7d",
  "/api/v1/jobs/summary?since=30d",
  "/api/v1/jobs/summary?since=90d&by=stage,week",
  "/api/v1/jobs/summary?since=300d&by=stage,month",
] as const;

const tries = 3;
/** A scrape is cached for a second. */
const cacheMillis = 1100;
const loadSeconds = 4;

interface Subject {
  readonly url: string;
  readonly server: Server;
  /** Processor time of the database's own processes, seconds. */
  readonly database: () => number;
}

/** Processor time that server and database have used: milliseconds. */
function cpuMillis({ server, database }: Subject): number {
  const threads = [...threadSeconds(server.pid).values()].reduce((sum, seconds) => sum + seconds, 0);
  return (threads + database()) * 1000;
}

/** `tsx bench/scale/measure.ts <url> <url> …` asks servers on these databases for the same, by turns, and loads each for a moment. */
async function measure(urls: readonly string[]): Promise<void> {
  const directory = workingDirectory();
  const subjects: Subject[] = [];
  for (const url of urls) {
    const server = await startPipegauge(directory, url, {
      PIPEGAUGE_RETENTION_DAYS: "36500",
      PIPEGAUGE_TRUST_LOCAL: "true",
    });
    const pid = url.startsWith("sqlite:") ? undefined : await findPostmaster(url);
    subjects.push({ url, server, database: () => (pid === undefined ? 0 : familySeconds(pid)) });
  }
  print(
    "start to ready, ms",
    subjects.map(({ server }) => server.readyMillis.toFixed(0)),
  );
  const agent = new Agent({ keepAlive: true });
  for (const path of paths) {
    const taken = subjects.map(() => ({ wall: [] as number[], cpu: [] as number[], status: "" }));
    for (let i = 0; i <= tries; i++) {
      if (path === "/metrics") await pause(cacheMillis);
      for (const [s, subject] of subjects.entries()) {
        const before = cpuMillis(subject);
        const wall = await timed(`http://${subject.server.host}${path}`, agent).catch((error: unknown) => {
          if (taken[s]) taken[s].status = String(error).slice(0, 60);
          return NaN;
        });
        if (i === 0 && wall < 5000) continue;
        taken[s]?.wall.push(wall);
        taken[s]?.cpu.push(cpuMillis(subject) - before);
      }
    }
    print(
      path,
      taken.map(({ wall, cpu, status }) => `${median(wall).toFixed(1)} ms, cpu ${median(cpu).toFixed(1)} ms ${status}`),
    );
  }
  agent.destroy();
  const payload = compactPayload(new Date());
  for (let round = 30; round < 34; round++) {
    const lines: string[] = [];
    for (const { server } of subjects) {
      const done = await driveCosted({ payload, round, seconds: loadSeconds, drainMillis: 1500, directory }, server);
      lines.push(
        `${done.perSecond.toFixed(0)}/s, p99 ${done.p99Millis.toFixed(0)} ms, ${done.micros.toFixed(0)} µs, disk ${done.diskBytes.toFixed(0)} B`,
      );
    }
    print(`ingest ${round}`, lines);
  }
  print(
    "peak memory, MB",
    subjects.map(({ server }) => peakMegabytes(server.pid).toFixed(0)),
  );
  await Promise.all(subjects.map(({ server }) => server.stop()));
}

async function findPostmaster(url: string): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ file: string }>(
    "select pg_read_file(current_setting('data_directory') || '/postmaster.pid') as file",
  );
  await client.end();
  return Number(rows[0]?.file.split("\n")[0]);
}

function print(what: string, values: readonly string[]): void {
  process.stdout.write(`${[what, ...values].join(" | ")}\n`);
}

const { positionals } = parseArgs({ allowPositionals: true });
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    cleanUp();
    process.exit(1);
  });
try {
  await measure(positionals);
} finally {
  cleanUp();
}
