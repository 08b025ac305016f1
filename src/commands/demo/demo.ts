import { checkTarget } from "../../demo/check-target.ts";
import { inventDay, type Day } from "../../demo/deliveries.ts";
import { sendAll, type OutcomeCounts } from "../../demo/send.ts";
import { readDemoArguments, type SendArguments } from "./parse-arguments.ts";
import { serveDemo } from "./serve-demo.ts";
import { floorToHour } from "../../demo/hours.ts";
import type { Millis } from "../../core/time.ts";

export interface Surroundings {
  readonly now?: () => Millis;
  readonly write?: (text: string) => void;
}

const progressEvery = 50;

/** `pipegauge demo`: invented runs of every provider, for a server that is there or for one of its own. */
export async function demo(
  args: readonly string[],
  { now = Date.now, write = print }: Surroundings = {},
): Promise<number> {
  const read = readDemoArguments(args);
  return read.use === "serve" ? serveDemo(read, now(), write) : sendDay(read, now(), write);
}

function print(text: string): void {
  process.stdout.write(text);
}

/**
 * Sends the invented runs of the last 24 hours, so that a newcomer sees metrics and the page. A second time sends duplicates, and
 * what began since: therefore the day ends at the last full hour. Throws when no server responds, when it holds other runs, or
 * when it refuses what is sent.
 */
async function sendDay(
  { url, token, apiToken, isSure, isDryRun, runs, seed }: SendArguments,
  now: Millis,
  write: (text: string) => void,
): Promise<number> {
  const day = inventDay({ seed, runs, now: floorToHour(now) });
  write(`${describeDay(day)}\nto ${url.href}: ${day.deliveries.length} deliveries\n`);
  if (!isSure) write(`${describeHeld[await checkTarget({ url, apiToken })]}\n`);
  if (isDryRun) {
    write("nothing was sent: --dry-run\n");
    return 0;
  }
  const progress = createProgress(day.deliveries.length);
  const counts = await sendAll(day.deliveries, { url, token }, progress.show).finally(progress.clear);
  write(`${formatSummary(day, counts, url).join("\n")}\n`);
  return counts.dead_letter === 0 ? 0 : 1;
}

const describeHeld = {
  none: "the server holds no deliveries yet",
  demo: "the server holds runs of the demo alone",
} as const;

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

function describeDay({ runs }: Day): string {
  const again = runs.filter(({ repeats }) => repeats !== undefined).length;
  const projects = new Set(runs.map(({ plan }) => `${plan.provider} ${plan.project}`)).size;
  return `${runs.length - again} invented runs of ${projects} projects in the last 24 hours, and ${again} more that repeat one`;
}

function formatSummary({ deliveries }: Day, counts: OutcomeCounts, url: URL): string[] {
  const refused = counts.ignored + counts.dead_letter;
  return [
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
