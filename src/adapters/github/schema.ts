import { createChecker, nullable, objectSchema } from "../schema.ts";
import {
  attempt,
  id,
  maybeInteger,
  maybeText,
  maybeList,
  repository,
  text,
  word,
  type Repository,
} from "./schema-parts.ts";

/**
 * The fields that are read, and no others. Types are permissive (GitHub's own examples leave out or null most of
 * them); required are only the fields that identify a run, order its deliveries and determine its state. What only adds something
 * is `unknown` here: ../optional-fields.ts reads it.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */

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
  readonly head_commit?: unknown;
  readonly pull_requests?: unknown;
  readonly actor?: unknown;
  readonly triggering_actor?: unknown;
  readonly referenced_workflows?: unknown;
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
          head_commit: {},
          pull_requests: {},
          actor: {},
          triggering_actor: {},
          referenced_workflows: {},
          html_url: maybeText,
        },
      ),
      repository,
    },
    { action: maybeText, workflow: nullable(objectSchema({}, { name: maybeText, path: maybeText })) },
  ),
);

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
  readonly runner_group_name?: unknown;
  readonly labels?: readonly unknown[] | null;
  readonly steps?: readonly unknown[] | null;
  readonly html_url?: string | null;
}

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job */
export interface WorkflowJobEvent {
  readonly action?: string | null;
  readonly workflow_job: WorkflowJob;
  readonly deployment?: unknown;
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
          runner_group_name: {},
          labels: maybeList,
          steps: maybeList,
          html_url: maybeText,
        },
      ),
      repository,
    },
    {
      action: maybeText,
      deployment: {},
    },
  ),
);
