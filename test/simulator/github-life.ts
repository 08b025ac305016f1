/**
 * What GitHub Actions does, as far as its webhooks report it: runs, their attempts and jobs, with the moments at which
 * things happen, in seconds of one day. Written from GitHub's documentation:
 * https://docs.github.com/en/actions/how-tos/manage-workflow-runs/re-run-workflows-and-jobs (the run keeps its id, jobs get
 * new ones), https://docs.github.com/en/actions/how-tos/manage-workflow-runs/approve-runs-from-forks,
 * https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments,
 * https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
 */

export type Conclusion = "success" | "failure" | "cancelled" | "skipped" | "timed_out" | "startup_failure";

export interface Job {
  readonly id: number;
  readonly name: string;
  readonly conclusion: Conclusion | null;
  readonly createdAt: number;
  /** When its deployment was approved; until then it is waiting. */
  readonly approvedAt: number | null;
  /** When a runner took it; `null`: none ever did. */
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  /** Listed again, with its old times, by a re-run of the failed jobs. */
  readonly isCarriedOver: boolean;
  /** GitHub tells a start weeks after the end: https://github.com/scribd/github-action-datadog-reporting/issues/39 */
  readonly hasOddStart: boolean;
  /** A report that a step attached: https://github.com/actions/actions-runner-controller/issues/2118 */
  readonly isCheckRun: boolean;
}

/** What an attempt waits for or works at that never came to an end in the story. */
export type Standing = "queued" | "held" | "waiting" | "executing" | "waits again";

export interface Attempt {
  readonly number: number;
  readonly startedAt: number;
  readonly jobs: readonly Job[];
  /** Of an attempt without an end. */
  readonly standing: Standing | null;
  readonly conclusion: Conclusion | null;
  readonly completedAt: number | null;
}

export interface Workflow {
  readonly id: number;
  readonly name: string;
  readonly path: string;
}

export interface Run {
  readonly id: number;
  readonly number: number;
  readonly workflow: Workflow;
  /** `run-name`: what this one run is called. */
  readonly title: string | null;
  readonly event: "push" | "pull_request" | "workflow_dispatch";
  readonly branch: string;
  readonly isFork: boolean;
  readonly createdAt: number;
  /** A fork's run asks for approval, which may come or not. */
  readonly askedAt: number | null;
  readonly approvedAt: number | null;
  readonly attempts: readonly Attempt[];
}

/** Two files of one name, and one whose file is called otherwise. */
export const workflows: readonly Workflow[] = [
  { id: 71, name: "CI", path: ".github/workflows/ci.yml" },
  { id: 72, name: "CI", path: ".github/workflows/web.yml" },
  { id: 73, name: "Ship it", path: ".github/workflows/release.yml" },
];

export interface Chance {
  /** True with this probability. */
  readonly when: (probability: number) => boolean;
  /** A whole number below `end`. */
  readonly below: (end: number) => number;
  readonly pick: <T>(items: readonly T[]) => T;
}

export function chanceFrom(random: () => number): Chance {
  const below = (end: number) => Math.floor(random() * end);
  return { when: (probability) => random() < probability, below, pick: (items) => items[below(items.length)] as never };
}

export function makeRuns(seed: number, chance: Chance): Run[] {
  return Array.from({ length: 1 + chance.below(4) }, (_, i) => makeRun(seed * 1000 + i * 10 + 1, i, chance));
}

function makeRun(id: number, i: number, chance: Chance): Run {
  const createdAt = 100 + i * 4000 + chance.below(900);
  const event = chance.pick(["push", "push", "pull_request", "workflow_dispatch"] as const);
  const isFork = event === "pull_request" && chance.when(0.4);
  const askedAt = isFork && chance.when(0.7) ? createdAt + chance.below(4) : null;
  const approvedAt = askedAt !== null && chance.when(0.7) ? askedAt + 60 + chance.below(600) : null;
  const isHeldBack = askedAt !== null && approvedAt === null;
  return {
    id,
    number: i + 1,
    workflow: chance.pick(workflows),
    title: chance.when(0.3) ? `Release ${id}` : null,
    event,
    branch: chance.pick(["main", "main", "topic"]),
    isFork,
    createdAt,
    askedAt,
    approvedAt,
    attempts: isHeldBack ? [] : makeAttempts(id, approvedAt ?? createdAt, createdAt, chance),
  };
}

/** The first attempt began with the run's creation, even where it waited for approval: `run_started_at` does not move. */
function makeAttempts(run: number, readyAt: number, createdAt: number, chance: Chance): Attempt[] {
  const attempts: Attempt[] = [];
  const names = chance.pick([["unit"], ["unit", "unit"], ["lint", "unit", "unit", "pack"], ["lint", "rollout"]]);
  for (let number = 1, at = readyAt; ; number++) {
    const before = attempts.at(-1);
    const isOver = number > 3 || chance.when(number === 1 ? 0.9 : 0.75);
    const attempt = makeAttempt(run * 100 + number * 20, number, at, names, before, chance);
    attempts.push(number === 1 ? { ...attempt, startedAt: createdAt } : attempt);
    if (attempt.completedAt === null || (isOver && chance.when(0.6))) return attempts;
    if (number >= 4) return attempts;
    at = attempt.completedAt + 30 + chance.below(300);
  }
}

