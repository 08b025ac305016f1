import { Agent, get } from "node:http";
import { join } from "node:path";
import { findExamples } from "../test/browser/find-examples.ts";
import { listedViews, type Examples, type ListedView } from "../test/browser/views.ts";
import { threadSeconds, watchOthers } from "./procfs.ts";
import {
  atMost,
  disturbance,
  info,
  kilobytes,
  median,
  millis,
  ratio,
  whole,
  type Extent,
  type Finding,
} from "./report.ts";
import { fillLedger } from "./scale/fill-ledger.ts";
import { startPipegauge, workingDirectory, type Server } from "./server.ts";

const p95MillisMax = 200;
/** Of a response, compressed. */
const bytesMax = 100_000;
/** Of each view, after a first one that is shown apart; fewer where they take long. */
const asks = 20;
const viewMillisMax = 15_000;
/** A view that takes longer is not measured. */
const answerMillisMax = 15_000;

/** Every view of the page with many runs stored, against the same view of an empty server. */
export async function measurePage({ quick, all }: Extent): Promise<Finding[]> {
  const runs = all ? 1_000_000 : quick ? 10_000 : 100_000;
  const directory = workingDirectory();
  const [empty, full] = [`sqlite:${join(directory, "empty.db")}`, `sqlite:${join(directory, "full.db")}`];
  await fillLedger(full, runs);
  return [info("runs stored", whole(runs)), ...(await measureViews(directory, full, empty))];
}

/** Asks the servers of both databases for each view by turns. */
export async function measureViews(directory: string, full: string, empty: string): Promise<Finding[]> {
  const servers: Server[] = [];
  const agent = new Agent({ keepAlive: true });
  try {
    for (const url of [full, empty])
      servers.push(await startPipegauge(directory, url, { PIPEGAUGE_TRUST_LOCAL: "true" }));
    const [large, small] = servers as [Server, Server];
    const examples = await findExamples(async (path) => (await fetch(`http://${large.host}${path}`)).json());
    const others = watchOthers(servers.map(({ pid }) => pid));
    const findings: Finding[] = [];
    for (const view of listedViews.filter(({ status }) => status === undefined))
      findings.push(...(await measureView(view, examples, [large, small], agent)));
    return [disturbance(others()), ...findings];
  } finally {
    agent.destroy();
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function measureView(
  { name, address }: ListedView,
  examples: Examples,
  [large, small]: readonly [Server, Server],
  agent: Agent,
): Promise<Finding[]> {
  const path = `/ui/${address(examples)}`;
  // What is about one run cannot be requested where there is none.
  const isOfEmpty = address({}) !== undefined;
  const [times, emptyTimes]: [number[], number[]] = [[], []];
  let cpuSeconds = 0;
  try {
    const first = await ask(large, path, agent);
    const end = performance.now() + viewMillisMax;
    while (times.length < asks && performance.now() < end) {
      const before = readUsedSeconds(large);
      times.push((await ask(large, path, agent)).millis);
      cpuSeconds += readUsedSeconds(large) - before;
      if (isOfEmpty) emptyTimes.push((await ask(small, path, agent)).millis);
    }
    const middle = median(times);
    const beside = `${millis(middle)}, ${millis(first.millis)}, ${millis((cpuSeconds / times.length) * 1000)}`;
    return [
      atMost(`${name}: 95th percentile of ${times.length} requests`, findP95(times), p95MillisMax, millis),
      info(`${name}: middle, first request, processor time`, beside),
      ...(isOfEmpty ? [info(`${name}: middle / that of an empty server`, ratio(middle / median(emptyTimes)))] : []),
      atMost(`${name}: compressed`, first.bytes, bytesMax, kilobytes),
    ];
  } catch (error) {
    return [{ what: name, value: error instanceof Error ? error.message : String(error), ok: false }];
  }
}

/** The nearest rank: https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method */
function findP95(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? NaN;
}

function readUsedSeconds({ pid }: Server): number {
  return [...threadSeconds(pid).values()].reduce((sum, seconds) => sum + seconds, 0);
}

interface Asked {
  readonly millis: number;
  /** Of the body as it was sent. */
  readonly bytes: number;
}

function ask({ host }: Server, path: string, agent: Agent): Promise<Asked> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { "accept-encoding": "gzip", accept: "text/html" };
    const request = get(`http://${host}${path}`, { agent, headers, timeout: answerMillisMax }, (response) => {
      let bytes = 0;
      response.on("data", (chunk: Buffer) => (bytes += chunk.length));
      response.on("end", () =>
        response.statusCode === 200
          ? resolve({ millis: performance.now() - began, bytes })
          : reject(new Error(`${path}: ${response.statusCode}`)),
      );
    });
    request.on("timeout", () => request.destroy(new Error(`${path} did not answer`)));
    request.on("error", reject);
  });
}
