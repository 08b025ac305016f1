import type { Parsed, SourceSettings } from "../../core/adapter.ts";
import { hostIn } from "../../core/host.ts";
import type { Millis, Observation, RefKind, RunFacts, State } from "../../core/model.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { httpUrl, pathIn } from "../url.ts";
import { isMixed, tellEnd } from "./end.ts";
import { observeJob, type JobReading } from "./job.ts";
import { rankSnapshot } from "./progress.ts";
import { clockOf, namePipeline, secondsOf, timeReader, type PipelineName, type ReadTime } from "./reading.ts";
import { checkPipelineHook, type Build, type PipelineHook } from "./schema.ts";
import { findUnknown, meaningOf, type Meaning } from "./status.ts";
import { timing } from "./timing.ts";

/** A job's observation together with the reading it was made from. */
interface ReadJob {
  readonly reading: JobReading;
  readonly state: State;
}

/** A Pipeline Hook: a full snapshot of a run and of the latest attempt of each of its jobs. */
export function parsePipelineHook(body: object, source: string, settings: SourceSettings): Parsed {
  const checked = checkPipelineHook(body);
  if (!checked.ok) return { kind: "invalid", problems: checked.problems };
  const problems: string[] = [];
  const hook = checked.value;
  const run = hook.object_attributes;
  const project = hook.project.path_with_namespace || pathIn(hook.project.web_url);
  if (project === "") return { kind: "invalid", problems: [projectProblem] };
  const name = namePipeline(run.name, project, settings, isChild(checked.value));
  const observation = observe(hook, source, { project, ...name }, timeReader(problems));
  // Thousands of jobs may have the same fault.
  if (problems.length > 0) return { kind: "invalid", problems: problems.slice(0, 10) };
  const builds = (hook.builds ?? []).map(({ status }, i): [string, string] => [`builds.${i}.status`, status]);
  const unknown = findUnknown([["object_attributes.status", run.status], ...builds]);
  return { kind: "observed", observations: [observation], ...(unknown.length > 0 ? { problems: unknown } : {}) };
}

const projectProblem = "project.path_with_namespace is missing, and project.web_url as well";

type Named = PipelineName & { readonly project: string };

function observe(hook: PipelineHook, source: string, named: Named, time: ReadTime): Observation {
  const run = hook.object_attributes;
  const webUrl = httpUrl(hook.project.web_url);
  const createdAt = time("object_attributes.created_at", run.created_at) ?? 0;
  const saidFinishedAt = time("object_attributes.finished_at", run.finished_at);
  const readings = (hook.builds ?? []).map((build, i) => readBuild(build, `builds.${i}`, webUrl, time));
  const jobs = readings.map(observeJob);
  const read = readings.map((reading, i) => ({ reading, state: jobs[i]?.facts.state ?? "pending" }));
  const meaning = meaningOf(run.status, unknownState(read, saidFinishedAt));
  // Set on success, failed and canceled only, and kept when the run goes on: elsewhere it is the last attempt's.
  const lastFinishedAt = meaning.state === "finished" && meaning.result !== "skip" ? saidFinishedAt : null;
  const clock = clockOf([createdAt, lastFinishedAt, ...jobs.map(({ version }) => version.clock)]);
  const { startedAt, queueSeconds, durationSeconds } = timing(run, meaning, createdAt, readings);
  const facts = { ...identify(hook, webUrl, named), nativeStatus: run.status };
  // Of two attempts in one snapshot only the jobs and what both share are certain.
  const ended = { meaning, createdAt, startedAt, finishedAt: lastFinishedAt, durationSeconds, jobs: readings };
  const isOne = !isMixed(ended);
  return {
    provider: "gitlab",
    source,
    server: hostIn(facts.url),
    run: String(run.id),
    // A retry adds a job with a greater id than all before it, a job that is played by hand keeps its id.
    version: {
      epoch: readings.reduce((newest, { id }) => Math.max(newest, id), 0),
      clock,
      rank: rankSnapshot(meaning, readings),
    },
    queuedAt: createdAt,
    startedAt,
    facts: omitUndefined<RunFacts>(
      isOne
        ? {
            ...facts,
            state: isUncertain(run.status, meaning, saidFinishedAt) ? undefined : meaning.state,
            result: meaning.result,
            // A skipped run has no end of its own; it was over when the newest thing in it happened.
            finishedAt: meaning.result === "skip" ? clock : lastFinishedAt,
            queueSeconds,
            durationSeconds,
          }
        : { ...facts, nativeStatus: undefined },
    ),
    ...(isOne ? tellEnd(ended) : {}),
    queuesOnce: true,
    jobs,
    retriesByName: true,
  };
}

/** A status that is not known may be the end or not: where the run ended once, a guess would show it as active for ever. */
function isUncertain(status: string, { state }: Meaning, finishedAt: Millis | null): boolean {
  return finishedAt !== null && state !== "finished" && findUnknown([["", status]]).length > 0;
}

function identify(hook: PipelineHook, webUrl: string | undefined, named: Named) {
  const { object_attributes: run, source_pipeline: starter } = hook;
  const refKind = refKindOf(hook);
  return {
    ...named,
    number: String(run.iid ?? run.id),
    ref: run.ref,
    refKind,
    defaultBranch: isDefaultBranch(hook, refKind),
    sha: run.sha,
    trigger: run.source,
    url: httpUrl(run.url) ?? (webUrl === undefined ? undefined : `${webUrl}/-/pipelines/${run.id}`),
    parent: isChild(hook) ? String(starter?.pipeline_id) : null,
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

function refKindOf({ object_attributes: run, merge_request: mergeRequest }: PipelineHook): RefKind {
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

function readBuild(build: Build, at: string, webUrl: string | undefined, time: ReadTime): JobReading {
  return {
    id: build.id,
    name: build.name,
    stage: build.stage,
    status: build.status,
    createdAt: time(`${at}.created_at`, build.created_at),
    startedAt: time(`${at}.started_at`, build.started_at),
    finishedAt: time(`${at}.finished_at`, build.finished_at),
    duration: secondsOf(build.duration),
    queuedDuration: secondsOf(build.queued_duration),
    failureReason: build.failure_reason,
    allowFailure: build.allow_failure,
    manual: build.manual,
    when: build.when,
    runner: build.runner?.description,
    webUrl,
  };
}

/** Where the status tells nothing: finished if it has an end and no job is still to come, executing once a job began. */
function unknownState(jobs: readonly ReadJob[], finishedAt: Millis | null): State {
  const idle = jobs.every(({ state }) => state === "finished" || state === "blocked");
  if (finishedAt !== null && idle) return "finished";
  return jobs.some(({ reading }) => reading.startedAt !== null) ? "executing" : "pending";
}
