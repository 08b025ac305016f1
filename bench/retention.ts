import { missingPostgres } from "./cluster.ts";
import { groupByName } from "./cost.ts";
import { postgresEngine, sqliteEngine, type Engine } from "./engines.ts";
import { recordExpired } from "./expired.ts";
import { compactPayload, firstId } from "./payloads.ts";
import { threadSeconds, watchOthers } from "./procfs.ts";
import {
  atLeast,
  below,
  disturbance,
  equal,
  info,
  micros,
  millis,
  perSecond,
  ratio,
  type Extent,
  type Finding,
} from "./report.ts";
import { pause, startPipegauge, workingDirectory, type Server } from "./server.ts";
import { openSender, quantile, sendSteadily, type Sender } from "./steady.ts";
import { drive } from "./wrk.ts";

/** Retention may take a third of the time that deliveries take. */
const timesMin = 3;
const p99MaxMillis = 100;
const connections = 64;
/** Twenty-six million runs a day. */
const steadyPerSecond = 300;
const pollMillis = 50;
/** Retention begins a minute after the start. */
const beginMillis = 75_000;
const dayMillis = 86_400_000;
/** The ids of the history are those of round 0. */
const loadRound = 1;
const steadyRound = 2;

/** Whether what expired is deleted faster than deliveries come, and what they wait for meanwhile, on both engines. */
export async function measureRetention(extent: Extent): Promise<Finding[]> {
  const findings = await measureOn(sqliteEngine(), extent);
  const missing = missingPostgres();
  return [...findings, ...(missing === undefined ? await measureOn(await postgresEngine(), extent) : [missing])];
}

async function measureOn(engine: Engine, { quick, all }: Extent): Promise<Finding[]> {
  const expired = quick ? 20_000 : all ? 400_000 : 100_000;
  const directory = workingDirectory();
  const now = Date.now();
  const url = await engine.create("retention");
  await recordExpired(url, expired, new Date(now - 60 * dayMillis));
  await engine.settle(url);
  const server = await startPipegauge(directory, url, { PIPEGAUGE_RETENTION_DAYS: "30" });
  const payload = compactPayload(new Date(now));
  const sender = openSender(payload, server.host, connections);
  try {
    const others = watchOthers([server.pid]);
    const load = { payload, host: server.host, directory, drainMillis: 1500 };
    await drive({ ...load, round: loadRound, seconds: 5 });
    const fastest = await drive({ ...load, round: loadRound + 1, seconds: 6 });
    const steady = createSteadyLoad(sender);
    const usage = () => readUsage(server, engine);
    const quiet = await steady(quick ? 3 : 10, usage);
    const [removed, seconds, during] = await followRetention(engine, url, {
      before: now - 30 * dayMillis,
      steady,
      usage,
    });
    const name = engine.name;
    const rate = removed / seconds;
    const own = (during.micros - (quiet.micros / quiet.sent) * during.sent) / removed;
    return [
      equal("expired runs deleted", removed, expired),
      info("ingested without retention, as fast as possible", perSecond(fastest.perSecond)),
      info(`ingested while it deletes`, perSecond(steadyPerSecond)),
      info("expired runs with twelve jobs deleted meanwhile", perSecond(rate)),
      atLeast("deleted / ingested as fast as possible", rate / fastest.perSecond, timesMin, ratio),
      info("processor time of an expired run, database included", micros(own)),
      info("acknowledged, p99, before", millis(quantile(quiet.millis, 0.99))),
      below("acknowledged, p99, meanwhile", quantile(during.millis, 0.99), p99MaxMillis, millis),
      info("acknowledged, slowest, meanwhile", millis(quantile(during.millis, 1))),
      equal("deliveries that were not accepted", quiet.sent + during.sent - quiet.accepted - during.accepted, 0),
      disturbance(others()),
    ].map((finding) => ({ ...finding, what: `${name}: ${finding.what}` }));
  } finally {
    sender.close();
    await server.stop();
    engine.stop();
  }
}

/** A part of a steady load, and what server and database used meanwhile: microseconds of processor time. */
interface Stretch {
  readonly sent: number;
  readonly accepted: number;
  readonly millis: Float64Array;
  readonly micros: number;
}

type SteadyLoad = (seconds: number, usage: () => number) => Promise<Stretch>;

function createSteadyLoad(sender: Sender): SteadyLoad {
  let from = firstId + (steadyRound + 1) * 1_000_000;
  return async (seconds, usage) => {
    const before = usage();
    const sent = await sendSteadily(sender, { perSecond: steadyPerSecond, seconds, from });
    from += sent.sent;
    return { ...sent, micros: usage() - before };
  };
}

function readUsage({ pid }: Server, engine: Engine): number {
  const all = groupByName(new Map(), threadSeconds(pid), new Map());
  return ([...all.values()].reduce((sum, value) => sum + value, 0) + engine.cpuSeconds()) * 1e6;
}

interface Followed {
  readonly before: number;
  readonly steady: SteadyLoad;
  readonly usage: () => number;
}

/** Waits for retention to begin and sends while it lasts: how many runs it deleted, in how many seconds, and the load meanwhile. */
async function followRetention(
  engine: Engine,
  url: string,
  { before, steady, usage }: Followed,
): Promise<[removed: number, seconds: number, load: Stretch]> {
  const countExpired = () => engine.number(url, `select count(*) as n from runs where updated_at < ${before}`);
  const expired = await countExpired();
  let left = expired;
  for (const deadline = performance.now() + beginMillis; left === expired; left = await countExpired()) {
    if (performance.now() > deadline) throw new Error("retention did not begin a minute after the start");
    await pause(pollMillis);
  }
  const began = performance.now();
  const parts: Stretch[] = [];
  const watch = async () => {
    while ((await countExpired()) > 0) await pause(pollMillis);
    return performance.now();
  };
  const watching = watch();
  const isOver = async () => (await Promise.race([watching, pause(0)])) !== undefined;
  while (!(await isOver())) parts.push(await steady(1, usage));
  const ended = await watching;
  const add = (figure: "sent" | "accepted" | "micros") => parts.reduce((sum, part) => sum + part[figure], 0);
  return [
    expired - (await countExpired()),
    (ended - began) / 1000,
    {
      sent: add("sent"),
      accepted: add("accepted"),
      micros: add("micros"),
      millis: Float64Array.from(parts.flatMap((part) => [...part.millis])).toSorted(),
    },
  ];
}
