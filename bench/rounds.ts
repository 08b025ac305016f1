import { driveCosted, type CostedRound } from "./cost.ts";
import { sqliteEngine, type Engine } from "./engines.ts";
import type { Payload } from "./payloads.ts";
import { peakMegabytes, watchOthers } from "./procfs.ts";
import { below, percent, type Finding } from "./report.ts";
import { read, startPeer, startPipegauge, workingDirectory, type Server } from "./server.ts";
import { total } from "./tally.ts";

/** A generator that uses more of its core than this is what is measured. */
const generatorMax = 0.95;

/** A delivery costs twice as much before V8 has compiled what it runs: where costs are reported, no server is measured before so many. */
export const warmUpDeliveries = 10_000;
export const warmUpRoundsMax = 6;

export interface Schedule {
  /** Measured rounds of each server, after those that only warm up. */
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** There are as many warm-up rounds as these deliveries take, but at most `warmUpRoundsMax`; by default one. */
  readonly warmUpDeliveries?: number;
  /** Of each round, at its end: nothing more is sent, see wrk.ts. */
  readonly drainMillis?: number;
}

/** Two servers under the same load, and what Pipegauge made of it. */
export interface Comparison {
  readonly bare: readonly CostedRound[];
  readonly pipegauge: readonly CostedRound[];
  /** Deliveries that Pipegauge acknowledged, those of the warm-up included. */
  readonly acknowledged: number;
  readonly runsCounted: number;
  readonly jobsCounted: number;
  readonly duplicates: number;
  readonly peakMegabytes: number;
  /** The part of the machine's time that others took. */
  readonly disturbance: number;
}

/** Sends the payload to the bare server and to Pipegauge by turns, in short rounds, so that both see the same machine. */
export async function compare(
  payload: Payload,
  schedule: Schedule,
  engine: Engine = sqliteEngine(),
): Promise<Comparison> {
  const directory = workingDirectory();
  const servers: Server[] = [];
  try {
    const bare = await startPeer("bare", directory);
    servers.push(bare);
    const url = await engine.create("pipegauge");
    const pipegauge = await startPipegauge(directory, url);
    servers.push(pipegauge);

    const others = watchOthers(servers.map(({ pid }) => pid));
    const rounds = { bare: [] as CostedRound[], pipegauge: [] as CostedRound[] };
    const driveBoth = async (seconds: number) => {
      const { drainMillis } = schedule;
      const round = rounds.bare.length;
      const load = { payload, round, seconds, directory, ...(drainMillis === undefined ? {} : { drainMillis }) };
      rounds.bare.push(await driveCosted(load, bare));
      rounds.pipegauge.push(await driveCosted(load, pipegauge, { engine, url }));
    };
    do await driveBoth(schedule.warmUpSeconds);
    while (
      rounds.bare.length < warmUpRoundsMax &&
      sumAcknowledged(rounds.pipegauge) < (schedule.warmUpDeliveries ?? 0)
    );
    for (let round = 0; round < schedule.rounds; round++) await driveBoth(schedule.seconds);
    const generator = [...rounds.bare, ...rounds.pipegauge].map(({ generatorSeconds }) => generatorSeconds);
    const disturbance = others(generator.reduce((sum, seconds) => sum + seconds, 0));
    const [ledger, server] = [
      await read(`http://${pipegauge.host}/metrics/ledger`),
      await read(`http://${pipegauge.host}/metrics/server`),
    ];
    return {
      bare: rounds.bare.slice(-schedule.rounds),
      pipegauge: rounds.pipegauge.slice(-schedule.rounds),
      acknowledged: sumAcknowledged(rounds.pipegauge),
      runsCounted: total(ledger, "cicd_pipeline_runs_total"),
      jobsCounted: total(ledger, "cicd_job_runs_total"),
      duplicates: total(server, "pipegauge_deliveries_total", 'outcome="duplicate"'),
      peakMegabytes: peakMegabytes(pipegauge.pid),
      disturbance,
    };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

function sumAcknowledged(rounds: readonly CostedRound[]): number {
  return rounds.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
}

/** Whether it was the servers that were measured. */
export function generatorShare(busy: number): Finding {
  return below("load generator's share of its core", busy, generatorMax, percent);
}
