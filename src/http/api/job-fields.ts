import { toHttpUrl } from "../../adapters/url.ts";
import type { JobTry } from "../../core/model.ts";
import { states } from "../../core/states.ts";
import type { StoredJob } from "../../core/store/index.ts";
import * as f from "./fields.ts";
import { progressFields, stateDescription } from "./runs.ts";

const detailDescription =
  "Data that few jobs have: failed_step, steps (longest first: name, seconds), exit_code, timeout_seconds (the limit that it exceeded), tries (start, end, reason), retries_before, started_by, environment_tier, environment_action";

/** What the API shows of a job, in a run and in a list. */
export const jobFields: readonly f.Field<StoredJob>[] = [
  ["native_id", ({ nativeId }) => nativeId, f.text],
  ["name", ({ name }) => name, f.nullableText],
  ["stage", ({ stage }) => stage, f.nullableText],
  ["task_type", ({ taskType }) => taskType, { enum: ["build", "test", "deploy", null] }],
  [
    "attempt",
    ({ attempt }) => attempt,
    { type: ["integer", "null"], minimum: 1, description: "Attempt of the run; null if the provider states none" },
  ],
  ["retries", ({ retries }) => retries ?? 0, { ...f.count, description: "Number of reruns under the same id" }],
  ["runner", ({ runner }) => runner, f.nullableText],
  [
    "runner_class",
    ({ runnerClass }) => runnerClass,
    {
      ...f.nullableText,
      description:
        "Kind of runner: labels or tags, sorted, after the rules in `runnerClasses`; `__other__` past 200 kinds",
    },
  ],
  ["environment", ({ environment }) => environment, f.nullableText],
  [
    "gate",
    ({ gate }) => gate,
    { enum: ["manual", "delayed", "approval", null], description: "What it waited for besides capacity" },
  ],
  [
    "gate_seconds",
    computeGateSeconds,
    { ...f.nullableSeconds, description: "Wait at the gate, which `queue_seconds` excludes; null if not known" },
  ],
  ["url", ({ url }) => toHttpUrl(url) ?? null, f.nullableText],
  ["allow_failure", ({ allowFailure }) => allowFailure, f.nullableBoolean],
  ["failure_reason", ({ failureReason }) => failureReason, f.nullableText],
  ["detail", renderDetail, { type: ["object", "null"], description: detailDescription }],
  ["state", ({ state }) => state, { enum: [...states, null], description: stateDescription }],
  ...progressFields,
];

/** The wait for a person or a set time: until it passed the gate, or else until it was ready to run. */
function computeGateSeconds({ gatedAt, gateOpenedAt, queuedAt }: StoredJob): number | null {
  const opened = gateOpenedAt ?? queuedAt;
  return gatedAt === null || opened === null ? null : Math.max(0, (opened - gatedAt) / 1000);
}

function renderDetail({ detail }: StoredJob): Readonly<Record<string, unknown>> | null {
  if (detail === null) return null;
  const { steps, tries, ...plain } = detail;
  return {
    ...Object.fromEntries(Object.entries(plain).map(([field, value]) => [toSnakeCase(field), value])),
    ...(steps === undefined ? {} : { steps: steps.map(([name, seconds]) => ({ name, seconds })) }),
    ...(tries === undefined ? {} : { tries: tries.map(renderTry) }),
  };
}

function renderTry([startedAt, finishedAt, reason]: JobTry): Readonly<Record<string, unknown>> {
  return { started_at: f.toIsoTime(startedAt), finished_at: f.toIsoTime(finishedAt), reason };
}

function toSnakeCase(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
