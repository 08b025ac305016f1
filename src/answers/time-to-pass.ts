import { compareTexts, joinKey, type Answer, type Span } from "./answer.ts";
import { findPass, toCommitRun, type CommitRun } from "./commit-runs.ts";
import { splitTime, type TimePart } from "./time-parts.ts";
import { isFailed } from "../core/job-end.ts";
import { dayMillis, type Millis } from "../core/time.ts";

/** How long a commit needed until its pipelines were green. */
export interface CommitTime {
  readonly provider: string;
  readonly source: string;
  readonly project: string | null;
  /** The number of the merge request or pull request. */
  readonly change: string | null;
  readonly ref: string | null;
  readonly sha: string;
  readonly queuedAt: Millis;
  /** `null`: it has not passed yet; `seconds` are those until the end of the span. */
  readonly passedAt: Millis | null;
  readonly seconds: number;
  /** Seconds; they sum to `seconds`. */
  readonly parts: Readonly<Record<TimePart, number>>;
  /** Results of its runs until it passed. */
  readonly attempts: number;
  /** It passed without a failure; `null`: not known yet. */
  readonly firstTry: boolean | null;
  /** Until the first job failed; `null`: none did. */
  readonly firstRedSeconds: number | null;
  /** The run that made it pass; of an open one, the latest. */
  readonly runId: number;
  readonly runIds: readonly number[];
}

export const timeToPassDefinition =
  "Time from the first queued run of a commit (of one change, or of one ref where there is none) to the moment at which each of its " +
  "pipelines had passed once; pipelines that began after all earlier ones had passed do not count; commits that were first " +
  "queued in the span, those that have not passed with their time so far";

/** How long before the span runs are read: a commit whose first run is older did not begin in it. */
export const timeToPassLookback: Millis = 14 * dayMillis;

const runIdsMax = 20;

type Names = Pick<CommitTime, "provider" | "source" | "project" | "change" | "ref" | "sha">;

interface Commit {
  readonly names: Names;
  readonly runs: CommitRun[];
}

/** Measures each commit from its first run to green. */
export function createTimeToPassAnswer(span: Span): Answer<CommitTime> {
  const commits = new Map<string, Commit>();
  return {
    add(run) {
      const { provider, source, project, change, ref, sha } = run;
      if (sha === null) return;
      const key = joinKey(source, project, change === null ? "ref" : "change", change ?? ref, sha);
      const commit = commits.get(key);
      if (commit !== undefined) commit.runs.push(toCommitRun(run));
      else commits.set(key, { names: { provider, source, project, change, ref, sha }, runs: [toCommitRun(run)] });
    },
    finish() {
      const items: CommitTime[] = [];
      const count = { runs: 0, jobs: 0 };
      for (const commit of commits.values()) {
        const measured = measureCommit(commit, span);
        if (measured === undefined) continue;
        items.push(measured.item);
        count.runs += measured.runs.length;
        for (const { jobs } of measured.runs) count.jobs += jobs;
      }
      return { ...count, items: items.toSorted(compareCommits) };
    },
  };
}

interface Measured {
  readonly item: CommitTime;
  readonly runs: readonly CommitRun[];
}

/** `undefined` for a commit that was not queued first in the span. */
function measureCommit({ names, runs: all }: Commit, span: Span): Measured | undefined {
  const runs = all.length < 2 ? all : all.toSorted((a, b) => a.begin - b.begin || compareTexts(a.nativeId, b.nativeId));
  const [first] = runs;
  if (first === undefined || first.begin < span.since || first.begin >= span.until) return undefined;
  const { passedAt, passedBy, required } = findPass(runs, span.until);
  const until = passedAt ?? span.until;
  const counted = runs.filter(({ pipeline, begin }) => required.has(pipeline) && begin <= until);
  const results = counted.flatMap((run) => run.completions).filter(({ at }) => at <= until);
  const failedAt = Math.min(...counted.map((run) => run.failedAt));
  const parts = splitTime(
    counted.map(({ activities }) => activities),
    results.map(({ at }) => at),
    { since: first.begin, until },
  );
  const hasFailed = results.some(({ result }) => isFailed(result));
  const item: CommitTime = {
    ...names,
    queuedAt: first.begin,
    passedAt,
    seconds: (until - first.begin) / 1000,
    parts: toSeconds(parts),
    attempts: results.length,
    firstTry: hasFailed ? false : passedAt === null ? null : true,
    firstRedSeconds: failedAt <= until ? (failedAt - first.begin) / 1000 : null,
    runId: passedBy?.id ?? (counted.at(-1) ?? first).id,
    runIds: counted.slice(0, runIdsMax).map(({ id }) => id),
  };
  return { item, runs: counted };
}

function toSeconds(parts: Readonly<Record<TimePart, number>>): CommitTime["parts"] {
  const { execution, queue, approval, idle, other } = parts;
  return {
    execution: execution / 1000,
    queue: queue / 1000,
    approval: approval / 1000,
    idle: idle / 1000,
    other: other / 1000,
  };
}

/** The longest first. Many take equally long, so that their names are compared one by one and not joined. */
function compareCommits(a: CommitTime, b: CommitTime): number {
  return (
    b.seconds - a.seconds ||
    compareTexts(a.source, b.source) ||
    compareNames(a.project, b.project) ||
    compareNames(a.change, b.change) ||
    compareNames(a.ref, b.ref) ||
    compareTexts(a.sha, b.sha)
  );
}

function compareNames(a: string | null, b: string | null): number {
  return compareTexts(a ?? "\u0001", b ?? "\u0001");
}
