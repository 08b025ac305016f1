import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { compileFlush } from "../test/support/disk/compile-flush.ts";
import { toolPath } from "../test/support/tools.ts";
import { driveCosted, type CostedRound } from "./cost.ts";
import { compactPayload } from "./payloads.ts";
import { watchOthers } from "./procfs.ts";
import {
  atLeast,
  disturbance,
  equal,
  getMedian,
  info,
  micros,
  millis,
  perSecond,
  ratio,
  type Extent,
  type Finding,
} from "./report.ts";
import { read, startPipegauge, workingDirectory } from "./server.ts";
import { total } from "./tally.ts";

/** A network volume of a cloud. */
const flushMillis = 5;
/** Senders that wait for each answer before they send again. */
const senders = 10;
/** Where all senders share a flush it is ten; where each waits for another one's flush as well, three to five. */
const perFlushMin = 6;

interface FlushedRound extends CostedRound {
  /** Flushes of SQLite's WAL, and of its database file. */
  readonly wal: number;
  readonly file: number;
  readonly perFlush: number;
}

/** The hook of bench/ingest.ts from few senders while each flush takes milliseconds: how many deliveries share one. */
export async function measureSlowDisk({ quick }: Extent): Promise<Finding[]> {
  if (toolPath("cc") === undefined) return [info("slow disk", "skipped: no C compiler found, apt-get install gcc")];
  const directory = workingDirectory();
  const log = join(directory, "flushes.txt");
  const server = await startPipegauge(directory, join(directory, "pipegauge.db"), {
    LD_PRELOAD: compileFlush(directory),
    FLUSH_MILLIS: String(flushMillis),
    FLUSH_LOG: log,
  });
  try {
    const others = watchOthers([server.pid]);
    const payload = compactPayload(new Date());
    const rounds: FlushedRound[] = [];
    for (let round = 0; round <= (quick ? 2 : 6); round++) {
      rmSync(log, { force: true });
      const driven = await driveCosted({ payload, round, seconds: 3, directory, open: senders }, server);
      rounds.push({ ...driven, ...countFlushes(log, driven.acknowledged) });
    }
    const generator = rounds.reduce((sum, { generatorSeconds }) => sum + generatorSeconds, 0);
    const acknowledged = rounds.reduce((sum, round) => sum + round.acknowledged, 0);
    const ledger = await read(`http://${server.host}/metrics/ledger`);
    // The first one warms up.
    const measured = rounds.slice(1);
    return [
      info("load", `${senders} senders, a flush takes ${millis(flushMillis)}`),
      info("acknowledged", perSecond(getMedian(measured, "perSecond"))),
      info("acknowledged, p50", millis(getMedian(measured, "p50Millis"))),
      info("acknowledged, p99", millis(getMedian(measured, "p99Millis"))),
      atLeast("deliveries for a flush of the WAL", getMedian(measured, "perFlush"), perFlushMin, ratio),
      info("flushes in a round: WAL, database file", `${getMedian(measured, "wal")}, ${getMedian(measured, "file")}`),
      info("processor time a delivery", micros(getMedian(measured, "micros"))),
      disturbance(others(generator)),
      equal("runs counted, of those acknowledged", total(ledger, "cicd_pipeline_runs_total"), acknowledged),
    ];
  } finally {
    await server.stop();
  }
}

function countFlushes(log: string, acknowledged: number): Pick<FlushedRound, "wal" | "file" | "perFlush"> {
  const names = existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : [];
  const wal = names.filter((name) => name.endsWith("-wal")).length;
  const file = names.filter((name) => name.endsWith(".db")).length;
  return { wal, file, perFlush: acknowledged / wal };
}
