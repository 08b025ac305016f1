import { computeCriticalPath, type CriticalPath } from "../../answers/critical-path.ts";
import { toPathRun } from "../../answers/path-run.ts";
import type { StoredRun, StoredRunDetail } from "../../core/store/index.ts";
import { dayMillis } from "../../core/time.ts";
import { findStoredRun } from "../api/run-detail.ts";
import { findRuns } from "../api/runs.ts";
import { deliveryTable } from "./deliveries.ts";
import { formatDuration, formatTime, resultBadge, untrusted } from "./format.ts";
import { html, type Content, type Html } from "./html.ts";
import { layout, section, table } from "./layout.ts";
import { runFacts } from "./run-facts.ts";
import { failedJobsSection, timelineSection } from "./run-jobs.ts";
import { runTable } from "./run-table.ts";
import type { Page, View, ViewRequest } from "./view.ts";

/** One run: what failed, when each job ran, where the time went, and the runs that belong to it. */
export const runView: View = { path: "runs/:id", render: renderRun };

async function renderRun(page: Page, { path }: ViewRequest): Promise<Html> {
  const stored = await findStoredRun(page.services, path["id"] ?? "");
  const { run, completions } = stored;
  const { parent, children, others } = await findRelatives(page, run);
  const found = findPath(stored);
  const title = `${run.project ?? run.pipeline ?? "Run"} ${run.number ?? run.nativeId}`;
  const list = (id: string, heading: string, runs: readonly StoredRun[]) =>
    runs.length > 0 && section(id, heading, runTable(page, runs, heading));
  return layout(page, { title, current: "runs" }, [
    runFacts(page, run, parent),
    failedJobsSection(stored),
    timelineSection(stored, new Set(found?.path.map(({ job }) => job.id)), page.now),
    found !== undefined && timeSection(found, stored.graph !== null),
    completions.length > 1 && attemptsSection(stored),
    await toldSection(page, run),
    list("children", "Runs that it started", children),
    list("commit", "Other runs of this commit", others),
  ]);
}

/** Runs of each kind that are listed. */
const relativesMax = 50;
/** How many days before and after a run others of the same commit are looked for. */
const commitDays = 7;
/** How much earlier or later than a run's own deliveries those of its children may arrive, as a part of a day. */
const disorderDays = 1 / 24;

interface Relatives {
  readonly parent: StoredRun | undefined;
  /** They begin while their parent runs, so that few runs have to be read. */
  readonly children: readonly StoredRun[];
  readonly others: readonly StoredRun[];
}

async function findRelatives({ services }: Page, run: StoredRun): Promise<Relatives> {
  const { source, sha, firstSeenAt, updatedAt } = run;
  const project = run.project ?? undefined;
  const find = async (filter: Partial<Parameters<typeof findRuns>[1]>) =>
    (await findRuns(services, { source, limit: relativesMax, ...filter })).items.filter(({ id }) => id !== run.id);
  const life = {
    since: firstSeenAt - disorderDays * dayMillis,
    until: (updatedAt ?? firstSeenAt) + disorderDays * dayMillis,
  };
  const near = { since: firstSeenAt - commitDays * dayMillis, until: firstSeenAt + commitDays * dayMillis };
  const [parents, children, others] = await Promise.all([
    run.parent === null ? [] : find({ native_id: run.parent }),
    find({ parent: run.nativeId, ...life }),
    sha === null || project === undefined ? [] : find({ project, sha, ...near }),
  ]);
  return { parent: parents[0], children, others };
}

/** `undefined` for a run that has not finished, and one in which no job ran. */
function findPath({ run: { queuedAt, finishedAt }, graph, jobs }: StoredRunDetail): CriticalPath | undefined {
  return finishedAt === null ? undefined : computeCriticalPath(toPathRun({ queuedAt, finishedAt, graph, jobs }));
}

const partNames: Readonly<Record<keyof CriticalPath["parts"], string>> = {
  work: "Work of the jobs that decided",
  queue: "Waiting for a runner",
  gate: "Waiting for a person or a set time",
  gap: "The CI system itself",
};

function timeSection({ parts, wallMillis }: CriticalPath, isExact: boolean): Html {
  const rows = Object.entries(partNames).map(([name, heading]) => {
    const millis = parts[name as keyof typeof partNames];
    return [
      heading,
      html`<svg class="lane" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="fill-quiet" x="0" y="0" width="${((millis / Math.max(1, wallMillis)) * 100).toFixed(1)}" height="10"></rect></svg>`,
      formatDuration(millis / 1000),
    ];
  });
  const how = isExact ? "from the job graph that the provider sends" : "from the times of the jobs";
  const note = html`${formatDuration(wallMillis / 1000)} from queued to finished, along the critical path ◆, which follows ${how}.`;
  return section("time", "Where the time went", table("Parts", [["Part"], ["Share"], ["Time", "number"]], rows), note);
}

function attemptsSection({ completions }: StoredRunDetail): Html {
  const rows = completions.map(({ result, finishedAt, queueSeconds, durationSeconds }, i) => [
    `${i + 1}`,
    resultBadge(null, result),
    formatDuration(queueSeconds),
    formatDuration(durationSeconds),
    finishedAt === null ? untrusted(null) : formatTime(finishedAt),
  ]);
  const columns = [
    ["Result no."],
    ["Result"],
    ["Queue", "number"],
    ["Duration", "number"],
    ["Finished", "number"],
  ] as const;
  return section("attempts", "Results", table("Results", columns, rows), "Each attempt that reached a result.");
}

/** Deliveries of a run that are listed. */
const toldMax = 100;
/** How much earlier or later they may be received: it is before the run is written, and replicas' clocks differ. A part of a day. */
const toldDays = 1 / 144;

/** What deliveries stated of the run, and when; nothing where they were stored before their run was. */
async function toldSection(page: Page, { source, nativeId, firstSeenAt, updatedAt }: StoredRun): Promise<Content> {
  const { items } = await page.services.store.read("deliveries", {
    source,
    run: nativeId,
    since: firstSeenAt - toldDays * dayMillis,
    until: (updatedAt ?? firstSeenAt) + toldDays * dayMillis,
    limit: toldMax,
  });
  if (items.length === 0) return "";
  const note = "Those that name this run, the newest first. Duplicates are not stored.";
  return section("deliveries", "Deliveries", deliveryTable(page, items), note);
}
