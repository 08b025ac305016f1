import type { Flag, Flags } from "../../config/flags.ts";

/** Parameters of the read API as flags: `job_name` is `--job-name`. What each means there stands in docs/api.md. */
const filters = {
  source: { value: "<name>", help: "name of a configured source" },
  provider: { value: "<name>", words: ["gitlab", "tekton", "jenkins", "github"], help: "CI system" },
  project: { value: "<path>", help: "owner of the pipeline: repository, folder or namespace" },
  pipeline: { value: "<name>", help: "name of the pipeline" },
  default_branch: { value: "<boolean>", words: ["true", "false"], help: "true: only default branches; false: others" },
  native_id: { value: "<id>", help: "the provider's id of the run" },
  parent: { value: "<id>", help: "the provider's id of the parent run: lists its children" },
  ref: { value: "<name>", help: "branch or tag" },
  ref_kind: {
    value: "<kind>",
    words: ["branch", "tag", "merge_request", "merge_queue"],
    help: "branch, tag, merge_request or merge_queue",
  },
  sha: { value: "<sha>", help: "commit, in full" },
  state: { value: "<states>", help: "one or more states, separated by commas" },
  result: { value: "<results>", help: "success, failure, error, timeout, cancellation, skip; one or more" },
  since: { value: "<time>", help: "from: 2026-11-20, 2026-11-20T12:00:00Z, 90m, 24h or 7d" },
  until: { value: "<time>", help: "before, written as --since" },
  trigger: { value: "<event>", help: "trigger event, as the provider names it" },
  job_name: { value: "<name>", help: "name of the job" },
  search: { value: "<text>", help: "a part of the name: of the job, or for runs of project or pipeline" },
  stage: { value: "<name>", help: "stage of the job" },
  task_type: { value: "<type>", words: ["build", "test", "deploy"], help: "build, test or deploy" },
  runner: { value: "<name>", help: "machine or agent that ran it" },
  runner_class: { value: "<class>", help: "kind of runner" },
  outcome: {
    value: "<outcome>",
    words: ["accepted", "duplicate", "ignored", "dead_letter"],
    help: "accepted, duplicate, ignored or dead_letter",
  },
  run: { value: "<id>", help: "the provider's id of the run that it is about" },
  by: { value: "<names>", help: "waste: what it is grouped by; one or more, separated by commas" },
  sort: { value: "<order>", help: "runs: seen, finished, duration or queue; waste: waste, total or cost" },
  what: { value: "<kinds>", help: "changes: duration, success, queue; one or more" },
  target: { value: "<seconds>", help: "runners: seconds that jobs shall wait at most" },
  limit: { value: "<number>", help: "entries at most" },
  cursor: { value: "<text>", help: "next_cursor of the page before" },
} satisfies Readonly<Record<string, Omit<Flag, "type">>>;

export type FilterName = keyof typeof filters;

/** The flags of these parameters. */
export function createFilterFlags(names: readonly FilterName[]): Flags {
  return Object.fromEntries(names.map((name) => [toFlagName(name), { type: "string", ...filters[name] }]));
}

export function toFlagName(parameter: string): string {
  return parameter.replaceAll("_", "-");
}
