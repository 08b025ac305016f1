import type { Config } from "../../config/index.ts";
import type { Findings, MetricFinding, Total } from "../../core/store/maintenance/index.ts";
import { storedMetrics, type StoredMetric } from "../../core/stored-metrics.ts";
import type { Log } from "../../log.ts";
import { printResult } from "../output.ts";
import { createProgressDisplay } from "../progress.ts";
import { createStyle, type Style } from "../style.ts";
import { withStore } from "../with-store.ts";
import { splitLabels } from "../../core/series.ts";

/** The most series that are printed one by one; for more, only the number is printed. */
const namedMax = 20;

/**
 * `pipegauge rebuild [--dry-run]`: compares totals with stored completions and raises those that are too low, and corrects
 * the day cube. Prints its findings by metric. Exit code 1 when something is missing that was not, or cannot be, repaired.
 */
export async function rebuild(config: Config, log: Log, { dryRun, json, env }: RebuildOptions): Promise<number> {
  const display = createProgressDisplay(process.stderr);
  const follow = (what: string) => (done: number, all: number) => display.show({ what, done, all, unit: "steps" });
  return withStore(config, log, async ({ maintenance }) => {
    const [totals, cube] = [follow("totals"), follow("day cube")];
    const findings = await (dryRun ? maintenance.compareTotals(totals) : maintenance.rebuildTotals(totals));
    const dayTimes = await (dryRun ? maintenance.compareDayTimes(cube) : maintenance.rebuildDayTimes(Date.now(), cube));
    display.end();
    const style = createStyle(process.stdout, env);
    const lines = [describeDayTimes(dayTimes, dryRun), ...report(findings, dryRun, style)];
    printResult(json, lines, describeFindings(findings, dayTimes, dryRun));
    return findings.orphans > 0 || (dryRun && findings.shortfalls.length + dayTimes > 0) ? 1 : 0;
  }).finally(display.end);
}

export interface RebuildOptions {
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** The same as JSON, with every series that is too low. */
function describeFindings({ metrics, shortfalls, orphans }: Findings, dayTimes: number, dryRun: boolean): object {
  return {
    dry_run: dryRun,
    day_cube_rows: dayTimes,
    orphans,
    metrics: metrics.map(({ name, series, short, missing, above, provable }) => {
      return { name, provable, series, too_low: short, missing, above_proof: above };
    }),
    too_low: shortfalls.map(({ series, figures }) => {
      const { name, labels }: StoredMetric = storedMetrics[series.metric];
      const values = splitLabels(series.labels);
      return {
        name,
        labels: Object.fromEntries(labels.map((label, i) => [label, values[i] ?? ""])),
        missing: figures.count,
        missing_seconds: figures.sumMillis / 1000,
      };
    }),
  };
}

/** The output, line by line. */
function report({ metrics, shortfalls, orphans }: Findings, dryRun: boolean, style: Style): string[] {
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
    lines.push(style.bad(`${orphans} completions were counted in series that do not exist: they were not changed.`));
  if (shortfalls.length === 0) lines.push(style.good("nothing is missing"));
  else if (dryRun) lines.push(style.bad("nothing was changed: without --dry-run it is added"));
  else lines.push(style.good("what was missing was added"));
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
