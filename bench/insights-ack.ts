import { missingPostgres } from "./cluster.ts";
import type { Engine } from "./engines.ts";
import { insightPaths, locateInsight, openInsightsEngines, startInsightsServer } from "./insights.ts";
import { prepareInsightsLedger } from "./insights-ledger.ts";
import { firstId, payloads } from "./payloads.ts";
import { watchOthers } from "./procfs.ts";
import {
  atMost,
  disturbance,
  equal,
  info,
  median,
  millis,
  ratio,
  spread,
  whole,
  type Extent,
  type Finding,
} from "./report.ts";
import type { Server } from "./server.ts";
import { openSender, quantile, sendSteadily, type Sender, type Steady } from "./steady.ts";

/** How much longer a sender may wait, at its 99th percentile, while insights are asked. */
const ratioMax = 1.1;
const perSecond = 200;
const connections = 64;
const warmUpSeconds = 5;
const roundSeconds = 7;
const spanMillis = 30 * 86_400_000;

/** How long a sender waits at a steady rate while insights are asked one after the other, and while none is, by turns. */
export async function measureInsightsAck(extent: Extent): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const engine of await openInsightsEngines()) findings.push(...(await measureOn(engine, extent)));
  const missing = missingPostgres();
  return missing === undefined ? findings : [...findings, missing];
}

async function measureOn(engine: Engine, extent: Extent): Promise<Finding[]> {
  const server = await startInsightsServer(await prepareInsightsLedger(engine, extent));
  const sender = openSender(payloads(new Date()).gitlab, server.host, connections);
  try {
    const others = watchOthers([server.pid]);
    const send = createLoad(sender);
    await send(warmUpSeconds);
    const pairs: { readonly quiet: Steady; readonly asked: Steady }[] = [];
    let answers = 0;
    for (let round = 0; round < (extent.quick ? 2 : 6); round++) {
      const sendAsked = async () => {
        const asking = askInTurn(server);
        const steady = await send(roundSeconds);
        answers += await asking.end();
        return steady;
      };
      // Each round the other one comes first.
      if (round % 2 === 0) pairs.push({ quiet: await send(roundSeconds), asked: await sendAsked() });
      else {
        const asked = await sendAsked();
        pairs.push({ quiet: await send(roundSeconds), asked });
      }
    }
    const p99 = ({ millis: all }: Steady) => quantile(all, 0.99);
    const quotients = pairs.map(({ quiet, asked }) => p99(asked) / p99(quiet));
    const all = pairs.flatMap(({ quiet, asked }) => [quiet, asked]);
    const finding = atMost("acknowledged, p99, with insights / without", median(quotients), ratioMax, ratio);
    return [
      info("load", `${whole(perSecond)}/s, ${whole(pairs.length)} times ${roundSeconds} s each`),
      info("insights answered meanwhile", whole(answers)),
      info(
        "acknowledged, p99, without insights",
        spread(
          pairs.map(({ quiet }) => p99(quiet)),
          millis,
        ),
      ),
      info(
        "acknowledged, p99, with insights",
        spread(
          pairs.map(({ asked }) => p99(asked)),
          millis,
        ),
      ),
      { ...finding, value: spread(quotients, ratio) },
      equal(
        "deliveries that were not accepted",
        all.reduce((sum, { sent, accepted }) => sum + sent - accepted, 0),
        0,
      ),
      disturbance(others()),
    ].map((one) => ({ ...one, what: `${engine.name}: ${one.what}` }));
  } finally {
    sender.close();
    await server.stop();
  }
}

function createLoad(sender: Sender): (seconds: number) => Promise<Steady> {
  let from = firstId;
  return async (seconds) => {
    const steady = await sendSteadily(sender, { perSecond, seconds, from });
    from += steady.sent;
    return steady;
  };
}

/** Asks one insight after the other until it is ended, which tells how many were answered. */
function askInTurn(server: Server): { readonly end: () => Promise<number> } {
  const stop = new AbortController();
  let answered = 0;
  const work = async () => {
    for (let i = 0; !stop.signal.aborted; i++) {
      const [, path = ""] = insightPaths[i % insightPaths.length] ?? [];
      const response = await fetch(`http://${server.host}${locateInsight(path, spanMillis)}`);
      await response.arrayBuffer();
      if (response.status === 200) answered++;
    }
  };
  const working = work();
  return {
    async end() {
      stop.abort();
      await working;
      return answered;
    },
  };
}
