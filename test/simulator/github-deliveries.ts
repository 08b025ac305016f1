import type { Sent } from "../scenarios/scenario.ts";
import type { Attempt, Chance, Job, Run } from "./github-life.ts";

/** The deliveries of these runs, in the order in which things happen. `project` is the repository. */
export function deliverRuns(runs: readonly Run[], project: string, chance: Chance): Sent[] {
  const deliveries = runs.flatMap((run) => [
    ...createApproval(run),
    ...run.attempts.flatMap((attempt) => [
      ...createAttempt(run, attempt, chance),
      ...attempt.jobs.flatMap((job) => createJob(run, attempt, job, chance)),
    ]),
  ]);
  const repository = createRepository(project);
  return deliveries
    .toSorted((a, b) => a.at - b.at)
    .map(({ event, body }, i) => ({
      headers: {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": `${runs[0]?.id}-${i}`,
      },
      body: JSON.stringify({ ...body, repository, sender: { login: "mira-voss", type: "User" } }),
    }));
}

interface Delivery {
  readonly at: number;
  readonly event: "workflow_run" | "workflow_job";
  readonly body: object;
}

const day = Date.UTC(2026, 10, 18);

export function timeAt(second: number): string {
  return new Date(day + second * 1000).toISOString().replace(".000Z", "Z");
}

function createRepository(full_name: string): object {
  return {
    id: 771204411,
    full_name,
    html_url: `https://github.com/${full_name}`,
    default_branch: "main",
    private: true,
  };
}

/** A fork's run is `completed` while it waits for approval, and goes on under its id. */
function createApproval(run: Run): Delivery[] {
  if (run.askedAt === null) return [];
  const first = { number: 1, startedAt: run.createdAt };
  return [runEvent(run, first, "completed", "completed", "action_required", run.askedAt)];
}

/** The last state that was delivered of an unfinished attempt. */
const lastStatus = {
  queued: "queued",
  held: "pending",
  waiting: "waiting",
  executing: "queued",
  "waits again": "queued",
};

function createAttempt(run: Run, attempt: Attempt, chance: Chance): Delivery[] {
  const { number, standing, conclusion, completedAt } = attempt;
  const begunAt = number === 1 ? (run.approvedAt ?? run.createdAt) : attempt.startedAt;
  // Often within one second of the beginning, where only the state tells which came later.
  const waitsAgainAfter = chance.pick([5, 5, 400]);
  const first = Math.min(...attempt.jobs.map(({ startedAt }) => startedAt ?? Infinity));
  if (standing !== null) {
    const hasBegun = standing === "executing" || standing === "waits again";
    return [
      runEvent(run, attempt, "requested", lastStatus[standing], null, begunAt),
      ...(hasBegun ? [runEvent(run, attempt, "in_progress", "in_progress", null, begunAt + 5)] : []),
      ...(standing === "waits again"
        ? [runEvent(run, attempt, "in_progress", "waiting", null, begunAt + waitsAgainAfter)]
        : []),
    ];
  }
  const end = completedAt ?? begunAt;
  const progress = chance.when(0.1)
    ? // Written late: it tells the end already.
      runEvent(run, attempt, "in_progress", "completed", conclusion, end)
    : runEvent(run, attempt, "in_progress", "in_progress", null, Math.min(first, end));
  return [
    ...(chance.when(0.85) ? [runEvent(run, attempt, "requested", "queued", null, begunAt)] : []),
    ...(Number.isFinite(first) && chance.when(0.85) ? [progress] : []),
    runEvent(run, attempt, "completed", "completed", conclusion, end),
  ];
}

function runEvent(
  run: Run,
  { number, startedAt }: Pick<Attempt, "number" | "startedAt">,
  action: string,
  status: string,
  conclusion: string | null,
  at: number,
): Delivery {
  const { id, name, path } = run.workflow;
  const head = run.isFork ? "passerby/fork" : undefined;
  const workflow_run = {
    id: run.id,
    name: run.title ?? name,
    path,
    run_number: run.number,
    run_attempt: number,
    event: run.event,
    status,
    conclusion,
    workflow_id: id,
    head_branch: run.branch,
    head_sha: "4be1d60f0f5cc2a3b6e2f8b6e0a9917b5a3c7d21",
    created_at: timeAt(run.createdAt),
    run_started_at: timeAt(startedAt),
    updated_at: timeAt(at),
    ...(head === undefined ? {} : { head_repository: { full_name: head } }),
  };
  return { at, event: "workflow_run", body: { action, workflow_run, workflow: { id, name, path, state: "active" } } };
}

function createJob(run: Run, attempt: Attempt, job: Job, chance: Chance): Delivery[] {
  const { createdAt, approvedAt, startedAt, completedAt, isCarriedOver, isCheckRun } = job;
  const event = (action: string, status: string, at: number, more: object = {}): Delivery => ({
    at,
    event: "workflow_job",
    body: { action, workflow_job: { ...jobBody(run, attempt, job), status, ...more } },
  });
  const queued = { conclusion: null, started_at: timeAt(createdAt), completed_at: null, steps: [], ...noRunner };
  const end =
    completedAt === null ? [] : [event("completed", "completed", completedAt, isCarriedOver ? {} : oddStart(job))];
  if (isCarriedOver || isCheckRun) return end;
  const isOpen = completedAt === null;
  const begun = { conclusion: null, completed_at: null };
  const beforeEnd = [
    ...(approvedAt === null ? [] : [event("waiting", "waiting", createdAt, queued)]),
    event("queued", "queued", approvedAt ?? createdAt, queued),
    ...(startedAt === null ? [] : [event("in_progress", "in_progress", startedAt, begun)]),
  ];
  return [...beforeEnd.filter(() => isOpen || chance.when(0.85)), ...end];
}

const noRunner = { runner_id: null, runner_name: null, runner_group_id: null, runner_group_name: null };
const weeks = 22 * 24 * 3600;

function oddStart({ hasOddStart, startedAt }: Job): object {
  return hasOddStart && startedAt !== null ? { started_at: timeAt(startedAt + weeks) } : {};
}

/** A job as it stands when it is over. One that never ran has a start all the same, and no steps. */
function jobBody(run: Run, attempt: Attempt, job: Job): object {
  const { id, name, conclusion, createdAt, startedAt, completedAt, isCheckRun } = job;
  const at = startedAt ?? completedAt ?? createdAt;
  const ran = startedAt !== null;
  const step = { name: "Run it", status: "completed", conclusion, number: 1 };
  return {
    id,
    run_id: run.id,
    run_attempt: attempt.number,
    workflow_name: run.workflow.name,
    name,
    conclusion,
    created_at: timeAt(createdAt),
    started_at: timeAt(at),
    completed_at: completedAt === null ? null : timeAt(completedAt),
    labels: isCheckRun || conclusion === "skipped" ? [] : ["ubuntu-24.04"],
    steps: ran ? [step] : [],
    ...(ran ? { runner_id: 200 + (id % 9), runner_name: `GitHub Actions ${200 + (id % 9)}` } : noRunner),
  };
}
