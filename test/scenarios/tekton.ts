import type { RawRequest } from "../../src/core/adapter.ts";
import {
  at,
  condition,
  event,
  pipelineRun,
  run,
  runFailed,
  runRunning,
  runSucceeded,
  steps,
  task,
  taskDone,
  taskRun,
  uid,
  type Json,
} from "../support/payloads/tekton.ts";
import { withHeader, type Sent, type Stories } from "./scenario.ts";

function sent({ headers, body }: RawRequest): Sent {
  return { headers: headers as Sent["headers"], body: Buffer.from(body).toString() };
}

const running = { ...condition("Unknown", "Running", 1), startTime: at(1) };
const succeeded = { ...condition("True", "Succeeded", 90), startTime: at(1), completionTime: at(90) };
const taskPending = task("unknown", { ...condition("Unknown", "Pending", 2), startTime: at(2) });
const taskRunning = task("running", { ...condition("Unknown", "Running", 22), startTime: at(2), ...steps(22) });
const taskSucceeded = task("successful", taskDone);
const firstTry = { ...condition("False", "Failed", 30), startTime: at(2), completionTime: at(30), ...steps(22, 29) };
const lastTry = { ...condition("True", "Succeeded", 80), startTime: at(31), completionTime: at(80), ...steps(40, 79) };
const cancelled = { reason: "TaskRunCancelled", startedAt: at(1), finishedAt: at(60) };
const neverRan = task("failed", {
  ...condition("False", "TaskRunCancelled", 60),
  startTime: at(2),
  completionTime: at(60),
  steps: [{ terminated: cancelled }, { terminated: cancelled }],
});
const skippedTasks = [
  { name: "compile", reason: "Results were missing" },
  { name: "deploy", reason: "When Expressions evaluated to false" },
];
const endedWithSkip = { ...succeeded, skippedTasks: skippedTasks.slice(1) };
const child = { childReferences: [{ kind: "TaskRun", name: "train-b4k9z-compile" }] };

const taskRunningStatus = { ...condition("Unknown", "Running", 22), startTime: at(2), ...steps(22) };
const ownLabel = (word: string, status: Json) =>
  event("taskRun", word, taskRun(status, {}, { "tekton.dev/pipeline": "ours" }));
const childSucceeded = event(
  "pipelineRun",
  "successful",
  pipelineRun(succeeded, {
    name: "train-b4k9z-scan",
    uid: "c1d7d3a5-0f6e-4a52-8b29-0a7c2f4e9d11",
    labels: { "tekton.dev/pipeline": "scan", "tekton.dev/pipelineTask": "scan" },
    ownerReferences: [{ apiVersion: "tekton.dev/v1", kind: "PipelineRun", name: "train-b4k9z", uid }],
  }),
);

export const tektonStories: Stories = {
  provider: "tekton",
  project: "team-a",
  anew: withHeader("ce-id"),
  scenarios: [
    {
      name: "one green run",
      sent: [run("queued", {}), runRunning, taskPending, taskRunning, taskSucceeded, runSucceeded].map(sent),
      counts: { results: { success: 1 }, jobs: 1, timed: 1, queued: 1 },
      run: { state: "finished", result: "success", duration_seconds: 89, queue_seconds: 1 },
    },
    {
      name: "a restarted controller says everything again under new ids",
      sent: [
        run("running", running),
        run("successful", succeeded),
        run("running", running),
        run("successful", succeeded),
      ].map(sent),
      counts: { results: { success: 1 }, timed: 1, queued: 1 },
      run: { state: "finished", restarts: 0, attempt: 1 },
    },
    {
      name: "a late running whose clock is ahead of the end",
      sent: [runSucceeded, run("running", { ...condition("Unknown", "Running", 5000), startTime: at(1) })].map(sent),
      counts: { results: { success: 1 }, timed: 1, queued: 1 },
      run: { state: "finished", result: "success" },
    },
    {
      name: "a task that Tekton retried inside the run",
      sent: [
        taskRunning,
        task("unknown", { ...condition("Unknown", "ToBeRetried", 30), startTime: null, retriesStatus: [firstTry] }),
        task("successful", { ...lastTry, retriesStatus: [firstTry] }),
        runSucceeded,
      ].map(sent),
      counts: { results: { success: 1 }, retries: 1, jobs: 1, timed: 1, queued: 1 },
      run: { restarts: 0 },
    },
    {
      name: "a task whose pod never got a node, with the steps that the controller ends for it",
      sent: [runRunning, taskPending, neverRan, runFailed].map(sent),
      counts: { results: { failure: 1 }, jobs: 1, timed: 1, queued: 1 },
    },
    {
      name: "a task that was to be skipped and ran, and one that was skipped",
      sent: [run("running", { ...running, skippedTasks }), taskSucceeded, run("successful", endedWithSkip)].map(sent),
      counts: { results: { success: 1 }, jobs: 2, timed: 1, queued: 1 },
    },
    {
      name: "a run that waits for the quota of its volumes, then cannot be cancelled, then is",
      sent: [
        run("started", { ...condition("Unknown", "Started", 1), startTime: at(1) }),
        run("unknown", { ...condition("Unknown", "PipelineRunPending", 1), startTime: at(1) }),
        runRunning,
        run("unknown", { ...condition("Unknown", "PipelineRunCouldntCancel", 40), startTime: at(1) }),
        run("failed", { ...condition("False", "Cancelled", 60), startTime: at(1), completionTime: at(60), ...child }),
      ].map(sent),
      counts: { results: { cancellation: 1 }, timed: 1, queued: 1 },
      run: { result: "cancellation", native_status: "Cancelled", duration_seconds: 59 },
    },
    {
      name: "a job whose label is not the name that its run refers to",
      sent: [ownLabel("running", taskRunningStatus), ownLabel("successful", taskDone), runRunning, runSucceeded].map(
        sent,
      ),
      counts: { results: { success: 1 }, jobs: 1, timed: 1, queued: 1 },
      run: { pipeline: "release-train" },
    },
    {
      name: "the end of a child before its parent is known",
      sent: [childSucceeded, runRunning, runSucceeded].map(sent),
      counts: { results: { success: 2 }, jobs: 1, timed: 2, queued: 2 },
    },
    {
      name: "red",
      sent: [runRunning, taskPending, runFailed].map(sent),
      counts: { results: { failure: 1 }, timed: 1, queued: 1 },
      run: { result: "failure", native_status: "Failed" },
    },
    {
      name: "cancelled before it started",
      sent: [
        run("unknown", { ...condition("Unknown", "PipelineRunPending", 0) }),
        run("failed", { ...condition("False", "Cancelled", 40), startTime: at(40), completionTime: at(40) }),
      ].map(sent),
      counts: { results: { cancellation: 1 }, queued: 1 },
      run: { result: "cancellation", queue_seconds: 40, duration_seconds: null },
    },
    {
      name: "the same uid in two sources",
      sent: [sent(runSucceeded), { ...sent(runSucceeded), elsewhere: true }],
      counts: { results: { success: 2 }, timed: 2, queued: 2 },
    },
  ],
};
