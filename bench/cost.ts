import type { Engine } from "./engines.ts";
import { threadSeconds, writtenBytes } from "./procfs.ts";
import { atMost, info, kilobytes, median, getMedian, micros, percent, ratio, type Finding } from "./report.ts";
import type { Server } from "./server.ts";
import { drive, type Load, type Round } from "./wrk.ts";

/** Processor time by thread, in one unit: `main`, our other threads by the name of their program, and `other` for V8's and libuv's. */
export type ByThread = ReadonlyMap<string, number>;

/** A round of load, and what each of its deliveries cost. */
export interface CostedRound extends Round {
  /** Microseconds of processor time, by thread of the server. */
  readonly microsByThread: ByThread;
  /** Of all threads. */
  readonly micros: number;
  /** Microseconds of processor time of the database's own processes; 0 where it has none. */
  readonly databaseMicros: number;
  /** What PostgreSQL wrote to its WAL; 0 for SQLite. */
  readonly walBytes: number;
  /** What the server itself wrote to disks: SQLite's WAL and file. */
  readonly diskBytes: number;
}

/** A database that a server under load uses. */
export interface UsedDatabase {
  readonly engine: Engine;
  readonly url: string;
}

/** Drives a round of load at a server and reads, before and after, what the server and its database have used. */
export async function driveCosted(
  load: Omit<Load, "host">,
  server: Server,
  database?: UsedDatabase,
): Promise<CostedRound> {
  const walBefore = await readWalBytes(database);
  const databaseBefore = database?.engine.cpuSeconds() ?? 0;
  const diskBefore = writtenBytes(server.pid);
  const before = threadSeconds(server.pid);
  const round = await drive({ ...load, host: server.host });
  const after = threadSeconds(server.pid);
  const diskBytes = writtenBytes(server.pid) - diskBefore;
  const databaseSeconds = (database?.engine.cpuSeconds() ?? 0) - databaseBefore;
  const walBytes = (await readWalBytes(database)) - walBefore;

  const each = 1 / round.acknowledged;
  const seconds = groupByName(before, after, new Map([...server.threadNames(), [server.pid, "main"]]));
  const microsByThread = new Map([...seconds].map(([name, value]) => [name, value * 1e6 * each]));
  return {
    ...round,
    microsByThread,
    micros: [...microsByThread.values()].reduce((sum, value) => sum + value, 0),
    databaseMicros: databaseSeconds * 1e6 * each,
    walBytes: walBytes * each,
    diskBytes: diskBytes * each,
  };
}

async function readWalBytes(database: UsedDatabase | undefined): Promise<number> {
  return database === undefined ? 0 : database.engine.walBytes(database.url);
}

/** What each thread has run between two readings, added up by name. A thread that ended in between is in neither. */
export function groupByName(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
  names: ReadonlyMap<number, string>,
): ByThread {
  const grouped = new Map<string, number>([["main", 0]]);
  for (const [thread, value] of after) {
    const name = names.get(thread) ?? "other";
    grouped.set(name, (grouped.get(name) ?? 0) + value - (before.get(thread) ?? 0));
  }
  return grouped;
}

/** The middle of each thread's cost over rounds, the greatest first and `other` last. */
export function medianByThread(rounds: readonly CostedRound[]): ByThread {
  const names = new Set(rounds.flatMap(({ microsByThread }) => [...microsByThread.keys()]));
  const all = [...names].map((name) => {
    return [name, median(rounds.map(({ microsByThread }) => microsByThread.get(name) ?? 0))] as const;
  });
  return new Map(all.toSorted(([a, x], [b, y]) => Number(a === "other") - Number(b === "other") || y - x));
}

/** What the thread is called in the table. */
export function describeThread(name: string): string {
  return name === "other" ? "of it V8's and libuv's threads" : `of it ${name}`;
}

/** What a delivery costs, ours against the bare server's: it is the same whether others use the machine too, as a rate is not. */
export function reportCost(bare: readonly CostedRound[], ours: readonly CostedRound[], bound: number): Finding[] {
  const [least, cost] = [getMedian(bare, "micros"), getMedian(ours, "micros")];
  const database = getMedian(ours, "databaseMicros");
  return [
    info("processor time a delivery, bare server", micros(least)),
    info("processor time a delivery, Pipegauge", micros(cost)),
    ...[...medianByThread(ours)].map(([name, value]) => info(describeThread(name), micros(value))),
    info("share of a core that each thread used", describeShares(ours)),
    atMost("processor time, Pipegauge / bare server", cost / least, bound, ratio),
    ...(database === 0
      ? [info("written to the disk a delivery", kilobytes(getMedian(ours, "diskBytes")))]
      : [
          info("processor time a delivery, PostgreSQL", micros(database)),
          info("WAL a delivery, PostgreSQL", kilobytes(getMedian(ours, "walBytes"))),
        ]),
  ];
}

/** The thread whose share is near 100 % is the limit; where none is, the cores are, or what loads them. */
function describeShares(rounds: readonly CostedRound[]): string {
  const perSecond = getMedian(rounds, "perSecond");
  return [...medianByThread(rounds)].map(([name, value]) => `${name} ${percent(value * 1e-6 * perSecond)}`).join(", ");
}
