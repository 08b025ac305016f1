import type { WorkflowRunEvent } from "./schema.ts";

/** Where GitHub looks for a repository's own workflows: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax */
const ownFolder = ".github/workflows/";
/** Workflows that GitHub makes itself (CodeQL, Dependabot, Pages) have no file, and GitHub keeps their names unique. */
const madeByGithub = "dynamic/";

/**
 * The pipeline of a run: the workflow's name, with its file where the name alone does not identify it. Two files of a repository
 * may have the same name, and the delivery of a run alone must show which one it is; see docs/adr/0016.
 *
 * `workflow_run.name` comes second, because it is the title of the single run where the workflow sets `run-name`
 * (https://github.com/actions/runner/issues/4141), and a title per run is a series per run.
 */
export function namePipeline({ workflow, workflow_run: run }: WorkflowRunEvent): string | undefined {
  // The path of a workflow of another repository ends in "@" and its ref.
  const path = (run.path || workflow?.path || "").split("@", 1)[0] ?? "";
  const name = workflow?.name || run.name || "";
  const file = path.startsWith(ownFolder) ? path.slice(ownFolder.length) : path;
  if (name === "") return file || undefined;
  // A workflow without a name is called by its path.
  const isNamedByFile = name === path || file === `${toFileName(name)}.yml`;
  return file === "" || path.startsWith(madeByGithub) || isNamedByFile ? name : `${name} (${file})`;
}

/** `Build & test` → `build-test`: with that file the name is enough. */
function toFileName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
    .replaceAll(/^-|-$/g, "");
}
