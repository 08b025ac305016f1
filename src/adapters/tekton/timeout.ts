import { readMember, readText } from "../optional-fields.ts";
import type { Resource } from "./schema.ts";

/** Reasons of what exceeded its own limit. What is stopped with its PipelineRun has another one. */
const ownTimeouts: ReadonlySet<string> = new Set([
  "PipelineRunTimeout",
  "TaskRunTimeout",
  "CustomRunTimedOut",
  "RunTimedOut",
]);

const unitSeconds: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 };
const part = /(\d{1,15}(?:\.\d{0,15})?)(h|ms|m|s|us|µs|ns)/g;

/**
 * The limit that a resource exceeded, in seconds. Every TaskRun has one, if only the cluster's default, so it is stated only where
 * it explains the end. A PipelineRun has it in `timeouts.pipeline`, in v1beta1 also in `timeout`.
 * https://tekton.dev/docs/pipelines/taskruns/#configuring-the-failure-timeout
 * https://tekton.dev/docs/pipelines/pipelineruns/#configuring-a-failure-timeout
 */
export function readExceededTimeout({ spec }: Resource, reason: string): number | undefined {
  if (!ownTimeouts.has(reason)) return undefined;
  const limit = readText(readMember(spec?.timeouts, "pipeline")) ?? readText(spec?.timeout);
  return limit === undefined ? undefined : parseGoDuration(limit);
}

/** `1h30m`, `59m58.2s`: https://pkg.go.dev/time#ParseDuration. `undefined` for 0, which means no limit, and for other texts. */
function parseGoDuration(text: string): number | undefined {
  const parts = [...text.matchAll(part)];
  if (parts.map(([whole]) => whole).join("") !== text) return undefined;
  const seconds = parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * (unitSeconds[unit] ?? 0), 0);
  return seconds > 0 ? Number(seconds.toFixed(3)) : undefined;
}
