import { toHttpUrl } from "../../adapters/url.ts";
import { AppError } from "../../core/errors.ts";
import type { JobTry } from "../../core/model.ts";
import { quote } from "../../text/quote.ts";
import type { StoredCompletion, StoredJob, StoredRunDetail } from "../../core/store/read/types.ts";
import type { Services } from "../services.ts";
import { computeStaleBefore } from "../stale.ts";
import { defineEndpoint } from "./endpoint.ts";
import * as f from "./fields.ts";
import { progressFields, runFields, stateDescription } from "./runs.ts";
import { runResults, states } from "../../core/states.ts";

interface NumberedJob extends StoredJob {
  /** 1 for the first job of its stage and name, 2 for the next one. */
  readonly place: number;
}

const detailDescription =
  "Data that few jobs have: failed_step, steps (longest first: name, seconds), exit_code, tries (start, end, reason), retries_before, started_by, environment_tier, environment_action";

const job = f.defineView<NumberedJob>([
  ["native_id", ({ nativeId }) => nativeId, f.text],
  ["name", ({ name }) => name, f.nullableText],
  ["stage", ({ stage }) => stage, f.nullableText],
  ["task_type", ({ taskType }) => taskType, { enum: ["build", "test", "deploy", null] }],
  [
    "attempt",
    ({ attempt, place }) => attempt ?? place,
    {
      ...f.positive,
      description:
        "Attempt of the run; if the provider states none, the position among the run's jobs of the same stage and name",
    },
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
]);

const completion = f.defineView<readonly [position: number, StoredCompletion]>([
  [
    "number",
    ([position]) => position + 1,
    { ...f.positive, description: "Position among the run's completions, from 1" },
  ],
  ["result", ([, { result }]) => result, { enum: [...runResults] }],
  ["finished_at", ([, { finishedAt }]) => f.toIsoTime(finishedAt), f.nullableTime],
  ["queue_seconds", ([, { queueSeconds }]) => queueSeconds, f.nullableSeconds],
  ["duration_seconds", ([, { durationSeconds }]) => durationSeconds, f.nullableSeconds],
]);

const runDetail = f.defineView<StoredRunDetail>([
  ...runFields.map(([name, get, ...rest]): f.Field<StoredRunDetail> => [name, ({ run }) => get(run), ...rest]),
  [
    "detail",
    ({ detail }) => parseDetail(detail),
    {
      type: ["object", "null"],
      description: "Additional data of the provider, such as test runResults and parameters",
    },
  ],
  [
    "graph",
    ({ graph }) => parseDetail(graph),
    { type: ["object", "null"], description: "For each job by name, the names of the jobs it waits for; if reported" },
  ],
  [
    "jobs",
    ({ jobs }) => numberJobs(jobs).map(job.render),
    { ...f.createArraySchema("Job"), description: "In start order" },
  ],
  [
    "jobs_truncated",
    ({ jobsTruncated }) => jobsTruncated,
    { ...f.boolean, description: "True if there are more jobs than listed" },
  ],
  [
    "completions",
    ({ completions }) => [...completions.entries()].map(completion.render),
    { ...f.createArraySchema("Completion"), description: "One entry per attempt that reached a result" },
  ],
]);

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

/** Numbers jobs of the same stage and name in start order, for providers that state no attempt. */
function numberJobs(jobs: readonly StoredJob[]): readonly NumberedJob[] {
  const seen = new Map<string, number>();
  return jobs.map((one) => {
    const key = JSON.stringify([one.stage, one.name]);
    const place = (seen.get(key) ?? 0) + 1;
    seen.set(key, place);
    return { ...one, place };
  });
}

/** Parses the stored JSON; `null` if it was cut to the size limit of its column. */
function parseDetail(json: string | null): unknown {
  try {
    return json === null ? null : (JSON.parse(json) as unknown);
  } catch {
    return null;
  }
}

export const runDetailSchemas = { Job: job.schema, Completion: completion.schema, RunDetail: runDetail.schema };

/** Finds the run that a path names. Throws `invalid` for an id that is none, and `not_found`. */
export async function findStoredRun(services: Services, id: string): Promise<StoredRunDetail> {
  if (!/^[1-9]\d{0,14}$/.test(id)) {
    throw new AppError(
      "invalid",
      `id must be a positive integer, got ${quote(id)}; to find a run by its provider's id use /api/v1/runs?native_id=`,
    );
  }
  const found = await services.store.read("run", { id: Number(id), staleBefore: computeStaleBefore(services) });
  if (found === undefined) throw new AppError("not_found", `run ${id} not found (never existed or expired)`);
  return found;
}

export const getRun = defineEndpoint({
  id: "getRun",
  path: "/api/v1/runs/{id}",
  summary: "One run with its jobs and completions",
  pathParameters: { id: { type: "integer", minimum: 1 } },
  parameters: {},
  schema: "RunDetail",
  respond: async (services, _, { id = "" }) => runDetail.render(await findStoredRun(services, id)),
});
