import { gitlab } from "../../../src/adapters/gitlab/index.ts";
import type { Parsed, RawRequest, SourceSettings } from "../../../src/core/adapter.ts";
import type { JobObservation, Observation } from "../../../src/core/model.ts";
import { fixtureNow } from "./http-file.ts";

type Json = Record<string, unknown>;

/** `"10:30"` or `"10:30:05"` on the day of the fixtures, as asynchronous deliveries write it. */
export function at(time: string): string {
  return `2026-11-20 ${time.length === 5 ? `${time}:00` : time} UTC`;
}

export interface JobInput {
  readonly id: number;
  readonly name?: string;
  readonly status: string;
  readonly created?: string;
  readonly started?: string;
  readonly finished?: string | undefined;
  readonly reason?: string;
  readonly more?: Json;
}

/** An element of `builds`, as GitLab 14 and later write it. */
export function build({
  id,
  name = "unit",
  status,
  created = "10:00",
  started,
  finished,
  reason,
  more,
}: JobInput): Json {
  return {
    id,
    stage: "test",
    name,
    status,
    created_at: at(created),
    started_at: started === undefined ? null : at(started),
    finished_at: finished === undefined ? null : at(finished),
    duration: started === undefined ? null : 60,
    queued_duration: started === undefined ? null : 3,
    failure_reason: reason ?? null,
    allow_failure: false,
    runner: started === undefined ? null : { id: 4, description: "runner-4" },
    ...more,
  };
}

/** A Pipeline Hook of run 700 that was created at 10:00. */
export function pipelineHook(
  status: string,
  builds: readonly JobInput[],
  attributes: Json = {},
  more: Json = {},
): Json {
  return {
    object_kind: "pipeline",
    object_attributes: {
      id: 700,
      iid: 12,
      name: null,
      ref: "main",
      tag: false,
      sha: "6d1f0c35a7e84b92",
      source: "push",
      status,
      created_at: at("10:00"),
      finished_at: null,
      duration: null,
      queued_duration: null,
      url: "https://gitlab.example.com/team/shop/-/pipelines/700",
      ...attributes,
    },
    merge_request: null,
    project: {
      path_with_namespace: "team/shop",
      web_url: "https://gitlab.example.com/team/shop",
      default_branch: "main",
    },
    builds: builds.map(build),
    ...more,
  };
}

/** The Job Hook of the same job. */
export function jobHook(job: JobInput, more: Json = {}): Json {
  const of = build(job);
  return {
    object_kind: "build",
    ref: "main",
    build_id: of["id"],
    build_name: of["name"],
    build_stage: of["stage"],
    build_status: of["status"],
    build_created_at: of["created_at"],
    build_started_at: of["started_at"],
    build_finished_at: of["finished_at"],
    build_duration: of["duration"],
    build_queued_duration: of["queued_duration"],
    build_allow_failure: of["allow_failure"],
    build_failure_reason: job.reason ?? "unknown_failure",
    runner: of["runner"],
    pipeline_id: 700,
    project_name: "Team / Shop",
    commit: { id: 700, name: null },
    repository: { homepage: "https://gitlab.example.com/team/shop" },
    ...more,
  };
}

export function request(body: unknown, headers: RawRequest["headers"] = {}): RawRequest {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
  return { headers, query: new URLSearchParams(), body: bytes, receivedAt: fixtureNow };
}

export function parsed(body: unknown, source = "gitlab", settings?: SourceSettings): Parsed {
  return gitlab.parse(request(body), source, settings);
}

/** The one observation that a body must yield. */
export function observed(body: unknown, source = "gitlab", settings?: SourceSettings): Observation {
  const parsedHook = parsed(body, source, settings);
  if (parsedHook.kind !== "observed") throw new Error(`not observed: ${JSON.stringify(parsedHook)}`);
  return parsedHook.observations[0];
}

/** The first job that an observation is about. */
export function firstJob(observation: Observation): JobObservation {
  const job = observation.jobs?.[0];
  if (job === undefined) throw new Error("the observation has no job");
  return job;
}

/** The usual jobs of run 700: `again` is `unit` after it was retried. */
export const lint: JobInput = { id: 1, name: "lint", status: "success", started: "10:01", finished: "10:02" };
export const unit: JobInput = { id: 2, name: "unit", status: "success", started: "10:01", finished: "10:05" };
export const broken: JobInput = { ...unit, status: "failed", reason: "script_failure" };
export const again: JobInput = { ...unit, id: 7, created: "10:20", started: "10:21", finished: "10:25" };
/** What a run says of itself once it is over. */
export const over = (time: string, duration: number) => ({ finished_at: at(time), duration, queued_duration: 60 });
export const going = { queued_duration: 60 };
