import type { Parsed, SourceSettings } from "../../core/adapter.ts";
import { readHost } from "../../core/read-host.ts";
import type { JobObservation, Observation, RefKind, RunFacts } from "../../core/model.ts";
import { omitUndefined } from "../omit-undefined.ts";
import type { NativeState } from "../native-state.ts";
import { readId, readMember, readText } from "../optional-fields.ts";
import { parseTime } from "../time.ts";
import { toHttpUrl, readPath } from "../url.ts";
import { readSeconds, readTime, type JobFields } from "./fields.ts";
import { findActor } from "./actor.ts";
import { findGates } from "./gate.ts";
import { findCompletion, isMixed } from "./find-completion.ts";
import { namePipeline, type PipelineName } from "./names.ts";
import { observeJob } from "./observe-job.ts";
import { describeRunDetail } from "./run-detail.ts";
import { rankSnapshot } from "./rank-snapshot.ts";
import { checkPipelineHook, type Build, type PipelineHook } from "./schema.ts";
import { findUnknownStatuses, interpretStatus, isKnownStatus } from "./status.ts";
import { computeClock, measureRun } from "./timing.ts";
import type { Millis } from "../../core/time.ts";
import type { State } from "../../core/states.ts";

/** A Pipeline Hook: a full snapshot of a run and of the latest attempt of each of its jobs. */
export function parsePipelineHook(body: object, source: string, settings: SourceSettings): Parsed {
  const checked = checkPipelineHook(body);
  if (!checked.ok) return { kind: "invalid", problems: checked.problems };
  const problems: string[] = [];
  const hook = checked.value;
  const run = hook.object_attributes;
  const project = hook.project.path_with_namespace || readPath(hook.project.web_url);
  if (project === "") return { kind: "invalid", problems: [projectProblem] };
  const name = namePipeline(run.name, project, settings, isChild(hook), () => findTitle(hook));
  const observation = observe(hook, source, { project, ...name }, problems);
  // Thousands of jobs may have the same fault.
  if (problems.length > 0) return { kind: "invalid", problems: problems.slice(0, 10) };
  const unknown = listUnknown(hook);
  return { kind: "observed", observations: [observation], ...(unknown.length > 0 ? { problems: unknown } : {}) };
}

/** The title of its merge request, or of its commit: GitLab before 14 sends only the whole message, whose first line is the title. */
function findTitle({ merge_request: mergeRequest, commit }: PipelineHook): string | undefined {
  const [line] = (readText(readMember(commit, "message")) ?? "").split("\n", 1);
  return readText(mergeRequest?.title) ?? readText(readMember(commit, "title")) ?? line;
}

function listUnknown({ object_attributes: run, builds }: PipelineHook): string[] {
  // Nearly always all are known: no names of fields are put together then.
  if (isKnownStatus(run.status) && (builds ?? []).every(({ status }) => isKnownStatus(status))) return [];
  const statuses = (builds ?? []).map(({ status }, i): [string, string] => [`builds.${i}.status`, status]);
  return findUnknownStatuses([["object_attributes.status", run.status], ...statuses]);
}

const projectProblem = "project.path_with_namespace is missing, and project.web_url as well";

type Names = PipelineName & { readonly project: string };

function observe(hook: PipelineHook, source: string, names: Names, problems: string[]): Observation {
  const run = hook.object_attributes;
  const webUrl = toHttpUrl(hook.project.web_url);
  const createdAt = readTime("object_attributes.created_at", run.created_at, problems) ?? 0;
  const givenFinishedAt = readTime("object_attributes.finished_at", run.finished_at, problems);
  const fields = (hook.builds ?? []).map((build, i) => readBuild(build, i, webUrl, problems));
  const gates = findGates(fields, run.stages);
  const jobs = fields.map((job) => observeJob(job, gates?.get(job.id)));
  const native = interpretStatus(run.status, guessState(fields, jobs, givenFinishedAt));
  // GitLab sets `finished_at` on success, failed and canceled only, and keeps it when the run goes on: with any other status it is
  // the end of the last attempt.
  const lastFinishedAt = native.state === "finished" && native.result !== "skip" ? givenFinishedAt : null;
  const clock = computeClock([createdAt, lastFinishedAt, ...jobs.map(({ version }) => version.clock)]);
  const { startedAt, queueSeconds, durationSeconds } = measureRun(run, native, createdAt, fields);
  const facts = identify(hook, webUrl, names);
  // Of a snapshot that mixes two attempts only the jobs are certain, and what both attempts have in common.
  const snapshot = { native, createdAt, startedAt, finishedAt: lastFinishedAt, durationSeconds, jobs: fields };
  const isOne = !isMixed(snapshot);
  return {
    provider: "gitlab",
    source,
    server: readHost(facts.url),
    run: String(run.id),
    // A retry adds a job with a greater id than all before it. A job that is played by hand keeps its id.
    version: {
      epoch: fields.reduce((newest, { id }) => Math.max(newest, id), 0),
      clock,
      rank: rankSnapshot(native, fields),
    },
    queuedAt: createdAt,
    startedAt,
    facts: omitUndefined<RunFacts>(
      facts,
      isOne
        ? {
            nativeStatus: run.status,
            state: isUncertain(run.status, native, givenFinishedAt) ? undefined : native.state,
            result: native.result,
            // A skipped run has no end of its own: it ended at its newest moment.
            finishedAt: native.result === "skip" ? clock : lastFinishedAt,
            queueSeconds,
            durationSeconds,
            detail: describeRunDetail(run),
          }
        : {},
    ),
    ...(isOne ? findCompletion(snapshot) : {}),
    queuesOnce: true,
    jobs,
    retriesByName: true,
  };
}

