import { AppError } from "../../core/errors.ts";
import type { StoredCompletion, StoredJob, StoredRunDetail } from "../../core/store/index.ts";
import type { Services } from "../services.ts";
import { computeStaleBefore } from "../stale.ts";
import { deployment } from "./deployments.ts";
import { defineEndpoint } from "./endpoint.ts";
import { parseId } from "./parse-parameters.ts";
import * as f from "./fields.ts";
import { jobFields } from "./job-fields.ts";
import { runFields } from "./runs.ts";
import { runResults } from "../../core/states.ts";

interface NumberedJob extends StoredJob {
  /** 1 for the first job of its stage and name, 2 for the next one. */
  readonly place: number;
}

const placedAttempt: f.Field<NumberedJob> = [
  "attempt",
  ({ attempt, place }) => attempt ?? place,
  {
    ...f.positive,
    description:
      "Attempt of the run; if the provider states none, the position among the run's jobs of the same stage and name",
  },
];

const job = f.defineView<NumberedJob>(jobFields.map((field) => (field[0] === "attempt" ? placedAttempt : field)));

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
  [
    "deployments",
    ({ deployments }) => deployments.map(deployment.render),
    {
      ...f.createArraySchema("Deployment"),
      description: "Deployments that name the run or one of its jobs, at most 200",
    },
  ],
]);

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

const elsewhere = "; to find a run by its provider's id use /api/v1/runs?native_id=";

/** Finds the run that a path names. Throws `invalid` for an id that is none, and `not_found`. */
export async function findStoredRun(services: Services, id: string): Promise<StoredRunDetail> {
  const found = await services.store.read("run", {
    id: parseId(id, elsewhere),
    staleBefore: computeStaleBefore(services),
  });
  if (found === undefined) throw new AppError("not_found", `run ${id} not found (never existed or expired)`);
  return found;
}

export const getRun = defineEndpoint({
  id: "getRun",
  path: "/api/v1/runs/{id}",
  summary: "One run with its jobs, completions and deployments",
  pathParameters: { id: { type: "integer", minimum: 1 } },
  parameters: {},
  schema: "RunDetail",
  respond: async (services, _, { id = "" }) => runDetail.render(await findStoredRun(services, id)),
});
