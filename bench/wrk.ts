import { spawn, spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { firstId, isSigned, requestTemplate, signatures, type HttpRequest } from "./payloads.ts";
import { cpuSeconds } from "./procfs.ts";
import { track } from "./server.ts";

const script = fileURLToPath(new URL("./load.lua", import.meta.url));

/** The end of each round in which nothing more is sent, so that what is under way is answered: milliseconds. */
const usualDrainMillis = 400;
const threads = 1;
/** wrk's own bound is 2 s; what is answered at all is measured, and what is not fails the round. */
const timeout = "10s";
/** Ids of one round; more than any server here can be sent in one. */
const idsPerRound = 1_000_000;
/** Signatures that are made ahead for each second of a round. */
const signedPerSecond = 20_000;

export const connections = 64;

/** What wrk and load.lua print at the end of a run. */
export interface WrkReport {
  readonly requests: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
  /** Answers that are neither 2xx nor 3xx. */
  readonly refused: number;
  readonly socketErrors: number;
  readonly sent: number;
  readonly exhausted: boolean;
}

/** One round of load, without a fault in it. */
export interface Round {
  /** Deliveries answered with a 2xx: all that were sent. */
  readonly acknowledged: number;
  readonly perSecond: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
  /** How much of one core the generator used. Near 1 it is the generator that is measured. */
  readonly generatorBusy: number;
  /** Time the generator ran. */
  readonly generatorSeconds: number;
}

/** Throws, with what to do about it, where wrk cannot be run. */
export function requireWrk(): void {
  if (spawnSync("wrk", ["-v"]).error !== undefined)
    throw new Error("wrk is not installed: apt-get install wrk (or https://github.com/wg/wrk), then try again");
}

export interface Load {
  readonly payload: HttpRequest;
  /** Of the server, without a path. */
  readonly host: string;
  /** 0 for the first; no two rounds send the same id. */
  readonly round: number;
  readonly seconds: number;
  /** Of these, at the end, so long only answers are waited for; more for a server that takes its time. */
  readonly drainMillis?: number;
  /** At a time; by default as many as all other parts have. */
  readonly open?: number;
  /** For the files that load.lua reads. */
  readonly directory: string;
}

/** Sends deliveries as fast as they are answered, over all connections. Throws when one was not answered with a 2xx. */
export async function drive(load: Load): Promise<Round> {
  const { payload, host, round, seconds, directory, drainMillis = usualDrainMillis, open = connections } = load;
  const windowMillis = seconds * 1000 - drainMillis;
  const first = firstId + round * idsPerRound;
  const signed = isSigned(payload);
  const ids = signed ? signedPerSecond * seconds : idsPerRound / threads;
  const template = join(directory, "request.txt");
  writeFileSync(template, requestTemplate(payload, host));
  const files = [template, String(first), String(ids), String(windowMillis)];
  if (signed) {
    const lines = join(directory, `signatures-${round}.txt`);
    if (!existsSync(lines)) writeFileSync(lines, signatures(payload, first, ids * threads));
    files.push(lines);
  }
  const { text, cpu } = await run(["-s", script, `http://${host}/`, "--", ...files], { seconds, drainMillis, open });
  const report = parseWrkOutput(text);
  const fault = describeFault(report);
  if (fault !== undefined) throw new Error(`the load on ${payload.path} at ${host} failed: ${fault}\n${text}`);
  return {
    acknowledged: report.requests,
    perSecond: (report.requests / windowMillis) * 1000,
    p50Millis: report.p50Millis,
    p99Millis: report.p99Millis,
    generatorBusy: (cpu / windowMillis) * 1000,
    generatorSeconds: cpu,
  };
}

/** One round of scrapes. */
export interface Scraped {
  readonly perSecond: number;
  /** Dropped connections and answers that are not 2xx. */
  readonly faults: number;
}

/** Asks for `/metrics` as fast as it is answered, over 16 connections. */
export async function scrapeHard(host: string, seconds: number): Promise<Scraped> {
  const { text } = await run([`http://${host}/metrics`], { seconds, drainMillis: 0, open: 16 });
  const requests = Number(/^\s*(\d+) requests in /m.exec(text)?.[1]);
  return { perSecond: requests / seconds, faults: countRefused(text) + countSocketErrors(text) };
}

async function run(
  args: readonly string[],
  { seconds, drainMillis, open }: { seconds: number; drainMillis: number; open: number },
): Promise<{ text: string; cpu: number }> {
  const child = spawn("wrk", [
    `-t${threads}`,
    `-c${open}`,
    `-d${seconds}s`,
    "--timeout",
    timeout,
    "--latency",
    ...args,
  ]);
  track(child);
  let text = "";
  let cpu = NaN;
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  // While it idles at the end: after that the process is gone, and its figures with it.
  const look = setTimeout(() => (cpu = cpuSeconds(child.pid ?? 0)), seconds * 1000 - drainMillis / 2);
  const late = setTimeout(() => child.kill("SIGKILL"), (seconds + 10) * 1000);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearTimeout(look);
  clearTimeout(late);
  if (code !== 0) throw new Error(`wrk ended with ${code ?? "a signal"}:\n${text}`);
  return { text, cpu };
}

function describeFault({ requests, refused, socketErrors, sent, exhausted }: WrkReport): string | undefined {
  if (requests === 0) return "nothing was answered";
  if (refused > 0) return `${refused} answers were not 2xx`;
  if (socketErrors > 0) return `${socketErrors} socket errors`;
  if (exhausted) return "the prepared deliveries did not last for the round";
  if (sent !== requests) return `${sent} deliveries were sent, ${requests} were answered in time`;
  return undefined;
}

/** Reads the report of `wrk --latency -s load.lua`. Throws when a line that must be there is not. */
export function parseWrkOutput(text: string): WrkReport {
  const find = (pattern: RegExp, what: string): string => {
    const found = pattern.exec(text)?.[1];
    if (found === undefined) throw new Error(`wrk did not tell ${what}:\n${text}`);
    return found;
  };
  return {
    requests: Number(find(/^\s*(\d+) requests in /m, "how many requests were answered")),
    p50Millis: toMillis(find(/^\s*50%\s+(\S+)\s*$/m, "the median latency")),
    p99Millis: toMillis(find(/^\s*99%\s+(\S+)\s*$/m, "the 99th percentile of the latency")),
    refused: countRefused(text),
    socketErrors: countSocketErrors(text),
    sent: Number(find(/^Deliveries sent: (\d+)$/m, "how many deliveries were sent")),
    exhausted: find(/^Threads out of ids: (\d+)$/m, "whether the ids lasted") !== "0",
  };
}

function countRefused(text: string): number {
  return Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
}

function countSocketErrors(text: string): number {
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)?.slice(1) ?? [];
  return errors.reduce((sum, count) => sum + Number(count), 0);
}

/** `873.00us`, `1.25ms`, `2.00s`, `1.10m` */
function toMillis(text: string): number {
  const [, figure = "", unit = ""] = /^([\d.]+)(us|ms|s|m|h)$/.exec(text) ?? [];
  const unitMillis: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
  return Number(figure) * (unitMillis[unit] ?? NaN);
}
