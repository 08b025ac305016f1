import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { missingPostgres, startBenchCluster, type Cluster } from "./cluster.ts";
import { compactPayload } from "./payloads.ts";
import { watchOthers } from "./procfs.ts";
import { atLeast, disturbance, equal, info, median, percent, perSecond, ratio } from "./report.ts";
import type { Extent, Finding } from "./report.ts";
import { pause, read, startPipegauge, workingDirectory, type Server } from "./server.ts";
import { total } from "./tally.ts";
import { drive } from "./wrk.ts";

const replicas = 3;
/**
 * Each flush of the WAL begins 5 ms late, however many commits join it meanwhile: what a commit takes on a network volume, or
 * with a synchronous standby in another zone. https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-COMMIT-DELAY
 */
const slowFlush = { commit_delay: "5000", commit_siblings: "0" };
/** At each replica; few, so that the flush is what limits, and not this machine's processors. */
const senders = 2;
const roundSeconds = 4;
const gainMin = 2.5;

/** Replicas on one database, and what was measured of them. */
interface Group {
  readonly shards: number;
  readonly url: string;
  readonly servers: readonly Server[];
  /** Acknowledged a second, in rounds with one replica under load and with all. */
  readonly one: number[];
  readonly all: number[];
  acknowledged: number;
  /** How often somebody was seen waiting for a row of totals while all were under load, of how many looks. */
  waits: number;
  looks: number;
}

/** How much three replicas on one PostgreSQL take, against one, while a commit takes milliseconds; without shards and with. */
export async function measureReplicas({ quick }: Extent): Promise<Finding[]> {
  const missing = missingPostgres();
  if (missing !== undefined) return [missing];
  const directory = workingDirectory();
  const cluster = await startBenchCluster(slowFlush);
  const groups: Group[] = [];
  try {
    for (const shards of [1, 2 * replicas]) groups.push(await startGroup(cluster, directory, shards));
    const others = watchOthers([cluster.pid, ...groups.flatMap(({ servers }) => servers.map(({ pid }) => pid))]);
    let generator = 0;
    for (let round = 0; round <= (quick ? 2 : 5); round++) {
      for (const group of groups) generator += await measureRound(group, directory, round);
    }
    const disturbed = disturbance(others(generator));
    return [
      info("PostgreSQL", cluster.description),
      info("load", `${senders} senders a replica, commit_delay = 5 ms`),
      ...(await Promise.all(groups.map(report))).flat(),
      disturbed,
    ];
  } finally {
    for (const { servers } of groups) for (const server of servers) await server.stop();
    cluster.stop();
  }
}

async function startGroup(cluster: Cluster, directory: string, shards: number): Promise<Group> {
  const url = await cluster.create(`shards_${shards}`);
  const servers: Server[] = [];
  for (let i = 0; i < replicas; i++) {
    servers.push(await startPipegauge(directory, url, { PIPEGAUGE_ROLLUP_SHARDS: String(shards) }));
  }
  return { shards, url, servers, one: [], all: [], acknowledged: 0, waits: 0, looks: 0 };
}

/** One replica under load, then all of them. The first round warms up and is not kept. Returns what the generators used. */
async function measureRound(group: Group, directory: string, round: number): Promise<number> {
  const [first] = group.servers;
  if (first === undefined) throw new Error("a group has servers");
  const one = await driveAll([first], directory, 2 * replicas * round);
  const sampling = sampleWaits(group.url, (roundSeconds - 1) * 1000);
  const all = await driveAll(group.servers, directory, (2 * round + 1) * replicas);
  const { waits, looks } = await sampling;
  group.acknowledged += one.acknowledged + all.acknowledged;
  if (round > 0) {
    group.one.push(one.perSecond);
    group.all.push(all.perSecond);
    group.waits += waits;
    group.looks += looks;
  }
  return one.generatorSeconds + all.generatorSeconds;
}

async function driveAll(servers: readonly Server[], directory: string, firstRound: number) {
  const rounds = await Promise.all(
    servers.map(({ host }, i) => {
      const own = join(directory, `generator-${i}`);
      mkdirSync(own, { recursive: true });
      const payload = compactPayload(new Date());
      return drive({ payload, host, round: firstRound + i, seconds: roundSeconds, open: senders, directory: own });
    }),
  );
  const sum = (figure: "acknowledged" | "perSecond" | "generatorSeconds") =>
    rounds.reduce((so, round) => so + round[figure], 0);
  return {
    acknowledged: sum("acknowledged"),
    perSecond: sum("perSecond"),
    generatorSeconds: sum("generatorSeconds"),
  };
}

const waiting = `
  select count(*) as count from pg_stat_activity where datname = current_database()
    and wait_event_type = 'Lock' and wait_event in ('tuple', 'transactionid') and query ~ 'rollup'`;

/** Looks every few milliseconds whether a session waits for a row of totals. */
async function sampleWaits(
  url: string,
  forMillis: number,
): Promise<{ readonly waits: number; readonly looks: number }> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const end = performance.now() + forMillis;
  let [waits, looks] = [0, 0];
  for (; performance.now() < end; looks++) {
    const { rows } = await client.query<{ count: string }>(waiting);
    if (Number(rows[0]?.count) > 0) waits++;
    await pause(10);
  }
  await client.end();
  return { waits, looks };
}

async function report({ shards, servers, one, all, acknowledged, waits, looks }: Group): Promise<Finding[]> {
  const name = shards === 1 ? "1 shard" : `${shards} shards`;
  const gain = median(all.map((rate, i) => rate / (one[i] ?? NaN)));
  const what = `${replicas} replicas / 1 replica, ${name}`;
  const ledger = await read(`http://${servers[0]?.host}/metrics/ledger`);
  return [
    info(`acknowledged, 1 replica, ${name}`, perSecond(median(one))),
    info(`acknowledged, ${replicas} replicas, ${name}`, perSecond(median(all))),
    shards === 1 ? info(what, ratio(gain)) : atLeast(what, gain, gainMin, ratio),
    info(`looks in which a session waits for a row of totals, ${name}`, percent(waits / looks)),
    ...(shards === 1 ? [] : [equal(`the same, number of looks, ${name}`, waits, 0)]),
    equal(`runs counted, of those acknowledged, ${name}`, total(ledger, "cicd_pipeline_runs_total"), acknowledged),
  ];
}
