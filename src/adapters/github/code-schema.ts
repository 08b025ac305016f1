import { createChecker, nullable, objectSchema } from "../schema.ts";
import { id, maybeBoolean, maybeText, repository, text, word, type Repository } from "./schema-parts.ts";

/** The events about code: only the fields that are read. https://docs.github.com/en/webhooks/webhook-events-and-payloads */

export interface Deployment {
  readonly id: number;
  readonly sha?: string | null;
  readonly ref?: string | null;
  readonly environment?: string | null;
  readonly production_environment?: boolean | null;
  readonly created_at: string;
}

const deployment = objectSchema<Deployment>(
  { id, created_at: text },
  { sha: maybeText, ref: maybeText, environment: maybeText, production_environment: maybeBoolean },
);

interface DeployingRun {
  readonly id: number;
  readonly html_url?: string | null;
}

export interface DeploymentEvent {
  readonly deployment: Deployment;
  readonly workflow_run?: DeployingRun | null;
  readonly repository: Repository;
}

const workflowRun = nullable(objectSchema<DeployingRun>({ id }, { html_url: maybeText }));

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#deployment */
export const checkDeployment = createChecker<DeploymentEvent>(
  objectSchema({ deployment, repository }, { workflow_run: workflowRun }),
);

interface CheckRun {
  readonly id: number;
  readonly name: string;
}

export interface DeploymentStatusEvent extends DeploymentEvent {
  readonly deployment_status: {
    readonly state: string;
    readonly environment?: string | null;
    readonly created_at: string;
    readonly log_url?: string | null;
    readonly target_url?: string | null;
  };
  readonly workflow?: { readonly name?: string | null } | null;
  /** The job that deploys: a job of GitHub Actions and its check run have one id. */
  readonly check_run?: CheckRun | null;
}

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#deployment_status */
export const checkDeploymentStatus = createChecker<DeploymentStatusEvent>(
  objectSchema(
    {
      deployment,
      deployment_status: objectSchema(
        { state: word, created_at: text },
        { environment: maybeText, log_url: maybeText, target_url: maybeText },
      ),
      repository,
    },
    {
      workflow: nullable(objectSchema({}, { name: maybeText })),
      workflow_run: workflowRun,
      check_run: nullable(objectSchema<CheckRun>({ id, name: text }, {})),
    },
  ),
);

export interface PullRequestEvent {
  readonly action: string;
  readonly pull_request: {
    readonly id: number;
    readonly number: number;
    readonly title?: string | null;
    readonly draft?: boolean | null;
    readonly merged?: boolean | null;
    readonly created_at: string;
    readonly updated_at: string;
    readonly merged_at?: string | null;
    readonly merge_commit_sha?: string | null;
    readonly head: { readonly sha: string; readonly ref?: string | null };
    readonly base: { readonly ref: string };
    readonly labels?: readonly ({ readonly name?: string | null } | null)[] | null;
  };
  readonly repository: Repository;
}

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#pull_request */
export const checkPullRequest = createChecker<PullRequestEvent>(
  objectSchema(
    {
      action: word,
      pull_request: objectSchema(
        {
          id,
          number: id,
          created_at: text,
          updated_at: text,
          head: objectSchema({ sha: word }, { ref: maybeText }),
          base: objectSchema({ ref: word }, {}),
        },
        {
          title: maybeText,
          draft: maybeBoolean,
          merged: maybeBoolean,
          merged_at: maybeText,
          merge_commit_sha: maybeText,
          labels: { type: ["array", "null"], items: nullable(objectSchema({}, { name: maybeText })) },
        },
      ),
      repository,
    },
    {},
  ),
);

export interface PushEvent {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly forced?: boolean | null;
  readonly deleted?: boolean | null;
  readonly commits?: readonly ({ readonly id?: string | null; readonly timestamp?: string | null } | null)[] | null;
  readonly repository: Repository;
}

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#push */
export const checkPush = createChecker<PushEvent>(
  objectSchema(
    { ref: word, before: text, after: text, repository },
    {
      forced: maybeBoolean,
      deleted: maybeBoolean,
      commits: { type: ["array", "null"], items: nullable(objectSchema({}, { id: maybeText, timestamp: maybeText })) },
    },
  ),
);
