import { copyFileSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { addHistory, makeSeries, moveSeries } from "./fill.ts";
import {
  atMost,
  disturbance,
  equal,
  info,
  median,
  megabytes,
  millis,
  ratio,
  whole,
  type Extent,
  type Finding,
} from "./report.ts";
import { peakMegabytes, watchOthers } from "./procfs.ts";
import { pause, read, startPeer, startPipegauge, workingDirectory, type Server } from "./server.ts";
import { total } from "./tally.ts";

const peerRatioMax = 1.0;
const historyRatioMax = 1.2;

/** Longer than a snapshot serves, so that every scrape reads the database. */
export const cycleMillis = 1100;

/**
 * `GET /metrics/ledger` with the database read in it, against prom-client with the same content in memory, and against
 * another Pipegauge with the same series and a long history under them.
 */
export async function measureScrape({ quick, all }: Extent): Promise<Finding[]> {
  const directory = workingDirectory();
  const [plain, old] = [join(directory, "series.db"), join(directory, "history.db")];
  const runs = all ? 1_000_000 : quick ? 20_000 : 100_000;
  await makeSeries(plain);
  copyFileSync(plain, old);
  addHistory(old, runs);
  const servers: Server[] = [];
  try {
    const ours = await startPipegauge(directory, plain);
    servers.push(ours);
    const aged = await startPipegauge(directory, old);
    servers.push(aged);
    const text = await read(`http://${ours.host}/metrics/ledger`);
    const content = join(directory, "content.txt");
    writeFileSync(content, text);
    const peer = await startPeer("prom-client", directory, [content]);
    servers.push(peer);
    const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const differing = await Promise.all(
      [peer, aged].map(async ({ host }) => differences(samples, await read(url(host)))),
    );

    const others = watchOthers(servers.map(({ pid }) => pid));
    const cycles = quick ? 3 : 12;
    const [our = [], peers = [], ageds = []] = await timeByTurns([ours, peer, aged], cycles);
    const [moved = []] = await timeByTurns([ours], cycles, () => moveSeries(plain));
    const disturbed = others();
    return [
      info(
        "series of cicd_pipeline_runs_total",
        whole(samples.filter((line) => line.startsWith("cicd_pipeline_runs_total{")).length),
      ),
      info("samples; bytes", `${whole(samples.length)}; ${whole(Buffer.byteLength(text))}`),
      equal("samples that differ between the three servers", Math.max(...differing), 0),
      equal("the database was read", total(text, "pipegauge_collector_success"), 1),
      disturbance(disturbed),
      info("prom-client, from memory", millis(median(peers))),
      info("Pipegauge, database read included", millis(median(our))),
      atMost("Pipegauge / prom-client", median(our) / median(peers), peerRatioMax, ratio),
      info("Pipegauge, where every series had moved", millis(median(moved))),
      atMost("that / prom-client", median(moved) / median(peers), peerRatioMax, ratio),
      info(`Pipegauge with ${whole(runs)} runs stored`, millis(median(ageds))),
      atMost(`with ${whole(runs)} runs / with none`, median(ageds) / median(our), historyRatioMax, ratio),
      info(
        "peak memory of Pipegauge, of prom-client",
        `${megabytes(peakMegabytes(ours.pid))}, ${megabytes(peakMegabytes(peer.pid))}`,
      ),
    ];
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

function url(host: string): string {
  return `http://${host}/metrics/ledger`;
}

/**
 * Milliseconds of each request to each server, one after the other, each time in another order. All are warm by now.
 * `before` is what happens in between.
 */
export async function timeByTurns(
  servers: readonly Server[],
  cycles: number,
  before: () => void = () => undefined,
): Promise<number[][]> {
  const agent = new Agent({ keepAlive: true });
  const times = servers.map((): number[] => []);
  for (let cycle = 0; cycle < cycles; cycle++) {
    before();
    await pause(cycleMillis);
    for (let turn = 0; turn < servers.length; turn++) {
      const i = (cycle + turn) % servers.length;
      const elapsed = await timed(url(servers[i]?.host ?? ""), agent);
      times[i]?.push(elapsed);
    }
  }
  agent.destroy();
  return times;
}

/** From the request to the last byte of the answer, which is not kept. */
export function timed(address: string, agent: Agent): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(address, { agent, timeout: 60_000 }, (response) => {
      response.resume();
      response.on("end", () =>
        response.statusCode === 200
          ? resolve(performance.now() - began)
          : reject(new Error(`${address}: ${response.statusCode}`)),
      );
    });
    request.on("timeout", () => request.destroy(new Error(`${address} did not answer`)));
    request.on("error", reject);
  });
}

/** How many samples are in one text and not in the other, however their labels and they themselves are ordered. */
function differences(expected: readonly string[], text: string): number {
  const wanted = new Set(expected.map(normal));
  const given = new Set(
    text
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map(normal),
  );
  return [...wanted].filter((line) => !given.has(line)).length + [...given].filter((line) => !wanted.has(line)).length;
}

function normal(line: string): string {
  const end = line.lastIndexOf(" ");
  const name = /^[^{ ]+/.exec(line)?.[0] ?? "";
  const labels = [...line.slice(0, end).matchAll(/[a-z_]+="[^"]*"/g)].map(([label]) => label).toSorted();
  return `${name} ${labels.join(",")} ${Number(line.slice(end + 1))}`;
}
