import { inventDay, type Day } from "../../demo/deliveries.ts";
import { sendAll, type OutcomeCounts } from "../../demo/send.ts";
import { readDemoArguments } from "./parse-arguments.ts";
import type { Millis } from "../../core/time.ts";

export interface Surroundings {
  readonly now?: () => Millis;
  readonly write?: (text: string) => void;
}

const progressEvery = 50;

/**
 * `pipegauge demo`: sends a day of invented runs of every provider to a server, so that a newcomer sees metrics and the page.
 * Throws when no server responds, or when it refuses them.
 */
export async function demo(
  args: readonly string[],
  { now = Date.now, write = (text) => process.stdout.write(text) }: Surroundings = {},
): Promise<number> {
  const { url, token, runs, seed } = readDemoArguments(args);
  const day = inventDay({ seed, runs, now: now() });
  const progress = createProgress(day.deliveries.length);
  const counts = await sendAll(day.deliveries, { url, token }, progress.show).finally(progress.clear);
  write(`${formatSummary(day, counts, url).join("\n")}\n`);
  return counts.dead_letter === 0 ? 0 : 1;
}

/** One line that counts up, for people; nothing where the output goes into a file. */
function createProgress(all: number): { readonly show: (sent: number) => void; readonly clear: () => void } {
  const { stderr } = process;
  if (!stderr.isTTY) return { show: () => undefined, clear: () => undefined };
  return {
    show(sent) {
      if (sent % progressEvery === 0) stderr.write(`\rsent ${sent} of ${all} deliveries`);
    },
    clear: () => void stderr.write("\r\u001b[K"),
  };
}

function formatSummary({ runs, deliveries }: Day, counts: OutcomeCounts, url: URL): string[] {
  const again = runs.filter(({ repeats }) => repeats !== undefined).length;
  const projects = new Set(runs.map(({ plan }) => `${plan.provider} ${plan.project}`)).size;
  const refused = counts.ignored + counts.dead_letter;
  return [
    `${runs.length - again} runs of ${projects} projects in the last 24 hours, and ${again} more that repeat one`,
    `sent ${deliveries.length} deliveries: ${counts.accepted} accepted, ${counts.duplicate} duplicate, ${refused} refused`,
    ...(refused > 0 ? ["what was refused is among the recent deliveries on the page, each with its reason"] : []),
    "",
    "see",
    `  ${url.href}         the page`,
    `  ${url.href}metrics  what Prometheus scrapes`,
    "",
    "ask Prometheus (the demo's day is counted at the moment it is sent, so take totals, not increase())",
    "  how often does it fail",
    '    sum by (project, pipeline) (cicd_pipeline_runs_total{result=~"failure|error|timeout"})',
    '      / sum by (project, pipeline) (cicd_pipeline_runs_total{result=~"success|failure|error|timeout"})',
    "  how long does it take",
    "    histogram_quantile(0.95, sum by (le, project, pipeline) (cicd_pipeline_run_duration_seconds_bucket))",
    "  how long does it wait",
    "    histogram_quantile(0.9, sum by (le, project) (cicd_job_queue_seconds_bucket))",
    "  how often is it started again, and how often did that help",
    "    sum by (project) (cicd_pipeline_run_restarts_total)",
    "    sum by (project) (cicd_pipeline_runs_recovered_total)",
    "  which job is tried again most",
    "    topk(5, sum by (project, job_name) (cicd_job_retries_total))",
  ];
}
