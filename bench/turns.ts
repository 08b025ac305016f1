import { driveCosted, type CostedRound } from "./cost.ts";
import type { Engine } from "./engines.ts";
import { payloads } from "./payloads.ts";
import { peakMegabytes, watchOthers } from "./procfs.ts";
import {
  atLeast,
  atMost,
  disturbance,
  equal,
  info,
  median,
  megabytes,
  micros,
  millis,
  perSecond,
  ratio,
  whole,
  getMedian,
  type Finding,
} from "./report.ts";
import { timeByTurns } from "./scrape.ts";
import { read, type Server } from "./server.ts";
import { tally, total } from "./tally.ts";
import { connections } from "./wrk.ts";

const ingestRatioMin = 0.8;
const scrapeRatioMax = 1.2;

/** The ids of a history are those of the rounds before. */
const firstRound = 10;
/** With time at the end for what is held up by a checkpoint. */
const roundSeconds = 4;
const drainMillis = 1500;

/** A server on a database with a history of so many passes. */
export interface Subject {
  readonly url: string;
  readonly server: Server;
  readonly passes: number;
  /** Runs in it before any load. */
  readonly stored: number;
}

const readLedger = ({ server }: Subject) => read(`http://${server.host}/metrics/ledger`);

/** Scrapes the one with the short history and the one with the long history by turns. Before any load: all is compared. */
export async function scrapeByTurns(subjects: readonly Subject[], cycles: number): Promise<Finding[]> {
  const texts = await Promise.all(subjects.map(readLedger));
  const times = await timeByTurns(
    subjects.map(({ server }) => server),
    cycles,
  );
  const [small = "", large = ""] = texts;
  const [short, long] = [median(times[0] ?? []), median(times[1] ?? [])];
  const [few, many] = subjects.map(({ stored }) => whole(stored));
  return [
    info("series of cicd_pipeline_runs_total", whole(tally(small).get("cicd_pipeline_runs_total")?.lines ?? 0)),
    info("samples of a scrape", whole(samplesIn(small))),
    equal("totals that are not as many times greater as the history is longer", unlike(small, large, subjects), 0),
    info(`scrape with ${few} runs stored`, millis(short)),
    info(`scrape with ${many} runs stored`, millis(long)),
    atMost(`scrape with ${many} runs / with ${few}`, long / short, scrapeRatioMax, ratio),
  ];
}

function samplesIn(text: string): number {
  return [...tally(text).values()].reduce((sum, { lines }) => sum + lines, 0);
}

/** Names of counters and histograms whose series are not the same ones, or whose sums are not those of the longer history. */
function unlike(small: string, large: string, [few, many]: readonly Subject[]): number {
  const times = (many?.passes ?? NaN) / (few?.passes ?? NaN);
  const [ours, theirs] = [tally(small), tally(large)];
  const names = [...new Set([...ours.keys(), ...theirs.keys()])].filter((name) =>
    /_(total|bucket|sum|count)$/.test(name),
  );
  const differing = names.filter((name) => {
    const [one, other] = [ours.get(name), theirs.get(name)];
    return one?.lines !== other?.lines || (one?.sum ?? NaN) * times !== other?.sum;
  });
  return names.length === 0 ? NaN : differing.length;
}

/** Loads them by turns with the payload of bench/ingest.ts; each round the other one comes first. */
export async function loadByTurns(
  engine: Engine,
  subjects: readonly Subject[],
  directory: string,
  rounds: number,
): Promise<{ readonly findings: Finding[] /** By the first one. */; readonly acknowledged: number }> {
  const payload = payloads(new Date()).gitlab;
  const driven = subjects.map((): CostedRound[] => []);
  const others = watchOthers(subjects.map(({ server }) => server.pid));
  for (let round = 0; round <= rounds; round++) {
    for (let turn = 0; turn < subjects.length; turn++) {
      const i = (round + turn) % subjects.length;
      const { server, url } = subjects[i] as Subject;
      const load = { payload, round: firstRound + round, seconds: roundSeconds, drainMillis, directory };
      driven[i]?.push(await driveCosted(load, server, { engine, url }));
    }
  }
  const generator = driven.flat().reduce((sum, { generatorSeconds }) => sum + generatorSeconds, 0);
  const databaseSeconds = driven.flat().reduce((sum, one) => sum + one.databaseMicros * one.acknowledged * 1e-6, 0);
  const disturbed = others(generator + databaseSeconds);
  const acknowledged = driven.map((all) => all.reduce((sum, one) => sum + one.acknowledged, 0));
  const measured = driven.flatMap((all) => all.slice(1));
  const held = await engine.connections(subjects[0]?.url ?? "");
  return {
    acknowledged: acknowledged[0] ?? NaN,
    findings: [
      ...rates(subjects, driven),
      disturbance(disturbed),
      info("processor time a delivery, Pipegauge", micros(getMedian(measured, "micros"))),
      ...(databaseSeconds === 0
        ? []
        : [info("processor time a delivery, database", micros(getMedian(measured, "databaseMicros")))]),
      ...(held === 0 ? [] : [info("connections to the database under load", whole(held))]),
      info(
        "peak memory of each Pipegauge",
        subjects.map(({ server }) => megabytes(peakMegabytes(server.pid))).join(", "),
      ),
      ...(await counted(subjects, acknowledged)),
    ],
  };
}

/** Without the first round of each, which warms up. */
function rates(subjects: readonly Subject[], driven: readonly (readonly CostedRound[])[]): Finding[] {
  const measured = driven.map((all) => all.slice(1));
  const [small = NaN, large = NaN] = measured.map((all) => getMedian(all, "perSecond"));
  const [few, many] = subjects.map(({ stored }) => whole(stored));
  const perSubject = subjects.flatMap(({ stored }, i) => [
    info(`ingest with ${whole(stored)} runs stored, ${connections} connections`, perSecond([small, large][i] ?? NaN)),
    info(`acknowledged with ${whole(stored)} runs stored, p99`, millis(getMedian(measured[i] ?? [], "p99Millis"))),
  ]);
  return [...perSubject, atLeast(`ingest with ${many} runs / with ${few}`, large / small, ingestRatioMin, ratio)];
}

async function counted(subjects: readonly Subject[], acknowledged: readonly number[]): Promise<Finding[]> {
  const findings = subjects.map(async (subject, i) => {
    const shown = total(await readLedger(subject), "cicd_pipeline_runs_total");
    const what = `runs counted, of ${whole(subject.stored)} stored and those acknowledged`;
    return equal(what, shown, subject.stored + (acknowledged[i] ?? NaN));
  });
  return Promise.all(findings);
}
