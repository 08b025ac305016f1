import { createChecker, nullable, objectSchema } from "../schema.ts";
import {
  attempt,
  id,
  maybeBoolean,
  maybeInteger,
  maybeText,
  maybeTexts,
  repository,
  text,
  word,
  type Repository,
} from "./schema-parts.ts";

/**
 * The fields that are read, and no others. Types are permissive (GitHub's own examples leave out or null most of
 * them); required are only the fields that identify a run, order its deliveries and determine its state.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */

/** A user, of whom nothing is read but whether it is a bot. */
export interface Account {
  readonly type?: string | null;
}

const account = nullable(objectSchema<Account>({}, { type: maybeText }));

export interface PullRequest {
  readonly number?: number | null;
  readonly base?: { readonly repo?: { readonly id?: number | null } | null } | null;
}

const pullRequest = nullable(
  objectSchema<PullRequest>(
    {},
    {
      number: maybeInteger,
      base: nullable(objectSchema({}, { repo: nullable(objectSchema({}, { id: maybeInteger })) })),
    },
  ),
);

export interface WorkflowRun {
  readonly id: number;
  readonly run_number?: number | null;
  readonly run_attempt?: number | null;
  readonly name?: string | null;
  readonly display_title?: string | null;
  readonly path?: string | null;
  readonly event?: string | null;
  readonly status: string;
  readonly conclusion?: string | null;
  readonly created_at?: string | null;
  readonly run_started_at?: string | null;
  readonly updated_at: string;
  readonly head_branch?: string | null;
  readonly head_sha?: string | null;
  readonly head_repository?: { readonly full_name?: string | null } | null;
  readonly head_commit?: { readonly timestamp?: string | null } | null;
  readonly pull_requests?: readonly (PullRequest | null)[] | null;
  readonly actor?: Account | null;
  readonly triggering_actor?: Account | null;
  readonly referenced_workflows?: readonly ({ readonly path?: string | null } | null)[] | null;
  readonly html_url?: string | null;
}

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run */
export interface WorkflowRunEvent {
  readonly action?: string | null;
  readonly workflow_run: WorkflowRun;
  readonly workflow?: { readonly name?: string | null; readonly path?: string | null } | null;
  readonly repository: Repository;
}

export const checkWorkflowRun = createChecker<WorkflowRunEvent>(
  objectSchema(
    {
      workflow_run: objectSchema(
        { id, status: word, updated_at: text },
        {
          run_number: maybeInteger,
          run_attempt: attempt,
          name: maybeText,
          display_title: maybeText,
          path: maybeText,
          event: maybeText,
          conclusion: maybeText,
          created_at: maybeText,
          run_started_at: maybeText,
          head_branch: maybeText,
          head_sha: maybeText,
          head_repository: nullable(objectSchema({}, { full_name: maybeText })),
          head_commit: nullable(objectSchema({}, { timestamp: maybeText })),
          pull_requests: { type: ["array", "null"], items: pullRequest },
          actor: account,
          triggering_actor: account,
          referenced_workflows: { type: ["array", "null"], items: nullable(objectSchema({}, { path: maybeText })) },
          html_url: maybeText,
        },
      ),
      repository,
    },
    { action: maybeText, workflow: nullable(objectSchema({}, { name: maybeText, path: maybeText })) },
  ),
);

export interface Step {
  readonly name?: string | null;
  readonly conclusion?: string | null;
  readonly started_at?: string | null;
  readonly completed_at?: string | null;
}

const step = nullable(
  objectSchema<Step>({}, { name: maybeText, conclusion: maybeText, started_at: maybeText, completed_at: maybeText }),
);

/** What a job that names an environment deploys. */
export interface JobDeployment {
  readonly environment?: string | null;
  readonly production_environment?: boolean | null;
}

export interface WorkflowJob {
  readonly id: number;
  readonly run_id: number;
  readonly run_attempt?: number | null;
  readonly name: string;
  readonly workflow_name?: string | null;
  readonly status: string;
  readonly conclusion?: string | null;
  readonly created_at?: string | null;
  readonly started_at?: string | null;
  readonly completed_at?: string | null;
  readonly runner_id?: number | null;
  readonly runner_name?: string | null;
  readonly runner_group_name?: string | null;
  readonly labels?: readonly (string | null)[] | null;
  readonly steps?: readonly (Step | null)[] | null;
  readonly html_url?: string | null;
}

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job */
export interface WorkflowJobEvent {
  readonly action?: string | null;
  readonly workflow_job: WorkflowJob;
  readonly deployment?: JobDeployment | null;
  readonly repository: Repository;
}

export const checkWorkflowJob = createChecker<WorkflowJobEvent>(
  objectSchema(
    {
      workflow_job: objectSchema(
        { id, run_id: id, name: text, status: word },
        {
          run_attempt: attempt,
          workflow_name: maybeText,
          conclusion: maybeText,
          created_at: maybeText,
          started_at: maybeText,
          completed_at: maybeText,
          runner_id: maybeInteger,
          runner_name: maybeText,
          runner_group_name: maybeText,
          labels: maybeTexts,
          steps: { type: ["array", "null"], items: step },
          html_url: maybeText,
        },
      ),
      repository,
    },
    {
      action: maybeText,
      deployment: nullable(
        objectSchema<JobDeployment>({}, { environment: maybeText, production_environment: maybeBoolean }),
      ),
    },
  ),
);
