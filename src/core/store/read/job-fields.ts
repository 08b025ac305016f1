import type { JobField } from "./answer-job-columns.ts";

/** What answers use of jobs. */
export const runnerFields: readonly JobField[] = [
  "result",
  "runnerClass",
  "gateOpenedAt",
  "queuedAt",
  "startedAt",
  "finishedAt",
  "queueSeconds",
];
export const pathFields: readonly JobField[] = [...runnerFields, "nativeId", "name", "gate", "gatedAt"];
export const changeFields: readonly JobField[] = [...runnerFields, "name", "stage", "durationSeconds"];
export const flakyFields: readonly JobField[] = [
  "name",
  "stage",
  "result",
  "attempt",
  "retries",
  "runnerClass",
  "detail",
  "queuedAt",
  "startedAt",
  "finishedAt",
  "durationSeconds",
];
export const wasteFields: readonly JobField[] = [
  "name",
  "stage",
  "result",
  "attempt",
  "runnerClass",
  "detail",
  "queuedAt",
  "startedAt",
  "finishedAt",
  "durationSeconds",
];
export const failureFields: readonly JobField[] = [
  "name",
  "stage",
  "result",
  "nativeStatus",
  "failureReason",
  "detail",
  "queuedAt",
  "finishedAt",
  "durationSeconds",
];
export const redFields: readonly JobField[] = ["name", "stage", "result", "allowFailure", "queuedAt", "finishedAt"];
export const passFields: readonly JobField[] = [
  "result",
  "gatedAt",
  "gateOpenedAt",
  "queuedAt",
  "startedAt",
  "finishedAt",
  "queueSeconds",
];
/** Of the runs of a commit that failed, to see what passed. */
export const passedFields: readonly JobField[] = ["name", "stage", "result", "queuedAt", "startedAt", "finishedAt"];
