import type { JobFacts, JobObservation, Observation, RunFacts } from "../../../src/core/model.ts";
import { runResults, type RunResult } from "../../../src/core/states.ts";

/** Hand-made observations of no provider in particular. Times are seconds after `dawn`. */
export const dawn = Date.UTC(2026, 10, 20, 10);

export function at(seconds: number): number {
  return dawn + seconds * 1000;
}

/** Where a statement stands: not begun, under way, or at its result. */
export type Status = "pending" | "executing" | RunResult;

const ranks = { pending: 1, blocked: 1, executing: 2, finished: 3 } as const;

/** State and result, as the facts of a run or a job carry them. */
export function standing(status: Status): Pick<RunFacts, "nativeStatus" | "state" | "result"> {
  const result = runResults.find((one) => one === status);
  if (result !== undefined) return { nativeStatus: status, state: "finished", result };
  return { nativeStatus: status, state: status as "pending" | "executing", result: null };
}

interface Statement {
  /** The version's clock, and the end where there is a result. */
  readonly clock: number;
  readonly epoch?: number;
  readonly queued?: number;
  readonly started?: number;
}

export interface RunStatement
  extends Statement,
    Partial<Pick<Observation, "provider" | "source" | "attempt" | "completion">> {
  readonly jobs?: readonly JobObservation[];
  readonly retriesByName?: true;
  readonly facts?: Partial<RunFacts>;
}

/** The observation of a delivery about run `run`. It proves a completion wherever there is a result. */
export function ofRun(run: string, status: Status, statement: RunStatement): Observation {
  const { provider = "gitlab", source = "main", clock, jobs, attempt, retriesByName, facts } = statement;
  const stands = standing(status);
  const finished = stands.state === "finished";
  return {
    provider,
    source,
    run,
    ...common(status, statement),
    facts: {
      project: "shop/cart",
      pipeline: "checkout",
      number: run,
      ref: "main",
      refKind: "branch",
      defaultBranch: true,
      url: `https://ci.example.com/runs/${run}`,
      ...stands,
      ...(finished ? { finishedAt: at(clock) } : {}),
      ...facts,
    },
    ...(finished ? { completion: statement.completion ?? `${run}/${attempt ?? 1}` } : {}),
    ...(attempt === undefined ? {} : { attempt }),
    ...(jobs === undefined ? {} : { jobs }),
    ...(retriesByName === undefined ? {} : { retriesByName }),
  };
}

/** The observation of job `job` in a delivery. */
export function ofJob(
  job: string,
  name: string,
  status: Status,
  statement: Statement & { readonly facts?: Partial<JobFacts> },
): JobObservation {
  const stands = standing(status);
  const end = stands.state === "finished" ? { finishedAt: at(statement.clock) } : {};
  return { job, ...common(status, statement), facts: { name, stage: "test", ...stands, ...end, ...statement.facts } };
}

/** A delivery that is about jobs only: of their run it has only the names. */
export function mentioning(run: string, jobs: readonly JobObservation[], more: Partial<Observation> = {}): Observation {
  const { project, pipeline, url, defaultBranch } = ofRun(run, "pending", { clock: 0 }).facts as RunFacts;
  const facts = { project, pipeline, url, defaultBranch };
  return {
    provider: "gitlab",
    source: "main",
    run,
    version: { epoch: 0, clock: 0, rank: 0 },
    facts,
    jobs,
    ...more,
  };
}

function common(status: Status, { clock, epoch = 0, queued, started }: Statement) {
  return {
    version: { epoch, clock: at(clock), rank: ranks[standing(status).state] },
    ...(queued === undefined ? {} : { queuedAt: at(queued) }),
    ...(started === undefined ? {} : { startedAt: at(started) }),
  };
}
