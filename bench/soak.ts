import { existsSync, statSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { firstId, payloads } from "./payloads.ts";
import { connectionsTo, descriptors, residentMegabytes } from "./procfs.ts";
import { atMost, equal, info, median, megabytes, millis, ratio, whole, type Extent, type Finding } from "./report.ts";
import { cycleMillis, timed } from "./scrape.ts";
import { pause, read, startPipegauge, workingDirectory, type Server } from "./server.ts";
import { openSender, quantile, sendSteadily } from "./steady.ts";
import { total } from "./tally.ts";

const perSecond = 100;
const connections = 16;
const sampleMillis = 1000;
/** A scrape every so many samples, as a Prometheus would. */
const samplesPerScrape = 5;

const memoryRatioMax = 1.15;
/** `journal_size_limit` in src/core/store/db/connect.ts. */
const walMaxBytes = 64 * 2 ** 20;

/** For a median to be worth something in each third. */
const secondsMin = 10;
const closingMillis = 10_000;

/** What was seen in a third of the time. */
interface Third {
  readonly sent: number;
  readonly accepted: number;
  readonly p99Millis: number;
  readonly memory: number;
  readonly walBytes: number;
  /** After all connections of the load were closed. */
  readonly descriptors: number;
}

/** A steady load for so long, in three thirds of which the first warms up: nothing may grow from the second to the last. */
export async function measureSoak({ soakSeconds }: Extent): Promise<Finding[]> {
  const directory = workingDirectory();
  const database = join(directory, "pipegauge.db");
  const server = await startPipegauge(directory, database);
  try {
    const thirds: Third[] = [];
    let from = firstId;
    for (let i = 0; i < 3; i++) {
      const third = await runThird(server, `${database}-wal`, from, soakSeconds / 3);
      thirds.push(third);
      from += third.sent;
    }
    const [first, middle, last] = thirds as [Third, Third, Third];
    const accepted = thirds.reduce((sum, third) => sum + third.accepted, 0);
    await pause(cycleMillis);
    const ledger = await read(`http://${server.host}/metrics/ledger`);
    const walBytes = Math.max(...thirds.map((third) => third.walBytes));
    return [
      info("load", `${whole(perSecond)}/s for ${whole(soakSeconds)} s`),
      info("resident memory, median of each third", thirds.map(({ memory }) => megabytes(memory)).join(", ")),
      atMost("resident memory, last third / middle third", last.memory / middle.memory, memoryRatioMax, ratio),
      equal("descriptors at the end, of those after the first third", last.descriptors, first.descriptors),
      atMost("largest WAL file", walBytes / 1e6, walMaxBytes / 1e6, megabytes),
      info("acknowledged, p99 of each third", thirds.map(({ p99Millis }) => millis(p99Millis)).join(", ")),
      equal("deliveries that were not accepted", from - firstId - accepted, 0),
      equal("runs counted", total(ledger, "cicd_pipeline_runs_total"), accepted),
    ];
  } finally {
    await server.stop();
  }
}

async function runThird(server: Server, wal: string, from: number, seconds: number): Promise<Third> {
  const sender = openSender(payloads(new Date()).gitlab, server.host, connections);
  const samples = startSampling(server, wal);
  const steady = await sendSteadily(sender, { perSecond, seconds, from });
  sender.close();
  const { memory, walBytes } = await samples.end();
  return {
    sent: steady.sent,
    accepted: steady.accepted,
    p99Millis: quantile(steady.millis, 0.99),
    memory: median(memory),
    walBytes: Math.max(...walBytes),
    descriptors: await idleDescriptors(server),
  };
}

function startSampling({ host, pid }: Server, wal: string) {
  const memory: number[] = [];
  const walBytes: number[] = [];
  const agent = new Agent({ keepAlive: false });
  const stop = new AbortController();
  const sampling = (async () => {
    for (let i = 1; !stop.signal.aborted; i++) {
      await pause(sampleMillis);
      memory.push(residentMegabytes(pid));
      walBytes.push(existsSync(wal) ? statSync(wal).size : 0);
      if (i % samplesPerScrape === 0) await timed(`http://${host}/metrics`, agent);
    }
  })();
  // It fails in `end`, whenever it failed.
  sampling.catch(() => undefined);
  return {
    async end() {
      stop.abort();
      await sampling;
      agent.destroy();
      return { memory, walBytes };
    },
  };
}

/** How many descriptors are open without a client. A server learns a moment later that one is gone. */
async function idleDescriptors({ host, pid }: Server): Promise<number> {
  const port = Number(host.split(":")[1]);
  const deadline = performance.now() + closingMillis;
  while (connectionsTo(port) > 0) {
    if (performance.now() > deadline) throw new Error(`connections of clients that are gone are still open`);
    await pause(20);
  }
  return descriptors(pid);
}

/** `90s`, `60m`, `8h` → seconds. Throws for anything else. */
export function parseSeconds(time: string): number {
  const [, figure = "", unit = ""] = /^([1-9]\d*)([smh])$/.exec(time) ?? [];
  const seconds = Number(figure) * ({ s: 1, m: 60, h: 3600 }[unit] ?? NaN);
  if (!(seconds >= secondsMin))
    throw new Error(`--soak takes a time of at least ${secondsMin}s, such as 90s, 60m or 8h`);
  return seconds;
}
