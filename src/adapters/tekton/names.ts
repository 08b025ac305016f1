import type { RunFacts } from "../../core/model.ts";
import { httpUrl } from "../url.ts";
import { isRerunName, labelMax, rerunPrefix, unnamed, withoutSuffix } from "./generated-names.ts";
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

/** Of a run that was repeated from OpenShift's console: the name of the first run, whatever the repeats are called. */
const preferredName = "pipeline.openshift.io/preferredName";

/** Resolvers whose parameter `name` is the name of the definition: https://tekton.dev/docs/pipelines/resolution/ */
const resolversByName: ReadonlySet<string> = new Set(["bundles", "cluster", "hub"]);

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
 */
export function pipelineOf(metadata: Metadata, run: string, reference?: Reference | null): string {
  const label = metadata.labels?.[labels.pipeline] ?? "";
  const first = metadata.annotations?.[preferredName] ?? "";
  const isPrefix = label.endsWith("-");
  const isName = label !== "" && !isPrefix && ![run, first, rerunLabel(metadata)].includes(label);
  return (
    pipelineReference(reference) ||
    (isName ? label : undefined) ||
    asCode(metadata, "original-prname") ||
    withoutSuffix(first) ||
    withoutSuffix(run) ||
    (isPrefix && label.replace(/-$/, "")) ||
    unnamed
  );
}

/**
 * Whether the name of a run that waits is the one that it will have. A resolver's definition brings a name of its own, and a run that a
 * console copied carries the label of the run that it was made from, until the controller has stored the definition and
 * written the label: tektoncd/pipeline, pkg/reconciler/pipelinerun/pipelinerun.go, storePipelineSpecAndMergeMeta.
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
 * What the controller writes into the label of an embedded pipeline that the dashboard repeats: the repeat's `generateName`
 * without its dash, another one for each run that is repeated. From v1.13: tektoncd/pipeline,
 * pkg/reconciler/pipelinerun/pipelinerun.go, propagatePipelineNameLabelToPipelineRun.
 */
function rerunLabel({ labels: own }: Metadata): string | undefined {
  const repeated = own?.[labels.rerunOf];
  return repeated === undefined
    ? undefined
    : rerunPrefix(repeated)
        .slice(0, labelMax)
        .replace(/[^a-zA-Z0-9]+$/, "");
}

/** The name that the controller copies into the label: of the cluster's pipeline, or of a resolver that is told one. */
function pipelineReference(reference: Reference | null | undefined): string | undefined {
  if (reference?.name) return reference.name;
  const isNamed = parameter(reference, "kind") === "pipeline" || resolversByName.has(reference?.resolver ?? "");
  return isNamed ? parameter(reference, "name") : undefined;
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

/** Event types of Pipelines-as-Code by which a person asks for the same commit again. */
const retests = new Set(["retest-comment", "retest-all-comment"]);

/**
 * The run that this one repeats: the dashboard names it, of a retest only the commit is known. A child inherits the
 * labels of its parent, whose repeat is not its own.
 */
export function restartOf(metadata: Metadata): string | undefined {
  const rerun = metadata.labels?.[labels.rerunOf];
  if (rerun && isRerunName(metadata.name, rerun)) return rerun;
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
