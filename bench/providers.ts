import { payloads } from "./payloads.ts";
import {
  atLeast,
  disturbance,
  equal,
  info,
  perSecond,
  ratio,
  whole,
  getMedian,
  type Extent,
  type Finding,
} from "./report.ts";
import { compare, generatorShare, type Schedule } from "./rounds.ts";

const ratioMin = 0.25;

/** One payload of each provider against the bare server with the very same body. */
export async function measureProviders({ quick }: Extent): Promise<Finding[]> {
  const schedule: Schedule = quick
    ? { rounds: 1, seconds: 2, warmUpSeconds: 1 }
    : { rounds: 3, seconds: 3, warmUpSeconds: 2 };
  const findings: Finding[] = [];
  let generator = 0;
  let others = 0;
  for (const payload of Object.values(payloads(new Date()))) {
    const compared = await compare(payload, schedule);
    const [bare, ours] = [getMedian(compared.bare, "perSecond"), getMedian(compared.pipegauge, "perSecond")];
    const { provider, body } = payload;
    generator = Math.max(generator, getMedian(compared.bare, "generatorBusy"));
    others = Math.max(others, compared.disturbance);
    const lost = compared.acknowledged - compared.runsCounted;
    findings.push(
      info(`${provider}, ${whole(Buffer.byteLength(body))} bytes: bare server`, perSecond(bare)),
      info(`${provider}: Pipegauge`, perSecond(ours)),
      atLeast(`${provider}: Pipegauge / bare server`, ours / bare, ratioMin, ratio),
      equal(`${provider}: acknowledged and not counted`, lost, 0),
    );
  }
  return [...findings, generatorShare(generator), disturbance(others)];
}
