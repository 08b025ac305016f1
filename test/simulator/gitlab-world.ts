/** What GitLab posts. */
export interface Posted {
  readonly event: string;
  readonly body: object;
}

/**
 * `optional` and `blocking` are manual jobs that may fail, and that the pipeline waits for. A `bridge` starts a child pipeline and
 * waits for it (`strategy: depend`); an `external` status comes from another system. Both are in no payload.
 */
export type JobKind = "normal" | "optional" | "blocking" | "bridge" | "external";

/** What the configuration says of a job, and how its attempts will go. Times are whole seconds. */
export interface JobPlan {
  readonly name: string;
  readonly stage: number;
  readonly kind: JobKind;
  readonly allowFailure: boolean;
  /** `retry:`, https://docs.gitlab.com/ci/yaml/#retry */
  readonly retry: number;
  readonly wait: number;
  readonly work: number;
  /** Whether each attempt fails; what comes after succeeds. */
  readonly fails: readonly boolean[];
  /** Of a bridge: the jobs of its child pipeline. */
  readonly child?: readonly JobPlan[];
}

export interface Job {
  readonly id: number;
  readonly plan: JobPlan;
  /** 0-based. */
  readonly attempt: number;
  readonly createdAt: number;
  status: string;
  queuedAt?: number;
  startedAt?: number;
  finishedAt?: number;
}

/** What set a pipeline going since its last end. */
export type Cause = "created" | "retry" | "play" | "child" | "external";

/** One time that a pipeline came to a final status. */
export interface End {
  readonly status: string;
  readonly at: number;
  readonly duration: number | null;
  /** Whether any of its latest jobs had begun. */
  readonly worked: boolean;
  readonly causes: ReadonlySet<Cause>;
}

export interface Pipeline {
  readonly id: number;
  readonly createdAt: number;
  readonly parent: Pipeline | undefined;
  readonly jobs: Job[];
  readonly ends: End[];
  status: string;
  causes: Set<Cause>;
  startedAt?: number;
  finishedAt?: number;
  duration: number | null;
}

interface Timer {
  readonly at: number;
  readonly pipeline: Pipeline;
  readonly job: Job;
}

/** A GitLab with one project. `now` is in seconds. */
export interface World {
  now: number;
  nextId: number;
  readonly random: () => number;
  readonly pipelines: Pipeline[];
  readonly timers: Timer[];
  readonly posted: Posted[];
  readonly tellPipeline: (pipeline: Pipeline) => void;
  readonly tellJob: (pipeline: Pipeline, job: Job) => void;
}
