import { startPrometheus, type Prometheus } from "../test/support/exposition/prometheus.ts";
import { toolPath } from "../test/support/tools.ts";
import { median } from "./report.ts";
import { pause, read, track } from "./server.ts";
import { tally, total, type Tally } from "./tally.ts";

/** What the scrapes between `begin` and `end` were like. */
export interface Scraped {
  readonly by: string;
  readonly count: number;
  readonly failed: number;
  readonly medianMillis: number;
  readonly longestMillis: number;
  /** Of a scrape that succeeded. */
  readonly samples: number;
  readonly runSeries: number;
}

export interface Scraper {
  /** What was scraped until now is not counted. */
  begin(): void;
  end(): Promise<Scraped>;
}

/** A real Prometheus that scrapes `/metrics` every second; where none is installed, a loop, and the table says so. */
export async function scrapeEverySecond(host: string, directory: string): Promise<Scraper> {
  const binary = toolPath("prometheus");
  if (binary === undefined) return startLoop(host);
  const config = [
    "global: {scrape_interval: 1s, scrape_timeout: 1s}",
    `scrape_configs: [{job_name: pipegauge, static_configs: [{targets: ["${host}"]}]}]`,
    "",
  ].join("\n");
  // It is not what is measured: with the usual setting its collector of garbage takes the cores that the server is to have.
  const env = { GOGC: "400" };
  const prometheus = await startPrometheus(binary, config, { place: directory, started: track, env });
  await warmUp(prometheus);
  return createScraper(prometheus);
}

const warmScrapes = 3;
const warmUpMillis = 30_000;

/** Its first scrapes make the series, which takes seconds. Where they fail for ever, the table will say so. */
async function warmUp(prometheus: Prometheus): Promise<void> {
  const deadline = performance.now() + warmUpMillis;
  const done = async () => ((await prometheus.value("sum_over_time(up[10m])")) ?? 0) >= warmScrapes;
  while (performance.now() < deadline && !(await done())) await pause(200);
}

function createScraper(prometheus: Prometheus): Scraper {
  let began = Date.now();
  return {
    begin: () => (began = Date.now()),
    async end() {
      // Of the time since then alone; rounded down, so that no scrape of the time before is in it.
      const seconds = Math.floor((Date.now() - began) / 1000);
      // All at one moment: a scrape that ends between two questions would be in the answer to one of them.
      const now = `@ ${Date.now() / 1000}`;
      const window = `[${seconds}s] ${now}`;
      // Where every scrape failed there is no such series.
      const value = async (query: string) => (await prometheus.value(query)) ?? 0;
      const count = await value(`count_over_time(up${window})`);
      const scraped = {
        by: `Prometheus ${await readVersion(prometheus)}`,
        count,
        // A scrape without the run data is none. One that failed has left no value of it either.
        failed: count - (await value(`sum_over_time(pipegauge_collector_success${window})`)),
        medianMillis: 1000 * (await value(`quantile_over_time(0.5, scrape_duration_seconds${window})`)),
        longestMillis: 1000 * (await value(`max_over_time(scrape_duration_seconds${window})`)),
        samples: await value(`max_over_time(scrape_samples_scraped${window})`),
        runSeries: await value(`max_over_time(count(cicd_pipeline_runs_total)[${seconds}s:1s] ${now})`),
      };
      await prometheus.stop();
      return scraped;
    },
  };
}

async function readVersion(prometheus: Prometheus): Promise<string> {
  const { version } = (await prometheus.get("status/buildinfo")) as { readonly version: string };
  return version;
}

function startLoop(host: string): Scraper {
  const address = `http://${host}/metrics`;
  let times: number[] = [];
  let failed = 0;
  let last: ReadonlyMap<string, Tally> = new Map();
  const stop = new AbortController();
  async function scrape(): Promise<void> {
    const began = performance.now();
    const text = await read(address).catch(() => "");
    times.push(performance.now() - began);
    if (total(text, "pipegauge_collector_success") === 1) last = tally(text);
    else failed++;
  }
  const loop = (async () => {
    while (!stop.signal.aborted) {
      const next = performance.now() + 1000;
      await scrape();
      await pause(Math.max(0, next - performance.now()));
    }
  })();
  return {
    begin() {
      times = [];
      failed = 0;
    },
    async end() {
      stop.abort();
      await loop;
      return {
        by: "a loop of this program: prometheus is not installed",
        count: times.length,
        failed,
        medianMillis: median(times),
        longestMillis: Math.max(...times),
        samples: [...last.values()].reduce((sum, { lines }) => sum + lines, 0),
        runSeries: last.get("cicd_pipeline_runs_total")?.lines ?? 0,
      };
    },
  };
}
