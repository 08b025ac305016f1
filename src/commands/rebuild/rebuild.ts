import type { Config } from "../../config/index.ts";
import type { Findings, MetricFinding, Total } from "../../core/store/maintenance/index.ts";
import { storedMetrics, type StoredMetric } from "../../core/stored-metrics.ts";
import type { Log } from "../../log.ts";
import { withStore } from "../with-store.ts";
import { splitLabels } from "../../core/series.ts";

/** The most series that are printed one by one; for more, only the number is printed. */
const namedMax = 20;

/**
 * `pipegauge rebuild [--dry-run]`: compares totals with stored completions and raises those that are too low, and corrects
 * the day cube. Prints its findings by metric. Exit code 1 when something is missing that was not, or cannot be, repaired.
 */
export async function rebuild(config: Config, log: Log, dryRun: boolean): Promise<number> {
  return withStore(config, log, async ({ maintenance }) => {
    const findings = await (dryRun ? maintenance.compareTotals() : maintenance.rebuildTotals());
    const dayTimes = await (dryRun ? maintenance.compareDayTimes() : maintenance.rebuildDayTimes(Date.now()));
    process.stdout.write(`${[describeDayTimes(dayTimes, dryRun), ...report(findings, dryRun)].join("\n")}\n`);
    return findings.orphans > 0 || (dryRun && findings.shortfalls.length + dayTimes > 0) ? 1 : 0;
  });
}

/** The output, line by line. */
export function report({ metrics, shortfalls, orphans }: Findings, dryRun: boolean): string[] {
  const lines = metrics.map(describeFinding);
  for (const total of shortfalls.slice(0, namedMax))
    lines.push(`  ${formatSeries(total)}: ${describeShortfall(total)}`);
  if (shortfalls.length > namedMax) lines.push(`  and ${shortfalls.length - namedMax} more`);
  if (metrics.some(({ above }) => above > 0)) {
    lines.push(
      "Some series are higher than the stored runs prove, because runs were deleted or came from elsewhere. They are at least as high as the stored runs prove.",
    );
  }
  if (orphans > 0)
    lines.push(`${orphans} completions were counted in series that do not exist: they were not changed.`);
  if (shortfalls.length === 0) lines.push("nothing is missing");
  else lines.push(dryRun ? "nothing was changed: without --dry-run it is added" : "what was missing was added");
  return lines;
}

function describeDayTimes(rows: number, dryRun: boolean): string {
  if (rows === 0) return "day cube: as the stored jobs prove";
  return `day cube: ${rows} rows differ from the stored jobs${dryRun ? "" : ", and were corrected"}`;
}

function describeFinding({ name, series, short, missing, above, provable }: MetricFinding): string {
  if (!provable) return `${name}: cannot be proven, because it was full and times went to __other__: left alone`;
  const found = short === 0 ? "none too low" : `${short} too low, ${missing} missing`;
  return `${name}: ${series} series, ${found}${above === 0 ? "" : `, ${above} above what is proven`}`;
}

function formatSeries({ series }: Total): string {
  const { name, labels }: StoredMetric = storedMetrics[series.metric];
  const values = splitLabels(series.labels);
  return `${name}{${labels.map((label, i) => `${label}=${JSON.stringify(values[i] ?? "")}`).join(",")}}`;
}

function describeShortfall({ series, figures }: Total): string {
  const events = `${figures.count} missing`;
  return storedMetrics[series.metric].type === "counter"
    ? events
    : `${events}, ${figures.sumMillis / 1000} s of its sum`;
}
