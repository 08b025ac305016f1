import type { Config } from "../../config/index.ts";
import { AppError } from "../../core/errors.ts";
import { foldedValue } from "../../core/fold-series.ts";
import { storedMetrics } from "../../core/stored-metrics.ts";
import type { RetiredSeries } from "../../core/store/maintenance/index.ts";
import type { Log } from "../../log.ts";
import { withStore } from "../with-store.ts";

/**
 * `pipegauge retire --project <path>`: takes the series of a project that is gone out of `/metrics`, so that others have
 * its room. Prints how many of each metric; exit code 1 where there are none.
 */
export async function retire(
  config: Config,
  log: Log,
  { project = "", provider }: { readonly project: string | undefined; readonly provider: string | undefined },
  dryRun: boolean,
): Promise<number> {
  if (project === "" || project === foldedValue)
    throw new AppError("usage", "--project: give the label `project` of the series to retire, such as shop/cart");
  return withStore(config, log, async ({ maintenance }) => {
    const filter = { project, provider };
    const found = await (dryRun ? maintenance.listSeries(filter) : maintenance.retireSeries(filter, Date.now()));
    process.stdout.write(`${reportRetired(found, project, dryRun).join("\n")}\n`);
    return found.length > 0 ? 0 : 1;
  });
}

/** The output, line by line. */
function reportRetired(found: readonly RetiredSeries[], project: string, dryRun: boolean): string[] {
  if (found.length === 0) return [`no series has the project ${JSON.stringify(project)}`];
  const counts = new Map<string, number>();
  for (const { metric } of found) {
    const { name } = storedMetrics[metric];
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const lines = [...counts].map(([name, count]) => `${name}: ${count} series`);
  return [
    ...lines,
    dryRun ? "nothing was changed: without --dry-run they are retired" : `${found.length} series were retired`,
  ];
}
