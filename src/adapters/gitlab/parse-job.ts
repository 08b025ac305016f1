import type { Parsed, SourceSettings } from "../../core/adapter.ts";
import { readHost } from "../../core/read-host.ts";
import { lowestVersion, type RunFacts } from "../../core/model.ts";
import { readText } from "../optional-fields.ts";
import { toHttpUrl, readPath } from "../url.ts";
import { readSeconds, readTime, type JobFields } from "./fields.ts";
import { namePipeline } from "./names.ts";
import { observeJob } from "./observe-job.ts";
import { checkJobHook, type JobHook } from "./schema.ts";
import { findUnknownStatuses } from "./status.ts";

/** A Job Hook (`object_kind: "build"`): one job. About its run it says only which one it is and what it is called. */
export function parseJobHook(body: object, source: string, settings: SourceSettings): Parsed {
  const checked = checkJobHook(body);
  if (!checked.ok) return { kind: "invalid", problems: checked.problems };
  const hook = checked.value;
  const problems: string[] = [];
  const job = readJob(hook, problems);
  // GitLab 11 leaves `pipeline_id` out; `commit.id` is the same number.
  const run = hook.pipeline_id ?? hook.commit?.id;
  if (run === null || run === undefined) problems.push("pipeline_id is missing, and commit.id as well");
  const project = findProject(hook);
  if (project === undefined)
    problems.push("project.path_with_namespace is missing, and so are homepage and project_name");
  if (problems.length > 0 || project === undefined) return { kind: "invalid", problems };
  const { webUrl } = job;
  const observation = {
    provider: "gitlab",
    source,
    server: readHost(webUrl),
    run: String(run),
    version: lowestVersion,
    facts: {
      project,
      ...namePipeline(hook.commit?.name, project, settings),
      ...(webUrl === undefined ? {} : { url: `${webUrl}/-/pipelines/${run}` }),
      ...readChange(hook.ref),
    },
    jobs: [observeJob(job)],
    retriesByName: true,
  } as const;
  const unknown = findUnknownStatuses([["build_status", hook.build_status]]);
  return { kind: "observed", observations: [observation], ...(unknown.length > 0 ? { problems: unknown } : {}) };
}

/**
 * GitLab counts the tries that are retried when it writes the payload. Only a job that was just created is certainly the newest,
 * so that all of them came before it: https://gitlab.com/gitlab-org/gitlab/-/issues/439479.
 */
function readRetries({ build_status: status, retries_count: count }: JobHook): number | undefined {
  return status === "created" && typeof count === "number" && count > 0 ? count : undefined;
}

/**
 * The ref of a merge request's jobs names it, and the merge train that it is in: gitlabhq app/models/merge_request.rb
 * (`ref_path`, `train_ref_path`). The Pipeline Hook has the source branch instead (gitlabhq app/models/ci/pipeline.rb,
 * `source_ref`).
 */
function readChange(ref: unknown): Pick<RunFacts, "change" | "refKind"> | undefined {
  const [, change, kind] = /^refs\/merge-requests\/(\d{1,15})\/(head|merge|train)$/.exec(readText(ref) ?? "") ?? [];
  return change === undefined ? undefined : { change, refKind: kind === "train" ? "merge_queue" : "merge_request" };
}

/** Where a `…_iso` twin exists (19.x) it is read: its form does not depend on the instance's time zone. */
function readJob(hook: JobHook, problems: string[]): JobFields {
  return {
    id: hook.build_id,
    name: hook.build_name,
    stage: hook.build_stage,
    status: hook.build_status,
    createdAt: readTime("build_created_at", hook.build_created_at_iso ?? hook.build_created_at, problems),
    startedAt: readTime("build_started_at", hook.build_started_at_iso ?? hook.build_started_at, problems),
    finishedAt: readTime("build_finished_at", hook.build_finished_at_iso ?? hook.build_finished_at, problems),
    duration: readSeconds(hook.build_duration),
    queuedDuration: readSeconds(hook.build_queued_duration),
    failureReason: hook.build_failure_reason,
    allowFailure: hook.build_allow_failure,
    runner: hook.runner,
    environment: hook.environment,
    user: hook.user,
    retriesBefore: readRetries(hook),
    webUrl: toHttpUrl(hook.project?.web_url) ?? toHttpUrl(hook.repository?.homepage),
  };
}

/**
 * The project's path, as the Pipeline Hook has it. Payloads before 15 have no `project`: then the path of the homepage,
 * and only if that is missing the human name (`Group / Project`), which is the path only where no other name was chosen.
 */
function findProject(hook: JobHook): string | undefined {
  const path = hook.project?.path_with_namespace ?? "";
  if (path !== "") return path;
  const homepage = readPath(hook.project?.web_url) || readPath(hook.repository?.homepage);
  if (homepage !== "") return homepage;
  const name = (hook.project_name ?? "").replaceAll(" / ", "/");
  return name === "" ? undefined : name;
}
