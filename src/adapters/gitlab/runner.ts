import { joinTexts, readId, readText } from "../optional-fields.ts";

/** gitlabhq lib/gitlab/data_builder/{pipeline,build}.rb, `runner_hook_attrs` and `build_runner`. */
export interface Runner {
  readonly id?: unknown;
  readonly description?: string | null | undefined;
  readonly runner_type?: unknown;
  readonly is_shared?: unknown;
  readonly tags?: unknown;
}

/** What people call a runner: its description, or its id. */
export function nameRunner({ description, id }: Runner): string | undefined {
  if ((description ?? "") !== "") return description ?? undefined;
  const number = readId(id);
  return number === undefined ? undefined : `#${number}`;
}

/**
 * The kind of a runner: its tags, or `instance_type`, `group_type` or `project_type` where it has none. GitLab before 13 sends
 * only whether it is shared, which means `instance_type`.
 */
export function joinRunnerTags({ tags, runner_type: type, is_shared: isShared }: Runner): string | undefined {
  return joinTexts(tags) ?? readText(type) ?? (isShared === true ? "instance_type" : undefined);
}