function makeAttempt(
  firstId: number,
  number: number,
  at: number,
  names: readonly string[],
  before: Attempt | undefined,
  chance: Chance,
): Attempt {
  const plain = { number, startedAt: at, standing: null };
  if (chance.when(0.06))
    return { ...plain, jobs: [], conclusion: "startup_failure", completedAt: at + chance.below(3) };
  // A newer run of the same concurrency group takes the place of one that is held back.
  if (chance.when(0.08)) return { ...plain, jobs: [], conclusion: "cancelled", completedAt: at + 5 + chance.below(90) };
  if (chance.when(0.1)) return unfinished(firstId, plain, names, chance);
  const failed = before !== undefined && chance.when(0.5) ? before.jobs.filter(isBroken) : [];
  const carried = failed.length === 0 ? [] : (before?.jobs ?? []).filter((job) => !isBroken(job) && !job.isCheckRun);
  const jobs = (failed.length === 0 ? names : failed.map(({ name }) => name)).map((name, i) =>
    makeJob(firstId + i, name, at + chance.below(4), chance),
  );
  const again = carried
    .filter((job) => job.startedAt !== null && !job.hasOddStart && chance.when(0.4))
    .map((job, i) => ({ ...job, id: firstId + 8 + i, createdAt: at + 1, approvedAt: null, isCarriedOver: true }));
  const reports = jobs
    .filter((job) => job.startedAt !== null && chance.when(0.25))
    .map((job, i) => report(job, firstId + 14 + i));
  const ends = jobs.map(({ completedAt }) => completedAt ?? at);
  return {
    ...plain,
    jobs: [...jobs, ...again, ...reports],
    conclusion: concludeRun([...jobs, ...carried].map(({ conclusion }) => conclusion)),
    completedAt: Math.max(at, ...ends) + chance.below(3),
  };
}

function isBroken({ conclusion, isCheckRun }: Job): boolean {
  return !isCheckRun && (conclusion === "failure" || conclusion === "timed_out" || conclusion === "cancelled");
}

function concludeRun(conclusions: readonly (Conclusion | null)[]): Conclusion {
  if (conclusions.some((one) => one === "failure" || one === "timed_out")) return "failure";
  if (conclusions.includes("cancelled")) return "cancelled";
  return conclusions.every((one) => one === "skipped") ? "skipped" : "success";
}

function makeJob(id: number, name: string, createdAt: number, chance: Chance): Job {
  const base = { id, name, createdAt, approvedAt: null, isCarriedOver: false, hasOddStart: false, isCheckRun: false };
  if (chance.when(0.1)) return { ...base, conclusion: "skipped", startedAt: null, completedAt: createdAt };
  if (chance.when(0.07)) {
    return { ...base, conclusion: "cancelled", startedAt: null, completedAt: createdAt + chance.below(60) };
  }
  const approvedAt = name === "rollout" && chance.when(0.8) ? createdAt + 20 + chance.below(500) : null;
  const startedAt = (approvedAt ?? createdAt) + chance.below(40);
  const conclusion = chance.pick([
    "success",
    "success",
    "success",
    "failure",
    "failure",
    "timed_out",
    "cancelled",
  ] as const);
  const hasOddStart = conclusion === "cancelled" && chance.when(0.3);
  return { ...base, approvedAt, conclusion, startedAt, completedAt: startedAt + chance.below(300), hasOddStart };
}

function report({ completedAt }: Job, id: number): Job {
  const at = completedAt ?? 0;
  const base = { approvedAt: null, isCarriedOver: false, hasOddStart: false, isCheckRun: true };
  return {
    ...base,
    id,
    name: "report",
    conclusion: id % 2 === 0 ? "failure" : "success",
    createdAt: at,
    startedAt: null,
    completedAt: at,
  };
}

function unfinished(
  id: number,
  plain: Pick<Attempt, "number" | "startedAt">,
  names: readonly string[],
  chance: Chance,
): Attempt {
  const standing = chance.pick(["queued", "held", "waiting", "executing", "waits again"] as const);
  const hasBegun = standing === "executing" || standing === "waits again";
  const done = hasBegun ? [makeJob(id, names[0] ?? "", plain.startedAt, chance)] : [];
  const base = { approvedAt: null, isCarriedOver: false, hasOddStart: false, isCheckRun: false };
  const open = { ...base, id: id + 1, name: "rest", conclusion: null, createdAt: plain.startedAt, completedAt: null };
  const startedAt = standing === "executing" ? plain.startedAt + 4 : null;
  return { ...plain, jobs: [...done, { ...open, startedAt }], standing, conclusion: null, completedAt: null };
}
