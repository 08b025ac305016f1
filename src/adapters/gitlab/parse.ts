import type { Parsed, RawRequest, SourceSettings } from "../../core/adapter.ts";
import { decodeJson } from "../json.ts";
import { parseMergeRequestHook } from "./parse-change.ts";
import { parseDeploymentHook } from "./parse-deployment.ts";
import { parseJobHook } from "./parse-job.ts";
import { parsePipelineHook } from "./parse-pipeline.ts";
import { parsePushHook } from "./parse-push.ts";

/** Parses one delivery. The body decides what it is about, because no signature covers `X-Gitlab-Event`. */
export function parse(request: RawRequest, source: string, settings: SourceSettings = {}): Parsed {
  const decoded = decodeJson(request.body);
  if (!decoded.ok) return { kind: "invalid", problems: decoded.problems };
  const body = decoded.value;
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return { kind: "invalid", problems: ["body must be object"] };
  }
  const kind = "object_kind" in body ? body.object_kind : undefined;
  if (kind === "pipeline") return parsePipelineHook(body, source, settings);
  if (kind === "build") return parseJobHook(body, source, settings);
  if (kind === "deployment") return parseDeploymentHook(body, source);
  if (kind === "merge_request") return parseMergeRequestHook(body, source);
  if (kind === "push") return parsePushHook(body, source);
  if (typeof kind === "string")
    return { kind: "ignored", reason: `${quoteKind(kind)} is not about pipelines, jobs or code` };
  // System hooks and the member, project and subgroup events of group hooks have this in place of `object_kind`.
  if (kind === undefined && "event_name" in body && typeof body.event_name === "string") {
    return { kind: "ignored", reason: `${quoteKind(body.event_name)} is not about pipelines, jobs or code` };
  }
  return { kind: "invalid", problems: [kind === undefined ? templateProblem : "object_kind must be string"] };
}

const templateProblem =
  "object_kind is missing: a custom webhook template has replaced GitLab's body. " +
  "Remove the template in the webhook's settings in GitLab; templates cannot carry the jobs of a pipeline";

function quoteKind(kind: string): string {
  return JSON.stringify(kind.slice(0, 60));
}
