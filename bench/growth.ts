import { missingPostgres } from "./cluster.ts";
import { postgresEngine, sqliteEngine, type Engine } from "./engines.ts";
import { passRuns, recordHistory, seriesMax } from "./history.ts";
import { loadByTurns, scrapeByTurns, type Subject } from "./turns.ts";
import { info, kilobytes, whole, type Extent, type Finding } from "./report.ts";
import { startPipegauge, workingDirectory } from "./server.ts";

/** How many times the small database's history the large one holds. */
const timesLarge = { quick: 2, usual: 10, all: 100 };

/**
 * The same pipelines with 10,000 runs stored and with many times as many: whether a delivery and a scrape still cost the
 * same, and what a run takes on the disk. On PostgreSQL too with `--all`.
 */
export async function measureGrowth(extent: Extent): Promise<Finding[]> {
  const findings = await measureOn(sqliteEngine(), extent);
  if (!extent.all) return [...findings, info("PostgreSQL", "skipped: with --all only")];
  const missing = missingPostgres();
  return [...findings, ...(missing === undefined ? await measureOn(await postgresEngine(), extent) : [missing])];
}

async function measureOn(engine: Engine, { quick, all }: Extent): Promise<Finding[]> {
  const times = all ? timesLarge.all : quick ? timesLarge.quick : timesLarge.usual;
  const directory = workingDirectory();
  const subjects: Subject[] = [];
  try {
    const filled = await fill(engine, times);
    for (const { url, passes } of filled.databases) {
      const server = await startPipegauge(directory, url, { PIPEGAUGE_MAX_SERIES: String(seriesMax) });
      subjects.push({ url, server, passes, stored: passes * passRuns });
    }
    const scraped = await scrapeByTurns(subjects, quick ? 3 : 12);
    const loaded = await loadByTurns(engine, subjects, directory, quick ? 2 : 5);
    await stopAll(subjects);
    const [small] = filled.databases;
    const grown = (await engine.bytes(small.url)) - small.bytes;
    const findings = [
      ...filled.findings,
      ...scraped,
      ...loaded.findings,
      info("disk for a run with twelve jobs", kilobytes(grown / loaded.acknowledged)),
    ];
    return findings.map((finding) => ({ ...finding, what: `${engine.name}: ${finding.what}` }));
  } finally {
    await stopAll(subjects);
    engine.stop();
  }
}

interface Database {
  readonly url: string;
  /** Of the history that it holds. */
  readonly passes: number;
  readonly bytes: number;
}

/** Two databases with the same series, the second with `times` the runs of the first. */
async function fill(
  engine: Engine,
  times: number,
): Promise<{ databases: readonly [Database, Database]; findings: Finding[] }> {
  const small = await engine.create("small");
  await recordHistory(small, 0, 1);
  const large = await engine.create("large", small);
  const began = performance.now();
  const added = await recordHistory(large, 1, times);
  const seconds = (performance.now() - began) / 1000;
  for (const url of [small, large]) await engine.settle(url);
  const [smallBytes, largeBytes] = [await engine.bytes(small), await engine.bytes(large)];
  return {
    databases: [
      { url: small, passes: 1, bytes: smallBytes },
      { url: large, passes: times, bytes: largeBytes },
    ],
    findings: [
      info(`${whole(added)} runs with one job each, recorded in`, `${whole(seconds)} s`),
      info("disk for a run with one job", kilobytes((largeBytes - smallBytes) / added)),
    ],
  };
}

async function stopAll(subjects: Subject[]): Promise<void> {
  await Promise.all(subjects.splice(0).map(({ server }) => server.stop()));
}
