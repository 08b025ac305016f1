import { createChecker, nullable, objectSchema } from "../schema.ts";
import type { CodeProject } from "./code-project.ts";
import { id, maybeFlag, maybeId, maybeText, text, type Maybe } from "./schema-parts.ts";

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#deployment-events */
export interface DeploymentHook {
  readonly status: string;
  /** From GitLab 14: https://gitlab.com/gitlab-org/gitlab/-/merge_requests/60518. */
  readonly status_changed_at?: Maybe<string>;
  readonly deployment_id?: Maybe<number>;
  readonly deployable_id?: Maybe<number>;
  readonly deployable_url?: Maybe<string>;
  readonly environment: string;
  /** From GitLab 16.1: https://gitlab.com/gitlab-org/gitlab/-/merge_requests/120151. */
  readonly environment_tier?: Maybe<string>;
  readonly ref?: Maybe<string>;
  readonly short_sha?: Maybe<string>;
  readonly commit_url?: Maybe<string>;
  readonly project: CodeProject;
}

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#merge-request-events */
export interface MergeRequestHook {
  readonly object_attributes: {
    readonly iid: number;
    readonly action?: Maybe<string>;
    readonly title?: Maybe<string>;
    readonly target_branch?: Maybe<string>;
    readonly source_branch?: Maybe<string>;
    readonly target_project_id?: Maybe<number>;
    readonly created_at?: Maybe<string>;
    readonly updated_at?: Maybe<string>;
    readonly merge_commit_sha?: Maybe<string>;
    readonly draft?: Maybe<boolean>;
    readonly work_in_progress?: Maybe<boolean>;
    readonly last_commit?: Maybe<{ readonly id?: Maybe<string>; readonly timestamp?: Maybe<string> }>;
    readonly target?: Maybe<CodeProject>;
  };
  readonly project: CodeProject;
  readonly labels?: unknown;
}

/** https://docs.gitlab.com/user/project/integrations/webhook_events/#push-events */
export interface PushHook {
  readonly before?: Maybe<string>;
  readonly after?: Maybe<string>;
  readonly project_id?: Maybe<number>;
  readonly project: CodeProject;
  readonly commits?: Maybe<readonly { readonly id?: Maybe<string>; readonly timestamp?: Maybe<string> }[]>;
  readonly total_commits_count?: Maybe<number>;
}

const project = objectSchema<CodeProject>(
  {},
  { id: maybeId, path_with_namespace: maybeText, web_url: maybeText, default_branch: maybeText },
);
const commit = objectSchema<{ readonly id?: Maybe<string>; readonly timestamp?: Maybe<string> }>(
  {},
  { id: maybeText, timestamp: maybeText },
);

export const checkDeploymentHook = createChecker<DeploymentHook>(
  objectSchema(
    { status: text, environment: text, project },
    {
      status_changed_at: maybeText,
      deployment_id: maybeId,
      deployable_id: maybeId,
      deployable_url: maybeText,
      environment_tier: maybeText,
      ref: maybeText,
      short_sha: maybeText,
      commit_url: maybeText,
    },
  ),
);

export const checkMergeRequestHook = createChecker<MergeRequestHook>(
  objectSchema(
    {
      object_attributes: objectSchema<MergeRequestHook["object_attributes"]>(
        { iid: id },
        {
          action: maybeText,
          title: maybeText,
          target_branch: maybeText,
          source_branch: maybeText,
          target_project_id: maybeId,
          created_at: maybeText,
          updated_at: maybeText,
          merge_commit_sha: maybeText,
          draft: maybeFlag,
          work_in_progress: maybeFlag,
          last_commit: nullable(commit),
          target: nullable(project),
        },
      ),
      project,
    },
    { labels: {} },
  ),
);

export const checkPushHook = createChecker<PushHook>(
  objectSchema(
    { project },
    {
      before: maybeText,
      after: maybeText,
      project_id: maybeId,
      commits: { type: ["array", "null"], items: commit },
      total_commits_count: { type: ["integer", "null"], minimum: 0 },
    },
  ),
);
