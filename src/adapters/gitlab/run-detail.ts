import type { PipelineHook } from "./schema.ts";

/**
 * What is kept of a run for people alone, as JSON: whether its ref is protected, and whether jobs that may fail did, in a run that
 * passed. Older servers send no `protected_ref`
 * (https://gitlab.com/gitlab-org/gitlab/-/merge_requests/204218), and nothing is stated then. gitlabhq lib/gitlab/data_builder/pipeline.rb, `hook_attrs`;
 * the words are those of lib/gitlab/ci/status/success_warning.rb.
 */
export function describeRunDetail(run: PipelineHook["object_attributes"]): string | undefined {
  const { protected_ref: isProtected, detailed_status: status } = run;
  if (typeof isProtected !== "boolean") return undefined;
  const warnings = status === "passed with warnings" ? ',"passedWithWarnings":true' : "";
  return `{"protectedRef":${String(isProtected)}${warnings}}`;
}
