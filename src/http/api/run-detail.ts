import { httpUrl } from "../../adapters/url.ts";
import { AppError } from "../../core/errors.ts";
import { results, states } from "../../core/model.ts";
import type { StoredCompletion, StoredJob, StoredRunDetail } from "../../core/store/read/types.ts";
import { findStaleBefore } from "../stale.ts";
import { defineEndpoint } from "./endpoint.ts";
import * as f from "./fields.ts";
import { progressFields, runFields, stateDescription } from "./runs.ts";

interface NumberedJob extends StoredJob {
  /** 1 for the first job of its stage and name, 2 for the next one. */
  readonly place: number;
}

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
        "The run's attempt that it belongs to; where the provider does not tell, which of the jobs of its stage and name it is",
    },
  ],
  ["retries", ({ retries }) => retries ?? 0, { ...f.count, description: "How often it ran again under the same id" }],
  ["runner", ({ runner }) => runner, f.nullableText],
  ["url", ({ url }) => httpUrl(url) ?? null, f.nullableText],
  ["allow_failure", ({ allowFailure }) => allowFailure, f.nullableBoolean],
  ["failure_reason", ({ failureReason }) => failureReason, f.nullableText],
  ["state", ({ state }) => state, { enum: [...states, null], description: stateDescription }],
  ...progressFields,
]);

const completion = f.defineView<readonly [position: number, StoredCompletion]>([
  ["number", ([position]) => position + 1, { ...f.positive, description: "Position among the run's completions" }],
  ["result", ([, { result }]) => result, { enum: [...results] }],
  ["finished_at", ([, { finishedAt }]) => f.toIsoTime(finishedAt), f.nullableTime],
  ["queue_seconds", ([, { queueSeconds }]) => queueSeconds, f.nullableSeconds],
  ["duration_seconds", ([, { durationSeconds }]) => durationSeconds, f.nullableSeconds],
]);

const runDetail = f.defineView<StoredRunDetail>([
  ...runFields.map(([name, get, schema]): f.Field<StoredRunDetail> => [name, ({ run }) => get(run), schema]),
  [
    "detail",
    ({ detail }) => parseDetail(detail),
    { type: ["object", "null"], description: "Further facts of the provider: tests, parameters" },
  ],
  [
    "jobs",
    ({ jobs }) => numberJobs(jobs).map(job.render),
    { ...f.arrayOf("Job"), description: "In the order in which they began" },
  ],
  [
    "jobs_truncated",
    ({ jobsTruncated }) => jobsTruncated,
    { ...f.boolean, description: "There are more jobs than are shown" },
  ],
  [
    "completions",
    ({ completions }) => [...completions.entries()].map(completion.render),
    { ...f.arrayOf("Completion"), description: "A result each: one an attempt" },
  ],
]);

/** Where the provider states no attempt: jobs come in the order in which they began, so a further one of a name is a retry. */
function numberJobs(jobs: readonly StoredJob[]): readonly NumberedJob[] {
  const seen = new Map<string, number>();
  return jobs.map((one) => {
    const key = JSON.stringify([one.stage, one.name]);
    const place = (seen.get(key) ?? 0) + 1;
    seen.set(key, place);
    return { ...one, place };
  });
}

/** The stored JSON; `null` where it is not whole, because it was cut to the size of its column. */
function parseDetail(json: string | null): unknown {
  try {
    return json === null ? null : (JSON.parse(json) as unknown);
  } catch {
    return null;
  }
}

export const runDetailSchemas = { Job: job.schema, Completion: completion.schema, RunDetail: runDetail.schema };

export const getRun = defineEndpoint({
  id: "getRun",
  path: "/api/v1/runs/{id}",
  summary: "One run with its jobs and completions",
  pathParameters: { id: { type: "integer", minimum: 1 } },
  parameters: {},
  schema: "RunDetail",
  async answer(services, _, { id = "" }) {
    if (!/^[1-9]\d{0,14}$/.test(id)) {
      throw new AppError(
        "invalid",
        "id: give the id of a run, a whole number; ?native_id= at /api/v1/runs finds others",
      );
    }
    const found = await services.store.read("run", { id: Number(id), staleBefore: findStaleBefore(services) });
    if (found === undefined) throw new AppError("not_found", `there is no run ${id}, or no longer`);
    return runDetail.render(found);
  },
});
