import type { JobFacts } from "../../core/model.ts";
import { readMember, readMoment, readText } from "../optional-fields.ts";
import { summarizeSteps } from "../steps.ts";
import type { Interpretation } from "./interpret-resource.ts";
import type { Resource, Step } from "./schema.ts";

/** What a TaskRun states besides state and times: the nodes it asks for, tries that were repeated, and its steps at the end. */
export function describeJob(
  resource: Resource,
  { native, tries }: Interpretation,
  runnerClassKey: string | undefined,
): Partial<JobFacts> {
  const { status } = resource;
  const { state, result } = native;
  const runnerClass = nameRunnerClass(resource, runnerClassKey);
  return {
    ...(runnerClass === undefined ? {} : { runnerClass }),
    ...(tries.length === 0 ? {} : { tries }),
    ...(state === "finished" ? describeSteps(status?.steps ?? [], result === "success") : {}),
  };
}

/**
 * The nodes that a pod asks for, as `key=value`, sorted and joined; with a configured key its value in the node selector, the labels
 * or the annotations. https://tekton.dev/docs/pipelines/podtemplates/
 */
function nameRunnerClass({ metadata, spec }: Resource, key: string | undefined): string | undefined {
  const selector = readTexts(readMember(spec?.podTemplate, "nodeSelector"));
  if (key !== undefined) {
    const places = [selector, metadata.labels ?? {}, metadata.annotations ?? {}];
    return places.find((place) => Object.hasOwn(place, key) && place[key] !== "")?.[key];
  }
  const pairs = Object.entries(selector).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? undefined : pairs.toSorted().join(",");
}

/** A step that was skipped because one before it failed has an exit code too, so the first one that failed is the cause. */
function describeSteps(given: readonly (Step | null | undefined)[], succeeded: boolean): Partial<JobFacts> {
  const steps = given.map((step) => readStep(step ?? {}));
  if (succeeded)
    return {
      ...summarizeSteps(
        steps.map((step) => ({ ...step, failed: false })),
        true,
      ),
    };
  const failed = steps.find((step) => step.failed);
  return { ...summarizeSteps(steps, false), ...(failed?.exitCode ? { exitCode: failed.exitCode } : {}) };
}

/**
 * `terminationReason` is `Skipped` after a step that failed, and `Continued` for a step whose failure does not count (`onError`).
 * tektoncd/pipeline: pkg/pod/pod.go, pkg/entrypoint/entrypointer.go; https://tekton.dev/docs/pipelines/taskruns/#monitoring-steps
 */
function readStep({ name, terminated, terminationReason }: Step) {
  const exitCode = typeof terminated?.exitCode === "number" ? terminated.exitCode : 0;
  return {
    name: readText(name) ?? "",
    startedAt: readMoment(terminated?.startedAt),
    finishedAt: readMoment(terminated?.finishedAt),
    failed: exitCode !== 0 && terminationReason !== "Skipped" && terminationReason !== "Continued",
    exitCode,
  };
}

/** The texts among the values of what may be an object. */
function readTexts(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => (typeof one === "string" ? [[key, one]] : [])),
  );
}
