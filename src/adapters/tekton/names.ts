import type { RunFacts } from "../../core/model.ts";
import { httpUrl } from "../url.ts";
import type { Metadata, Reference } from "./schema.ts";

/** Stands for a definition that has no name of its own; a generated name would make a new series for every run. */
const unnamed = "(unnamed)";

/** Kubernetes allows no longer names; what is longer is not worth a regular expression. */
const nameMax = 253;

/** https://tekton.dev/docs/pipelines/labels/ */
export const labels = {
  pipeline: "tekton.dev/pipeline",
  pipelineRun: "tekton.dev/pipelineRun",
  pipelineRunUid: "tekton.dev/pipelineRunUID",
  pipelineTask: "tekton.dev/pipelineTask",
  memberOf: "tekton.dev/memberOf",
  task: "tekton.dev/task",
  trigger: "triggers.tekton.dev/trigger",
  rerunOf: "dashboard.tekton.dev/rerunOf",
} as const;

/**
 * Pipelines-as-Code: https://pipelinesascode.com/docs/guide/running/. Its labels are cut and cleaned, its annotations
 * hold the true value.
 */
function asCode({ annotations, labels: cleaned }: Metadata, key: string): string | undefined {
  const name = `pipelinesascode.tekton.dev/${key}`;
  return annotations?.[name] || cleaned?.[name] || undefined;
}

/** The repository (`owner/name`) where Pipelines-as-Code tells it, else the namespace. Children inherit what it reads. */
export function projectOf(metadata: Metadata): string {
  const path = pathOf(asCode(metadata, "repo-url"));
  if (path !== undefined) return path;
  const [owner, repository] = [asCode(metadata, "url-org"), asCode(metadata, "url-repository")];
  return owner !== undefined && repository !== undefined ? `${owner}/${repository}` : metadata.namespace;
}

function pathOf(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const path = new URL(url).pathname
    .replace(/^\/+/, "")
    .replace(/\/$/, "")
    .replace(/\.git$/, "");
  return path === "" ? undefined : path;
}

/**
 * The pipeline of a run, from what the run and its children both carry (but for `reference`, which names what the label
 * of the children repeats), so that a job counts under the same name whether it arrives before its run or after.
 * The label is no pipeline where it repeats the run's name (an embedded definition, most resolvers) or is a prefix.
 */
export function pipelineOf(metadata: Metadata, run: string, reference?: Reference | null): string {
  const label = metadata.labels?.[labels.pipeline] ?? "";
  const isName = label !== "" && label !== run && !label.endsWith("-");
  return (
    pipelineReference(reference) ||
    (isName ? label : undefined) ||
    asCode(metadata, "original-prname") ||
    withoutSuffix(run) ||
    (label.endsWith("-") && label.replace(/-$/, "")) ||
    unnamed
  );
}

/** The name that the controller copies into the label: of the cluster's pipeline, or of a resolver told `kind: pipeline`. */
function pipelineReference(reference: Reference | null | undefined): string | undefined {
  if (reference?.name) return reference.name;
  return parameter(reference, "kind") === "pipeline" ? parameter(reference, "name") : undefined;
}

/** The definition of a TaskRun or CustomRun that no pipeline started. */
export function taskOf(metadata: Metadata, reference: Reference | null | undefined): string {
  return (
    reference?.name ||
    parameter(reference, "name") ||
    metadata.labels?.[labels.task] ||
    asCode(metadata, "original-prname") ||
    withoutSuffix(metadata.name) ||
    metadata.generateName?.replace(/-$/, "") ||
    unnamed
  );
}

function parameter(reference: Reference | null | undefined, name: string): string | undefined {
  const value = reference?.params?.find((param) => param.name === name)?.value;
  return typeof value === "string" && value !== "" ? value : undefined;
}

/**
 * `ci-x7k2p` → `ci`: Kubernetes ends a generated name with five of these characters, which make no word; the dashboard
 * makes a repeat's name from the old one and `-r-`. A name without such an end may be as unique, so it is no name.
 */
function withoutSuffix(name: string): string | undefined {
  if (name.length > nameMax) return undefined;
  return /^(?<base>.+?)-[bcdfghjklmnpqrstvwxz2456789]{5}(?:-r-[bcdfghjklmnpqrstvwxz2456789]{5})*$/.exec(name)?.groups?.[
    "base"
  ];
}

/** Event types of Pipelines-as-Code by which a person asks for the same commit again. */
const retests = new Set(["retest-comment", "retest-all-comment"]);

/**
 * The run that this one repeats: the dashboard names it, of a retest only the commit is known. A child inherits the
 * labels of its parent, whose repeat is not its own.
 */
export function restartOf(metadata: Metadata): string | undefined {
  const rerun = metadata.labels?.[labels.rerunOf];
  if (rerun) return rerun;
  const event = asCode(metadata, "event-type") ?? "";
  if (!retests.has(event)) return undefined;
  const sha = asCode(metadata, "sha");
  return sha === undefined ? event : `sha:${sha}`;
}

/** What Pipelines-as-Code and Triggers add to a run; what they do not say is left out. */
export function sourceFacts(metadata: Metadata): Partial<RunFacts> {
  const sha = asCode(metadata, "sha");
  const ref = asCode(metadata, "source-branch") ?? asCode(metadata, "branch");
  const trigger = asCode(metadata, "event-type") ?? metadata.labels?.[labels.trigger];
  const url = httpUrl(asCode(metadata, "log-url"));
  return {
    defaultBranch: null,
    ...(sha === undefined ? {} : { sha }),
    ...(ref === undefined ? {} : refOf(ref, asCode(metadata, "pull-request") !== undefined)),
    ...(trigger === undefined ? {} : { trigger }),
    ...(url === undefined ? {} : { url }),
  };
}

function refOf(text: string, ofMergeRequest: boolean): Pick<RunFacts, "ref" | "refKind"> {
  const ref = text.replace(/^refs\/(heads|tags)\//, "");
  if (ofMergeRequest) return { ref, refKind: "merge_request" };
  return { ref, refKind: text.startsWith("refs/tags/") ? "tag" : "branch" };
}
