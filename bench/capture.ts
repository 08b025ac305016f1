import { missingPostgres } from "./cluster.ts";
import { driveCosted, type CostedRound } from "./cost.ts";
import { postgresEngine, sqliteEngine, type Engine } from "./engines.ts";
import { compactPayload, type Payload } from "./payloads.ts";
import { watchOthers } from "./procfs.ts";
import {
  atMost,
  disturbance,
  info,
  kilobytes,
  median,
  micros,
  ratio,
  spread,
  type Extent,
  type Finding,
} from "./report.ts";
import { json, number } from "./payloads/text.ts";
import { warmUpDeliveries, warmUpRoundsMax } from "./rounds.ts";
import { startPipegauge, workingDirectory, type Server } from "./server.ts";

/** How much more a delivery may cost, and a run may take on the disk, with what insights need. */
const costRatioMax = 1.05;
const bytesRatioMax = 1.12;

/** One of two servers, on a database of its own. */
interface Side {
  readonly payload: Payload;
  readonly url: string;
  readonly emptyBytes: number;
  readonly server: Server;
  readonly rounds: CostedRound[];
  acknowledged: number;
}

/** What the facts cost that insights need, and nothing else: the hook of `ingest` with and without them, by turns, on both engines. */
export async function measureCapture(extent: Extent): Promise<Finding[]> {
  const findings = await measureOn(sqliteEngine(), extent);
  const missing = missingPostgres();
  return [...findings, ...(missing === undefined ? await measureOn(await postgresEngine(), extent) : [missing])];
}

async function measureOn(engine: Engine, { quick }: Extent): Promise<Finding[]> {
  const directory = workingDirectory();
  const whole = compactPayload(new Date());
  const sides: Side[] = [];
  try {
    for (const [name, payload] of [
      ["whole", whole],
      ["without", { ...whole, body: leaveOutCaptured(whole.body) }],
    ] as const) {
      const url = await engine.create(name);
      const server = await startPipegauge(directory, url);
      sides.push({ payload, url, emptyBytes: await engine.bytes(url), server, rounds: [], acknowledged: 0 });
    }
    const others = watchOthers(sides.map(({ server }) => server.pid));
    await driveByTurns(sides, engine, directory, quick ? 2 : 6);
    const disturbed = others();
    await Promise.all(sides.map(({ server }) => server.stop()));
    const bytes = await Promise.all(
      sides.map(async ({ url, emptyBytes, acknowledged }) => ((await engine.bytes(url)) - emptyBytes) / acknowledged),
    );
    return [...compare(sides, bytes), disturbance(disturbed)].map((one) => ({
      ...one,
      what: `${engine.name}: ${one.what}`,
    }));
  } finally {
    await Promise.all(sides.map(({ server }) => server.stop()));
    engine.stop();
  }
}

async function driveByTurns(sides: readonly Side[], engine: Engine, directory: string, rounds: number): Promise<void> {
  let round = 0;
  const drive = async (side: Side) => {
    const load = { payload: side.payload, round, seconds: 4, drainMillis: 1500, directory };
    const driven = await driveCosted(load, side.server, { engine, url: side.url });
    side.acknowledged += driven.acknowledged;
    return driven;
  };
  const isCold = () => sides.some(({ acknowledged }) => acknowledged < warmUpDeliveries);
  for (; round < warmUpRoundsMax && isCold(); round++) for (const side of sides) await drive(side);
  for (const end = round + rounds; round < end; round++)
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) side.rounds.push(await drive(side));
}

function compare(sides: readonly Side[], [bytes = NaN, bytesWithout = NaN]: readonly number[]): Finding[] {
  const [costs = [], without = []] = sides.map(({ rounds }) => rounds.map((one) => one.micros + one.databaseMicros));
  const quotients = costs.map((cost, i) => cost / (without[i] ?? NaN));
  const cost = atMost("processor time, with / without", median(quotients), costRatioMax, ratio);
  return [
    info("processor time a delivery, with and without", `${micros(median(costs))}, ${micros(median(without))}`),
    { ...cost, value: spread(quotients, ratio) },
    info("disk for a run with twelve jobs, with and without", `${kilobytes(bytes)}, ${kilobytes(bytesWithout)}`),
    atMost("disk for a run, with / without", bytes / bytesWithout, bytesRatioMax, ratio),
  ];
}

/** Fields of a Pipeline Hook from which adapters read what insights need. */
const captured: ReadonlySet<string> = new Set(
  "runner_type is_shared tags when manual environment commit before_sha user detailed_status protected_ref".split(" "),
);

/** The body without these fields. Tokens that stand for numbers are no JSON, so `json` puts them back. */
function leaveOutCaptured(body: string): string {
  const parsable = body.replaceAll(/:(\{\{\w+\}\}\d*)(?=[,}])/g, (_, token: string) => `:"${number(token)}"`);
  return json(JSON.parse(parsable, (name, value: unknown) => (captured.has(name) ? undefined : value)) as object);
}
