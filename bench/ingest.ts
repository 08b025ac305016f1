import { reportCost } from "./cost.ts";
import { compactPayload } from "./payloads.ts";
import {
  atLeast,
  below,
  disturbance,
  equal,
  info,
  megabytes,
  millis,
  perSecond,
  ratio,
  getMedian,
  type Extent,
  type Finding,
} from "./report.ts";
import { compare, generatorShare, warmUpDeliveries, type Comparison, type Schedule } from "./rounds.ts";
import { connections } from "./wrk.ts";

const ratioMin = 0.3;
const costRatioMax = 5;
const p99MaxMillis = 50;
const memoryMaxMegabytes = 200;
/** GitLab's Pipeline Hook with twelve jobs: how fast it is acknowledged, and that what was acknowledged is counted. */
export async function measureIngest({ quick }: Extent): Promise<Finding[]> {
  const schedule: Schedule = quick
    ? { rounds: 2, seconds: 2, warmUpSeconds: 1 }
    : { rounds: 5, seconds: 3, warmUpSeconds: 3, warmUpDeliveries };
  const payload = compactPayload(new Date());
  const compared = await compare(payload, schedule);
  const [bare, ours] = [getMedian(compared.bare, "perSecond"), getMedian(compared.pipegauge, "perSecond")];
  return [
    info(`bare server, ${connections} connections`, perSecond(bare)),
    info(`Pipegauge, ${connections} connections`, perSecond(ours)),
    atLeast("Pipegauge / bare server", ours / bare, ratioMin, ratio),
    ...reportCost(compared.bare, compared.pipegauge, costRatioMax),
    generatorShare(getMedian(compared.bare, "generatorBusy")),
    disturbance(compared.disturbance),
    info("acknowledged, p50", millis(getMedian(compared.pipegauge, "p50Millis"))),
    below("acknowledged, p99", getMedian(compared.pipegauge, "p99Millis"), p99MaxMillis, millis),
    below("peak memory (VmHWM)", compared.peakMegabytes, memoryMaxMegabytes, megabytes),
    ...counted(compared, payload.jobs),
  ];
}

/** Everything acknowledged is counted once: no answer was a duplicate, every run and every job is in its total. */
export function counted(compared: Comparison, jobs: number): Finding[] {
  const { acknowledged, runsCounted, jobsCounted, duplicates } = compared;
  return [
    equal("duplicates among the answers", duplicates, 0),
    equal("runs counted, of those acknowledged", runsCounted, acknowledged),
    equal("jobs counted", jobsCounted, acknowledged * jobs),
  ];
}
