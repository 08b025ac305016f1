import type { TaskType } from "./model.ts";
import { cutLabel, joinLabels, labelMax, type Labels } from "./series.ts";
import type { RunResult } from "./states.ts";

/** The labels under which a job counts. */
export interface JobLabels {
  /** Those of its run. */
  readonly run: Labels;
  /** Those of its run, its stage, its name and its task type. */
  readonly labels: Labels;
  readonly stage: string | null | undefined;
  readonly taskType: TaskType | null;
  /** `labels` with a result; filled when a job has it for the first time. */
  readonly withResult: Partial<Record<RunResult, Labels>>;
  /** The labels of its run with a runner class and a cause: the last ones, because a job mostly has the same ones again. */
  seconds?: { readonly runnerClass: string; readonly cause: string; readonly labels: Labels };
}

/** Jobs of which the labels are kept: with the longest labels 10 MB. */
const keptMax = 5000;

/**
 * Joined labels by those of the run, then by the name of the job: the same few jobs repeat all day. Equal labels are then one
 * string of which V8 knows the hash, so that each look-up of a series costs a tenth. Bounded, because senders choose the names.
 */
const kept = new Map<Labels, Map<string, JobLabels>>();
let keptCount = 0;

export function labelJob(
  run: Labels,
  stage: string | null | undefined,
  name: string,
  taskType: TaskType | null,
): JobLabels {
  const cached = kept.get(run)?.get(name);
  if (cached !== undefined && cached.stage === stage && cached.taskType === taskType) return cached;
  const labels = joinLabels(run, cutLabel(stage), cutLabel(name), taskType ?? "");
  const joined: JobLabels = { run, labels, stage, taskType, withResult: {} };
  if (name.length > labelMax) return joined;
  if (cached === undefined && keptCount++ >= keptMax) {
    kept.clear();
    keptCount = 1;
  }
  const ofRun = kept.get(run);
  if (ofRun === undefined) kept.set(run, new Map([[name, joined]]));
  else ofRun.set(name, joined);
  return joined;
}

/** The labels of a job with its result. */
export function labelResult({ labels, withResult }: JobLabels, result: RunResult): Labels {
  return (withResult[result] ??= joinLabels(labels, result));
}

/** The labels of the run of a job with its runner class. */
export function labelRunner({ run }: JobLabels, runnerClass: string | null | undefined): Labels {
  return joinLabels(run, cutLabel(runnerClass));
}

/** The labels under which the seconds of a job count. */
export function labelSeconds(job: JobLabels, runnerClass: string, cause: string): Labels {
  const last = job.seconds;
  if (last !== undefined && last.runnerClass === runnerClass && last.cause === cause) return last.labels;
  const labels = joinLabels(job.run, cutLabel(runnerClass), cause);
  job.seconds = { runnerClass, cause, labels };
  return labels;
}
