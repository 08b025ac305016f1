import type { JobFacts, JobObservation, Observation, RunFacts } from "../../core/model.ts";
import { withoutEmails } from "../redact.ts";
import { describeJob } from "./describe-job.ts";
import { findSucceededCondition } from "./fields.ts";
import { describeGraph } from "./graph.ts";
import type { Interpretation, ReportedResource } from "./interpret-resource.ts";
import { describeSource, findRestarted, labels, nameProject } from "./names.ts";
import { isFailureIgnored } from "./status.ts";
import { readExceededTimeout } from "./timeout.ts";

/** The observation of a run: of a PipelineRun, or of a TaskRun or CustomRun that no pipeline started. */
export function observeRun(
  { resource, source }: ReportedResource,
  { native, timing }: Interpretation,
  own: { pipeline: string | undefined; parent: string | null; jobs: readonly JobObservation[] },
): Observation {
  const { metadata, status } = resource;
  const { state, result, nativeStatus } = native;
  const restarted = own.parent === null ? findRestarted(metadata) : undefined;
  // The definition stands in every event of a run and does not change; once is enough.
  const graph = state === "finished" ? describeGraph(status ?? {}) : undefined;
  const timeoutSeconds = readExceededTimeout(resource, nativeStatus);
  const message = state === "finished" ? findSucceededCondition(status ?? {})?.message : undefined;
  const facts: Partial<RunFacts> = {
    project: nameProject(metadata),
    ...(own.pipeline === undefined ? {} : { pipeline: own.pipeline }),
    number: metadata.name,
    parent: own.parent,
    ...describeSource(metadata),
    ...(restarted === undefined ? {} : { restartOf: restarted }),
    nativeStatus,
    state,
    result,
    ...timing.facts,
    ...(graph === undefined ? {} : { graph }),
    ...describeEnd(message, timeoutSeconds),
  };
  const { version, queuedAt, startedAt } = timing;
  return {
    provider: "tekton",
    source,
    run: metadata.uid,
    version,
    queuedAt,
    startedAt,
    facts,
    // A uid is one attempt: Tekton repeats a run only as a new one.
    ...(result === null ? {} : { completion: metadata.uid }),
    ...(own.jobs.length === 0 ? {} : { jobs: own.jobs }),
  };
}

/** What Tekton says about the end of a run, and the limit that it exceeded. */
function describeEnd(message: string | null | undefined, timeoutSeconds: number | undefined): Partial<RunFacts> {
  if (!message && timeoutSeconds === undefined) return {};
  const text = message ? withoutEmails(message.slice(0, 500)).toWellFormed() : undefined;
  return { detail: JSON.stringify({ message: text, timeoutSeconds }) };
}

/** The observation of a resource as a job of a run. */
export function observeJob(
  { resource, kind, settings }: ReportedResource,
  name: string,
  interpretation: Interpretation,
): JobObservation {
  const { metadata, status } = resource;
  const { native, timing } = interpretation;
  const { state, result, nativeStatus } = native;
  const timeoutSeconds = readExceededTimeout(resource, nativeStatus);
  const facts: Partial<JobFacts> = {
    name,
    stage: metadata.labels?.[labels.memberOf] || null,
    ...(kind === "pipelineRun" ? {} : { retries: status?.retriesStatus?.length ?? 0 }),
    ...(isFailureIgnored(native) ? { allowFailure: true } : {}),
    ...(kind === "taskRun" ? describeJob(resource, interpretation, settings.runnerClassKey) : {}),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    failureReason: state === "finished" && result !== "success" ? nativeStatus : null,
    nativeStatus,
    state,
    result,
    ...timing.facts,
  };
  const { version, queuedAt, startedAt } = timing;
  return { job: metadata.uid, version, queuedAt, startedAt, facts };
}
