import { join } from "node:path";
import { passRuns, recordHistory, seriesMax } from "./history.ts";
import { firstId, payloads } from "./payloads.ts";
import { watchOthers } from "./procfs.ts";
import { below, equal, info, atLeast, millis, percent, whole, type Extent, type Finding } from "./report.ts";
import { cycleMillis } from "./scrape.ts";
import { scrapeEverySecond } from "./scraper.ts";
import { pause, read, startPipegauge, workingDirectory } from "./server.ts";
import { openSender, quantile, sendSteadily, type Steady } from "./steady.ts";
import { total } from "./tally.ts";

const p99MaxMillis = 100;
/** Eight million runs a day; two cores have room for that, for the sender and for Prometheus, which takes half of one. */
const perSecond = 100;
/** Prometheus leaves a second out where the scrape before took longer than one, of which half is its own reading. */
const scrapedSeconds = 0.8;
const connections = 64;
const seriesMin = 10_000;
/** Seconds of load that warm up: the compiler's work, and the first scrapes, are in no figure. */
const warmUpSeconds = 5;

/** How long a sender waits at a steady rate while a Prometheus scrapes 10,000 series of runs, and what belongs to them, every second. */
export async function measureLatency({ quick }: Extent): Promise<Finding[]> {
  const seconds = quick ? 8 : 30;
  const unscrapedSeconds = seconds / 2;
  const directory = workingDirectory();
  const url = `sqlite:${join(directory, "pipegauge.db")}`;
  await recordHistory(url, 0, 1);
  const server = await startPipegauge(directory, url, { PIPEGAUGE_MAX_SERIES: String(seriesMax) });
  const sender = openSender(payloads(new Date()).gitlab, server.host, connections);
  const sent: Steady[] = [];
  const send = async (forSeconds: number): Promise<Steady> => {
    const from = firstId + 10 * passRuns + sum(sent, "sent");
    const steady = await sendSteadily(sender, { perSecond, seconds: forSeconds, from });
    sent.push(steady);
    return steady;
  };
  try {
    const others = watchOthers([server.pid]);
    await send(warmUpSeconds);
    const unscraped = await send(unscrapedSeconds);
    const disturbed = others();
    const scraper = await scrapeEverySecond(server.host, directory);
    await send(warmUpSeconds);
    scraper.begin();
    const steady = await send(seconds);
    const scraped = await scraper.end();
    await pause(cycleMillis);
    const ledger = await read(`http://${server.host}/metrics/ledger`);
    const accepted = sum(sent, "accepted");
    return [
      info("scraped by", scraped.by),
      atLeast("series of cicd_pipeline_runs_total scraped", scraped.runSeries, seriesMin, whole),
      info("samples of a scrape", whole(scraped.samples)),
      atLeast("scrapes", scraped.count, Math.floor(seconds * scrapedSeconds), whole),
      equal("scrapes that failed", scraped.failed, 0),
      info("scrape, median and longest", `${millis(scraped.medianMillis)}, ${millis(scraped.longestMillis)}`),
      info("load", `${whole(perSecond)}/s for ${seconds} s`),
      info(
        `acknowledged, p50 and p99, ${unscrapedSeconds} s without a scrape`,
        `${millis(quantile(unscraped.millis, 0.5))}, ${millis(quantile(unscraped.millis, 0.99))}`,
      ),
      info("machine's time that others took, without a scrape", percent(disturbed)),
      info("acknowledged, p50", millis(quantile(steady.millis, 0.5))),
      below("acknowledged, p99", quantile(steady.millis, 0.99), p99MaxMillis, millis),
      info("acknowledged, slowest", millis(quantile(steady.millis, 1))),
      equal("deliveries that were not accepted", sum(sent, "sent") - accepted, 0),
      equal("runs counted", total(ledger, "cicd_pipeline_runs_total"), passRuns + accepted),
    ];
  } finally {
    sender.close();
    await server.stop();
  }
}

function sum(sent: readonly Steady[], figure: "sent" | "accepted"): number {
  return sent.reduce((all, steady) => all + steady[figure], 0);
}
