import { checker } from "../schema.ts";

/**
 * The fields that are read, and no others. Types are permissive (GitHub's own examples leave out or null most of
 * them); required is only what identifies a run, orders its deliveries and tells its state.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
const text = { type: "string" };
const word = { type: "string", minLength: 1 };
const maybeText = { type: ["string", "null"] };
/** Past 2^53 the JSON parser has already rounded the number, and two runs could become one. */
const id = { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
/** GitHub allows 50 re-runs. Each attempt below the one named counts as a restart for ever, so nonsense is refused. */
const attempt = { type: ["integer", "null"], minimum: 1, maximum: 10_000 };

export interface Repository {
  readonly full_name: string;
  readonly html_url?: string | null;
  readonly default_branch?: string | null;
}

const repository = {
  type: "object",
  required: ["full_name"],
  properties: { full_name: { type: "string", minLength: 1 }, html_url: maybeText, default_branch: maybeText },
};

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
  readonly html_url?: string | null;
}

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run */
export interface WorkflowRunEvent {
  readonly action?: string | null;
  readonly workflow_run: WorkflowRun;
  readonly workflow?: { readonly name?: string | null; readonly path?: string | null } | null;
  readonly repository: Repository;
}

export const checkWorkflowRun = checker<WorkflowRunEvent>({
  type: "object",
  required: ["workflow_run", "repository"],
  properties: {
    action: maybeText,
    workflow_run: {
      type: "object",
      required: ["id", "status", "updated_at"],
      properties: {
        id,
        run_number: { type: ["integer", "null"] },
        run_attempt: attempt,
        name: maybeText,
        display_title: maybeText,
        path: maybeText,
        event: maybeText,
        status: word,
        conclusion: maybeText,
        created_at: maybeText,
        run_started_at: maybeText,
        updated_at: text,
        head_branch: maybeText,
        head_sha: maybeText,
        head_repository: { type: ["object", "null"], properties: { full_name: maybeText } },
        html_url: maybeText,
      },
    },
    workflow: { type: ["object", "null"], properties: { name: maybeText, path: maybeText } },
    repository,
  },
});

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
  readonly labels?: readonly unknown[] | null;
  readonly steps?: readonly unknown[] | null;
  readonly html_url?: string | null;
}

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_job */
export interface WorkflowJobEvent {
  readonly action?: string | null;
  readonly workflow_job: WorkflowJob;
  readonly repository: Repository;
}

export const checkWorkflowJob = checker<WorkflowJobEvent>({
  type: "object",
  required: ["workflow_job", "repository"],
  properties: {
    action: maybeText,
    workflow_job: {
      type: "object",
      required: ["id", "run_id", "name", "status"],
      properties: {
        id,
        run_id: id,
        run_attempt: attempt,
        name: text,
        workflow_name: maybeText,
        status: word,
        conclusion: maybeText,
        created_at: maybeText,
        started_at: maybeText,
        completed_at: maybeText,
        runner_id: { type: ["integer", "null"] },
        runner_name: maybeText,
        labels: { type: ["array", "null"] },
        steps: { type: ["array", "null"] },
        html_url: maybeText,
      },
    },
    repository,
  },
});
