import { missingPostgres } from "./cluster.ts";
import { reportCost } from "./cost.ts";
import { postgresEngine } from "./engines.ts";
import { counted } from "./ingest.ts";
import { compactPayload } from "./payloads.ts";
import {
  atLeast,
  below,
  info,
  megabytes,
  millis,
  percent,
  perSecond,
  ratio,
  getMedian,
  type Extent,
  type Finding,
} from "./report.ts";
import { compare, generatorShare, warmUpDeliveries, type Schedule } from "./rounds.ts";
import { connections } from "./wrk.ts";

const ratioMin = 0.12;
const costRatioMax = 7;
const p99MaxMillis = 150;
const memoryMaxMegabytes = 200;

/** The load of bench/ingest.ts on a PostgreSQL of this machine: database, server, generator and all share its cores. */
export async function measurePostgres({ quick }: Extent): Promise<Finding[]> {
  const missing = missingPostgres();
  if (missing !== undefined) return [missing];
  // A checkpoint of PostgreSQL may hold up commits for longer than anything in SQLite does.
  const schedule: Schedule = {
    rounds: quick ? 2 : 5,
    seconds: 4,
    warmUpSeconds: 4,
    drainMillis: 1500,
    ...(quick ? {} : { warmUpDeliveries }),
  };
  const payload = compactPayload(new Date());
  const engine = await postgresEngine();
  try {
    const compared = await compare(payload, schedule, engine);
    const [bare, ours] = [getMedian(compared.bare, "perSecond"), getMedian(compared.pipegauge, "perSecond")];
    return [
      info("PostgreSQL", engine.description),
      info(`bare server, ${connections} connections`, perSecond(bare)),
      info(`Pipegauge, ${connections} connections`, perSecond(ours)),
      atLeast("Pipegauge / bare server", ours / bare, ratioMin, ratio),
      ...reportCost(compared.bare, compared.pipegauge, costRatioMax),
      generatorShare(getMedian(compared.bare, "generatorBusy")),
      info("machine's time that others took, PostgreSQL included", percent(compared.disturbance)),
      info("acknowledged, p50", millis(getMedian(compared.pipegauge, "p50Millis"))),
      below("acknowledged, p99", getMedian(compared.pipegauge, "p99Millis"), p99MaxMillis, millis),
      below("peak memory of Pipegauge (VmHWM)", compared.peakMegabytes, memoryMaxMegabytes, megabytes),
      ...counted(compared, payload.jobs),
    ];
  } finally {
    engine.stop();
  }
}