/** An unknown status may be final. No state is guessed for a run that has ended once: it could be shown as active for ever. */
function isUncertain(status: string, { state }: NativeState, finishedAt: Millis | null): boolean {
  return finishedAt !== null && state !== "finished" && !isKnownStatus(status);
}

function identify(hook: PipelineHook, webUrl: string | undefined, names: Names) {
  const { object_attributes: run, source_pipeline: starter, merge_request: mergeRequest, commit, user } = hook;
  const refKind = findRefKind(hook);
  // Field by field: what follows a spread in a literal is stored many times slower.
  return {
    project: names.project,
    pipeline: names.pipeline,
    title: names.title,
    number: String(run.iid ?? run.id),
    ref: run.ref,
    refKind,
    defaultBranch: isDefaultBranch(hook, refKind),
    sha: run.sha,
    trigger: run.source,
    url: toHttpUrl(run.url) ?? (webUrl === undefined ? undefined : `${webUrl}/-/pipelines/${run.id}`),
    parent: isChild(hook) ? String(starter?.pipeline_id) : null,
    parentJob: readId(starter?.job_id),
    change: readId(mergeRequest?.iid) ?? (refKind === "merge_request" ? undefined : null),
    // The author's clock, and no moment of the run's own.
    committedAt: parseTime(readText(readMember(commit, "timestamp")) ?? ""),
    startedBy: findActor(user),
  };
}

/**
 * A child pipeline belongs to another of its own project (`parent_pipeline`); a downstream one that a `trigger` starts in
 * another project (`pipeline`) is a run of that project's own: https://docs.gitlab.com/ci/pipelines/downstream_pipelines/.
 * The trigger job's name is in no payload: gitlabhq lib/gitlab/data_builder/pipeline.rb, `source_pipeline_attrs`.
 */
function isChild({ object_attributes: run, source_pipeline: starter }: PipelineHook): boolean {
  return run.source === "parent_pipeline" && (starter?.pipeline_id ?? null) !== null;
}

function findRefKind({ object_attributes: run, merge_request: mergeRequest }: PipelineHook): RefKind {
  if (run.tag === true) return "tag";
  const ofMergeRequest = (mergeRequest ?? null) !== null || run.source === "merge_request_event";
  return ofMergeRequest ? "merge_request" : "branch";
}

/**
 * A merge request's `ref` is its source branch, which may be the default one without the run being of it. GitLab of 2026 says
 * it of a pipeline as true or false (gitlab-org/gitlab ee/app/models/ai/flow_trigger.rb, `ALLOWED_FILTER_FIELDS`); before, only
 * the project names its default branch (gitlabhq app/models/project.rb, `hook_attrs`).
 */
function isDefaultBranch({ object_attributes: run, project }: PipelineHook, refKind: RefKind): boolean | null {
  if (refKind !== "branch") return false;
  if (typeof run.default_branch === "boolean") return run.default_branch;
  const branch = project.default_branch ?? "";
  return branch === "" || (run.ref ?? "") === "" ? null : run.ref === branch;
}

function readBuild(build: Build, index: number, webUrl: string | undefined, problems: string[]): JobFields {
  return {
    id: build.id,
    name: build.name,
    stage: build.stage,
    status: build.status,
    createdAt: readTime("created_at", build.created_at, problems, index),
    startedAt: readTime("started_at", build.started_at, problems, index),
    finishedAt: readTime("finished_at", build.finished_at, problems, index),
    duration: readSeconds(build.duration),
    queuedDuration: readSeconds(build.queued_duration),
    failureReason: build.failure_reason,
    allowFailure: build.allow_failure,
    manual: build.manual,
    when: build.when,
    runner: build.runner,
    environment: build.environment,
    user: build.user,
    webUrl,
  };
}

/** The state of a run with an unknown status: finished if it has an end and no job can still run, executing once a job began. */
function guessState(fields: readonly JobFields[], jobs: readonly JobObservation[], finishedAt: Millis | null): State {
  const isIdle = jobs.every(({ facts: { state } }) => state === "finished" || state === "blocked");
  if (finishedAt !== null && isIdle) return "finished";
  return fields.some(({ startedAt }) => startedAt !== null) ? "executing" : "pending";
}
