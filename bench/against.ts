import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { describeThread, driveCosted, medianByThread, type CostedRound } from "./cost.ts";
import type { Engine } from "./engines.ts";
import { compactPayload } from "./payloads.ts";
import { watchOthers } from "./procfs.ts";
import {
  atMost,
  disturbance,
  equal,
  info,
  kilobytes,
  median,
  getMedian,
  micros,
  millis,
  perSecond,
  ratio,
  spread,
  type Extent,
  type Finding,
} from "./report.ts";
import { warmUpDeliveries, warmUpRoundsMax } from "./rounds.ts";
import { read, root, startPipegauge, workingDirectory, type Server } from "./server.ts";
import { total } from "./tally.ts";

/** How much more a delivery may cost than in the other checkout: rounds of one program differ by as much. */
const costRatioMax = 1.05;
/** One of the two programs. */
interface Side {
  readonly checkout: string;
  readonly url: string;
  readonly server: Server;
  acknowledged: number;
  readonly rounds: CostedRound[];
}

/** The load of bench/ingest.ts by turns on this checkout and on another built one, so that both see the same machine. */
export async function measureAgainst(checkout: string, engine: Engine, { quick, all }: Extent): Promise<Finding[]> {
  const directory = workingDirectory();
  const sides: Side[] = [];
  try {
    for (const [name, place] of [
      ["here", root],
      ["there", resolve(checkout)],
    ] as const) {
      const url = await engine.create(name);
      const server = await startPipegauge(directory, url, {}, place);
      sides.push({ checkout: place, url, server, acknowledged: 0, rounds: [] });
    }
    const [here, there] = sides as [Side, Side];
    const others = watchOthers([here.server.pid, there.server.pid]);
    const used = await driveByTurns([here, there], engine, directory, { rounds: quick ? 3 : all ? 12 : 6 });
    return [
      info("here", describeCheckout(here.checkout)),
      info("there", describeCheckout(there.checkout)),
      info(engine.name, engine.description),
      ...compareRounds(here.rounds, there.rounds),
      disturbance(others(used)),
      ...(await Promise.all([countLost(here, "here"), countLost(there, "there")])),
    ];
  } finally {
    await Promise.all(sides.map(({ server }) => server.stop()));
    engine.stop();
  }
}

/** Returns the seconds that the generator and the database have used. */
async function driveByTurns(
  sides: readonly [Side, Side],
  engine: Engine,
  directory: string,
  { rounds }: { rounds: number },
): Promise<number> {
  const [payload, seconds, drainMillis] = [compactPayload(new Date()), 4, 1500];
  let [round, used] = [0, 0];
  const drive = async (side: Side) => {
    const load = { payload, round, seconds, drainMillis, directory };
    const driven = await driveCosted(load, side.server, { engine, url: side.url });
    side.acknowledged += driven.acknowledged;
    used += driven.generatorSeconds + driven.databaseMicros * driven.acknowledged * 1e-6;
    return driven;
  };
  const isCold = () => sides.some(({ acknowledged }) => acknowledged < warmUpDeliveries);
  for (; round < warmUpRoundsMax && isCold(); round++) for (const side of sides) await drive(side);
  for (const end = round + rounds; round < end; round++)
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) side.rounds.push(await drive(side));
  return used;
}

/** The middle of each figure here and there, and of its quotients in the rounds that followed each other, with their spread. */
function compareRounds(here: readonly CostedRound[], there: readonly CostedRound[]): Finding[] {
  const quotients = (figure: (round: CostedRound) => number) =>
    here.map((round, i) => figure(round) / figure(there[i] as CostedRound));
  const compared = (what: string, figure: (round: CostedRound) => number, write: (value: number) => string) => {
    const [a, b] = [here, there].map((rounds) => write(median(rounds.map(figure))));
    return info(what, `${a}, ${b}: ${spread(quotients(figure), ratio)}`);
  };
  const threads = new Set([...medianByThread(here).keys(), ...medianByThread(there).keys()]);
  return [
    compared("processor time a delivery, here and there", ({ micros: value }) => value, micros),
    ...[...threads].map((name) =>
      compared(describeThread(name), ({ microsByThread }) => microsByThread.get(name) ?? 0, micros),
    ),
    atMost("processor time, here / there", median(quotients(({ micros: value }) => value)), costRatioMax, ratio),
    ...(getMedian(here, "databaseMicros") === 0
      ? [compared("written to the disk a delivery", ({ diskBytes }) => diskBytes, kilobytes)]
      : [
          compared("processor time a delivery, PostgreSQL", ({ databaseMicros }) => databaseMicros, micros),
          compared("WAL a delivery, PostgreSQL", ({ walBytes }) => walBytes, kilobytes),
        ]),
    compared("rate, here and there", (round) => round.perSecond, perSecond),
    compared("acknowledged, p99", ({ p99Millis }) => p99Millis, millis),
  ];
}

/** The commit that is checked out, and whether files differ from it. */
function describeCheckout(checkout: string): string {
  const { stdout } = spawnSync("git", ["-C", checkout, "describe", "--always", "--dirty=, changed"], {
    encoding: "utf8",
  });
  return `${(stdout ?? "").trim() || "no commit"} in ${checkout}`;
}

async function countLost({ server, acknowledged }: Side, name: string): Promise<Finding> {
  const counted = total(await read(`http://${server.host}/metrics/ledger`), "cicd_pipeline_runs_total");
  return equal(`acknowledged and not counted, ${name}`, acknowledged - counted, 0);
}
