import type { Gate, JobDetail, JobFacts, TaskType } from "../../model.ts";
import type { RunResult, State } from "../../states.ts";
import { bigint, boolean, integer, json, nullable, real, text } from "./columns.ts";
import { addedFact, fact, type FactColumns } from "./fact-columns.ts";
import { foldColumns, momentColumns } from "./tables.ts";

/** The columns of the table `jobs`, as tables.ts describes the others. */

/**
 * The facts that most jobs have, with the number of each fact's bit in `unstated`: a number is never changed or used again.
 */
export const commonJobFactColumns = {
  name: fact(0, text("name")),
  stage: fact(1, text("stage")),
  runner: fact(2, text("runner")),
  runnerClass: addedFact(14, text("runner_class")),
  url: fact(3, text("url")),
  allowFailure: fact(4, boolean("allow_failure")),
  failureReason: fact(5, text("failure_reason")),
  retries: fact(6, integer("retries")),
  /** The attempt of the run that it belongs to; null where the provider does not report it. */
  attempt: addedFact(13, integer("attempt")),
  nativeStatus: fact(7, text("native_status")),
  state: fact(8, text<State>("state")),
  result: fact(9, text<RunResult>("result")),
  finishedAt: fact(10, bigint("finished_at")),
  queueSeconds: fact(11, real("queue_seconds")),
  durationSeconds: fact(12, real("duration_seconds")),
} as const;

/** Facts that few jobs have: a job without them is written without their columns, see `hasRareFacts` and docs/adr/0034. */
export const rareJobFactColumns = {
  environment: addedFact(15, text("environment")),
  gate: addedFact(16, text<Gate>("gate")),
  gatedAt: addedFact(17, bigint("gated_at")),
  gateOpenedAt: addedFact(18, bigint("gate_opened_at")),
} as const;

export const jobFactColumns = { ...commonJobFactColumns, ...rareJobFactColumns } satisfies FactColumns<
  Omit<JobFacts, keyof JobDetail>
>;

/** The facts in the column `detail`. */
export const jobDetailFields: { readonly [K in keyof JobDetail]: true } = {
  failedStep: true,
  steps: true,
  exitCode: true,
  timeoutSeconds: true,
  tries: true,
  retriesBefore: true,
  startedBy: true,
  environmentTier: true,
  environmentAction: true,
};
export const jobDetailColumn = { detail: nullable(json<Partial<JobDetail>>("detail")) };

export const jobRecordColumns = {
  runId: bigint("run_id"),
  nativeId: text("native_id"),
  taskType: nullable(text<TaskType>("task_type")),
};

export const jobColumns = { ...jobRecordColumns, ...jobFactColumns, ...jobDetailColumn, ...foldColumns };

const { runId: _, ...shownJobRecordColumns } = jobRecordColumns;
/** The columns of a job that the API and the page show. */
export const shownJobColumns = { ...shownJobRecordColumns, ...jobFactColumns, ...jobDetailColumn, ...momentColumns };
