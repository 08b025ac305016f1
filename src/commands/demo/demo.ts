import { checkTarget } from "../../demo/check-target.ts";
import { inventDay, type Day } from "../../demo/deliveries.ts";
import { sendAll, type OutcomeCounts, type Target } from "../../demo/send.ts";
import { formatJson } from "../../text/json-text.ts";
import { createProgressDisplay } from "../progress.ts";
import { readDemoArguments, type SendArguments } from "./parse-arguments.ts";
import { serveDemo } from "./serve-demo.ts";
import { floorToHour } from "../../demo/hours.ts";
import type { Millis } from "../../core/time.ts";

export interface Surroundings {
  readonly now?: () => Millis;
  readonly write?: (text: string) => void;
}

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
  { url, token, apiToken, isSure, isDryRun, json, runs, seed }: SendArguments,
  now: Millis,
  write: (text: string) => void,
): Promise<number> {
  const day = inventDay({ seed, runs, now: floorToHour(now) });
  // A program reads one document at the end.
  const tell = (text: string) => void (json || write(`${text}\n`));
  tell(`${describeDay(day)}\nto ${url.href}: ${day.deliveries.length} deliveries`);
  const held = isSure ? undefined : await checkTarget({ url, apiToken });
  if (held !== undefined) tell(describeHeld[held]);
  if (isDryRun) tell("nothing was sent: --dry-run");
  const counts = isDryRun ? undefined : await sendDeliveries(day, { url, token });
  if (counts !== undefined) tell(formatSummary(day, counts, url).join("\n"));
  if (json) write(`${formatJson(createReport(day, url, held, counts))}\n`);
  return counts === undefined || counts.dead_letter === 0 ? 0 : 1;
}

const describeHeld = {
  none: "the server holds no deliveries yet",
  demo: "the server holds runs of the demo alone",
} as const;

async function sendDeliveries({ deliveries }: Day, target: Target): Promise<OutcomeCounts> {
  const display = createProgressDisplay(process.stderr);
  const show = (done: number) => display.show({ what: "demo", done, all: deliveries.length, unit: "deliveries" });
  return sendAll(deliveries, target, show).finally(display.end);
}

/** The result for programs. `sent` is `null` with --dry-run, and `held` with --yes, which does not ask. */
function createReport(
  { runs, deliveries }: Day,
  url: URL,
  held: keyof typeof describeHeld | undefined,
  counts: OutcomeCounts | undefined,
) {
  return {
    url: url.href,
    held: held ?? null,
    runs: runs.length,
    deliveries: deliveries.length,
    sent: counts ?? null,
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
