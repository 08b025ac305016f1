import { createChecker, nullable, objectSchema } from "../schema.ts";
import type { Runner } from "./runner.ts";
import { id, maybeFlag, maybeId, maybeText, text, type Maybe } from "./schema-parts.ts";

/** One element of `builds`: the latest attempt of a job. */
export interface Build {
  readonly id: number;
  readonly name: string;
  readonly stage?: Maybe<string>;
  readonly status: string;
  readonly created_at?: Maybe<string>;
  readonly started_at?: Maybe<string>;
  readonly finished_at?: Maybe<string>;
  readonly duration?: Maybe<number>;
  readonly queued_duration?: Maybe<number>;
  readonly failure_reason?: Maybe<string>;
  readonly allow_failure?: Maybe<boolean>;
  readonly when?: Maybe<string>;
  readonly manual?: Maybe<boolean>;
  readonly runner?: Maybe<Runner>;
  readonly environment?: unknown;
  readonly user?: unknown;
}

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#pipeline-events */
export interface PipelineHook {
  readonly object_attributes: {
    readonly id: number;
    readonly iid?: Maybe<number>;
    readonly name?: Maybe<string>;
    readonly ref?: Maybe<string>;
    readonly tag?: Maybe<boolean>;
    readonly sha?: Maybe<string>;
    readonly source?: Maybe<string>;
    readonly status: string;
    readonly created_at: string;
    readonly finished_at?: Maybe<string>;
    readonly duration?: Maybe<number>;
    readonly queued_duration?: Maybe<number>;
    readonly url?: Maybe<string>;
    readonly default_branch?: Maybe<boolean>;
    readonly protected_ref?: unknown;
    readonly detailed_status?: unknown;
    readonly stages?: unknown;
  };
  readonly merge_request?: Maybe<{ readonly iid?: unknown; readonly title?: unknown }>;
  readonly commit?: unknown;
  readonly user?: unknown;
  readonly project: {
    readonly path_with_namespace?: Maybe<string>;
    readonly web_url?: Maybe<string>;
    readonly default_branch?: Maybe<string>;
  };
  readonly source_pipeline?: Maybe<{ readonly pipeline_id?: Maybe<number>; readonly job_id?: unknown }>;
  readonly builds?: Maybe<readonly Build[]>;
}

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#job-events */
export interface JobHook {
  readonly build_id: number;
  readonly build_name: string;
  readonly build_stage?: Maybe<string>;
  readonly build_status: string;
  readonly build_created_at?: Maybe<string>;
  readonly build_created_at_iso?: Maybe<string>;
  readonly build_started_at?: Maybe<string>;
  readonly build_started_at_iso?: Maybe<string>;
  readonly build_finished_at?: Maybe<string>;
  readonly build_finished_at_iso?: Maybe<string>;
  readonly build_duration?: Maybe<number>;
  readonly build_queued_duration?: Maybe<number>;
  readonly build_failure_reason?: Maybe<string>;
  readonly build_allow_failure?: Maybe<boolean>;
  readonly retries_count?: unknown;
  readonly ref?: unknown;
  readonly environment?: unknown;
  readonly user?: unknown;
  readonly pipeline_id?: Maybe<number>;
  readonly project_name?: Maybe<string>;
  readonly runner?: Maybe<Runner>;
  /** Not a commit: `id` is the pipeline's, `name` its `workflow:name`. */
  readonly commit?: Maybe<{ readonly id?: Maybe<number>; readonly name?: Maybe<string> }>;
  readonly repository?: Maybe<{ readonly homepage?: Maybe<string> }>;
  readonly project?: Maybe<{ readonly path_with_namespace?: Maybe<string>; readonly web_url?: Maybe<string> }>;
}

const maybeSeconds = { type: ["number", "null"] } as const;
/** For what only adds to a run or job, see optional-fields.ts. */
const anything = {};
const runner = nullable(
  objectSchema<Runner>(
    {},
    { description: maybeText, id: anything, runner_type: anything, is_shared: anything, tags: anything },
  ),
);

const build = objectSchema<Build>(
  { id, name: text, status: text },
  {
    stage: maybeText,
    created_at: maybeText,
    started_at: maybeText,
    finished_at: maybeText,
    duration: maybeSeconds,
    queued_duration: maybeSeconds,
    failure_reason: maybeText,
    allow_failure: maybeFlag,
    when: maybeText,
    manual: maybeFlag,
    runner,
    environment: anything,
    user: anything,
  },
);

const pipeline = objectSchema<PipelineHook["object_attributes"]>(
  { id, status: text, created_at: text },
  {
    iid: maybeId,
    name: maybeText,
    ref: maybeText,
    tag: maybeFlag,
    sha: maybeText,
    source: maybeText,
    finished_at: maybeText,
    duration: maybeSeconds,
    queued_duration: maybeSeconds,
    url: maybeText,
    default_branch: maybeFlag,
    protected_ref: anything,
    detailed_status: anything,
    stages: anything,
  },
);

export const checkPipelineHook = createChecker<PipelineHook>(
  objectSchema(
    {
      object_attributes: pipeline,
      project: objectSchema({}, { path_with_namespace: maybeText, web_url: maybeText, default_branch: maybeText }),
    },
    {
      merge_request: nullable(objectSchema({}, { iid: anything, title: anything })),
      commit: anything,
      user: anything,
      source_pipeline: nullable(objectSchema({}, { pipeline_id: maybeId, job_id: anything })),
      builds: { type: ["array", "null"], items: build },
    },
  ),
);

export const checkJobHook = createChecker<JobHook>(
  objectSchema(
    { build_id: id, build_name: text, build_status: text },
    {
      build_stage: maybeText,
      build_created_at: maybeText,
      build_created_at_iso: maybeText,
      build_started_at: maybeText,
      build_started_at_iso: maybeText,
      build_finished_at: maybeText,
      build_finished_at_iso: maybeText,
      build_duration: maybeSeconds,
      build_queued_duration: maybeSeconds,
      build_failure_reason: maybeText,
      build_allow_failure: maybeFlag,
      retries_count: anything,
      ref: anything,
      environment: anything,
      user: anything,
      pipeline_id: maybeId,
      project_name: maybeText,
      runner,
      commit: nullable(objectSchema({}, { id: maybeId, name: maybeText })),
      repository: nullable(objectSchema({}, { homepage: maybeText })),
      project: nullable(objectSchema({}, { path_with_namespace: maybeText, web_url: maybeText })),
    },
  ),
);
