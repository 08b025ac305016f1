import type { RunFacts } from "../../core/model.ts";
import { readTitle } from "../title.ts";
import { toHttpUrl } from "../url.ts";
import { isRerunName, labelMax, makeRerunPrefix, unnamed, removeSuffix } from "./generated-names.ts";
import type { Metadata, Reference, Status } from "./schema.ts";

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

/** In a run that OpenShift's console repeated: the name of the first run, whatever the repeats are called. */
const preferredName = "pipeline.openshift.io/preferredName";

/** Resolvers whose parameter `name` is the name of the definition: https://tekton.dev/docs/pipelines/resolution/ */
const resolversByName: ReadonlySet<string> = new Set(["bundles", "cluster", "hub"]);

/**
 * Reads what Pipelines-as-Code wrote: https://pipelinesascode.com/docs/guide/running/. Its labels are shortened and cleaned, so the
 * annotation comes first.
 */
function readPipelinesAsCode({ annotations, labels: cleaned }: Metadata, key: string): string | undefined {
  const name = `pipelinesascode.tekton.dev/${key}`;
  return annotations?.[name] || cleaned?.[name] || undefined;
}

/** The repository (`owner/name`) where Pipelines-as-Code names it, else the namespace. Children inherit the fields it reads. */
export function nameProject(metadata: Metadata): string {
  const path = readPath(readPipelinesAsCode(metadata, "repo-url"));
  if (path !== undefined) return path;
  const [owner, repository] = [
    readPipelinesAsCode(metadata, "url-org"),
    readPipelinesAsCode(metadata, "url-repository"),
  ];
  return owner !== undefined && repository !== undefined ? `${owner}/${repository}` : metadata.namespace;
}

function readPath(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const path = new URL(url).pathname
    .replace(/^\/+/, "")
    .replace(/\/$/, "")
    .replace(/\.git$/, "");
  return path === "" ? undefined : path;
}

/**
 * The pipeline of a run, from fields that the run and its children both have, so that a job counts under the same name whether it
 * arrives before its run or after it. Only the run has `reference`, whose name the label of the children repeats.
 */
export function namePipeline(metadata: Metadata, run: string, reference?: Reference | null): string {
  const label = metadata.labels?.[labels.pipeline] ?? "";
  const first = metadata.annotations?.[preferredName] ?? "";
  const isPrefix = label.endsWith("-");
  const isName = label !== "" && !isPrefix && ![run, first, makeRerunLabel(metadata)].includes(label);
  return (
    readReference(reference) ||
    (isName ? label : undefined) ||
    readPipelinesAsCode(metadata, "original-prname") ||
    removeSuffix(first) ||
    removeSuffix(run) ||
    (isPrefix && label.replace(/-$/, "")) ||
    unnamed
  );
}

/**
 * Whether the name of a waiting run is final. A definition from a resolver brings a name of its own, and a run that was copied in a
 * console has the label of the run it was made from, until the controller has stored the definition and written the label:
 * tektoncd/pipeline, pkg/reconciler/pipelinerun/pipelinerun.go, storePipelineSpecAndMergeMeta.
 */
export function isSettled(
  metadata: Metadata,
  reference: Reference | null | undefined,
  status: Status | null | undefined,
): boolean {
  if (reference?.name || (status?.pipelineSpec ?? null) !== null) return true;
  const label = metadata.labels?.[labels.pipeline] ?? "";
  return !reference?.resolver && (label === "" || label === metadata.name);
}

/**
 * The label that the controller writes when the dashboard repeats a run with an embedded pipeline: the `generateName` of the repeat
 * without its dash, which is different for each run that is repeated. From v1.13: tektoncd/pipeline,
 * pkg/reconciler/pipelinerun/pipelinerun.go, propagatePipelineNameLabelToPipelineRun.
 */
function makeRerunLabel({ labels: own }: Metadata): string | undefined {
  const repeated = own?.[labels.rerunOf];
  return repeated === undefined
    ? undefined
    : makeRerunPrefix(repeated)
        .slice(0, labelMax)
        .replace(/[^a-zA-Z0-9]+$/, "");
}

/** The name that the controller copies into the label: of a pipeline in the cluster, or the one that a resolver is given. */
function readReference(reference: Reference | null | undefined): string | undefined {
  if (reference?.name) return reference.name;
  const isNamed = readParameter(reference, "kind") === "pipeline" || resolversByName.has(reference?.resolver ?? "");
  return isNamed ? readParameter(reference, "name") : undefined;
}

/** The definition of a TaskRun or CustomRun that no pipeline started. */
export function nameTask(metadata: Metadata, reference: Reference | null | undefined): string {
  return (
    reference?.name ||
    readParameter(reference, "name") ||
    metadata.labels?.[labels.task] ||
    readPipelinesAsCode(metadata, "original-prname") ||
    removeSuffix(metadata.name) ||
    metadata.generateName?.replace(/-$/, "") ||
    unnamed
  );
}

function readParameter(reference: Reference | null | undefined, name: string): string | undefined {
  const value = reference?.params?.find((param) => param.name === name)?.value;
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Event types of Pipelines-as-Code by which a person asks for the same commit again. */
const retests = new Set(["retest-comment", "retest-all-comment"]);

/**
 * The run that this one repeats. The dashboard names it; a retest has only the commit. A child inherits the labels of its
 * parent, so they may name the run that the parent repeats.
 */
export function findRestarted(metadata: Metadata): string | undefined {
  const rerun = metadata.labels?.[labels.rerunOf];
  if (rerun && isRerunName(metadata.name, rerun)) return rerun;
  const event = readPipelinesAsCode(metadata, "event-type") ?? "";
  if (!retests.has(event)) return undefined;
  const sha = readPipelinesAsCode(metadata, "sha");
  return sha === undefined ? event : `sha:${sha}`;
}

/** The facts that Pipelines-as-Code and Triggers add to a run. */
export function describeSource(metadata: Metadata): Partial<RunFacts> {
  const sha = readPipelinesAsCode(metadata, "sha");
  const ref = readPipelinesAsCode(metadata, "source-branch") ?? readPipelinesAsCode(metadata, "branch");
  const trigger = readPipelinesAsCode(metadata, "event-type") ?? metadata.labels?.[labels.trigger];
  const url = toHttpUrl(readPipelinesAsCode(metadata, "log-url"));
  const change = readPipelinesAsCode(metadata, "pull-request");
  const title = readTitle(readPipelinesAsCode(metadata, "sha-title"));
  return {
    defaultBranch: null,
    ...(change === undefined ? {} : { change }),
    ...(title === undefined ? {} : { title }),
    // The account of a GitHub App ends in this: https://docs.github.com/en/apps/creating-github-apps
    ...(readPipelinesAsCode(metadata, "sender")?.endsWith("[bot]") ? { startedBy: "bot" } : {}),
    ...(sha === undefined ? {} : { sha }),
    ...(ref === undefined ? {} : parseRef(ref, change !== undefined)),
    ...(trigger === undefined ? {} : { trigger }),
    ...(url === undefined ? {} : { url }),
  };
}

function parseRef(text: string, ofMergeRequest: boolean): Pick<RunFacts, "ref" | "refKind"> {
  const ref = text.replace(/^refs\/(heads|tags)\//, "");
  if (ofMergeRequest) return { ref, refKind: "merge_request" };
  return { ref, refKind: text.startsWith("refs/tags/") ? "tag" : "branch" };
}
