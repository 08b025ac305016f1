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
  const result = runResults.find((known) => known === status);
  if (result !== undefined) return { nativeStatus: status, state: "finished", result };
  return { nativeStatus: status, state: status as "pending" | "executing", result: null };
}

interface Said {
  /** The version's clock, and the end where there is a result. */
  readonly clock: number;
  readonly epoch?: number;
  readonly queued?: number;
  readonly started?: number;
}

export interface RunSaid extends Said, Partial<Pick<Observation, "provider" | "source" | "attempt" | "completion">> {
  readonly jobs?: readonly JobObservation[];
  readonly retriesByName?: true;
  readonly facts?: Partial<RunFacts>;
}

/** What a delivery says of run `run`. It proves a completion wherever there is a result. */
export function ofRun(run: string, status: Status, said: RunSaid): Observation {
  const { provider = "gitlab", source = "main", clock, jobs, attempt, retriesByName, facts } = said;
  const stands = standing(status);
  const finished = stands.state === "finished";
  return {
    provider,
    source,
    run,
    ...common(status, said),
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
    ...(finished ? { completion: said.completion ?? `${run}/${attempt ?? 1}` } : {}),
    ...(attempt === undefined ? {} : { attempt }),
    ...(jobs === undefined ? {} : { jobs }),
    ...(retriesByName === undefined ? {} : { retriesByName }),
  };
}

/** What a delivery says of job `job`. */
export function ofJob(
  job: string,
  name: string,
  status: Status,
  said: Said & { readonly facts?: Partial<JobFacts> },
): JobObservation {
  const stands = standing(status);
  const end = stands.state === "finished" ? { finishedAt: at(said.clock) } : {};
  return { job, ...common(status, said), facts: { name, stage: "test", ...stands, ...end, ...said.facts } };
}

/** A delivery that is about a job only: of its run it says nothing but what it is called. */
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

function common(status: Status, { clock, epoch = 0, queued, started }: Said) {
  return {
    version: { epoch, clock: at(clock), rank: ranks[standing(status).state] },
    ...(queued === undefined ? {} : { queuedAt: at(queued) }),
    ...(started === undefined ? {} : { startedAt: at(started) }),
  };
}
