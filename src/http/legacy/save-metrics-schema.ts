import { checker } from "../../adapters/schema.ts";

type Maybe<T> = T | null | undefined;

interface TimedJob {
  readonly name: string;
  /** Seconds. */
  readonly duration: number;
  readonly started_at?: Maybe<string>;
  readonly finished_at?: Maybe<string>;
}

interface TestJob extends TimedJob {
  readonly up?: Maybe<number>;
  readonly e2e?: Maybe<number>;
  readonly pull?: Maybe<number>;
  readonly up_without_pull?: Maybe<number>;
}

/** The body of `POST /save_metrics`: https://github.com/mytestopia/pipeline-metrics-collector#readme. Times in seconds. */
export interface SaveMetricsBody {
  readonly project: string;
  readonly pipeline_id: number;
  readonly created_at: string;
  readonly ref: string;
  readonly duration: number;
  readonly duration_e2e: number;
  readonly has_restarts: boolean;
  readonly jobs: readonly TestJob[];
  readonly jobs_failed: readonly TimedJob[];
  /** Each an object of one name and its seconds. */
  readonly builds?: readonly Readonly<Record<string, number>>[];
  readonly build?: number;
}

/** Ten years: what is longer was never measured, and would not fit the old tables' integers. */
const secondsMax = 10 * 366 * 24 * 3600;
/** Far more than a pipeline has. */
const jobsMax = 10_000;

const text = { type: "string", minLength: 1 };
const maybeText = { type: ["string", "null"] };
const seconds = { type: "number", minimum: 0, maximum: secondsMax };
const maybeSeconds = { ...seconds, type: ["number", "null"] };

const timedJob = { name: text, duration: seconds, started_at: maybeText, finished_at: maybeText };
const steps = { up: maybeSeconds, e2e: maybeSeconds, pull: maybeSeconds, up_without_pull: maybeSeconds };

function list(properties: object) {
  return { type: "array", maxItems: jobsMax, items: { type: "object", required: ["name", "duration"], properties } };
}

export const checkSaveMetrics = checker<SaveMetricsBody>({
  type: "object",
  required: [
    "project",
    "pipeline_id",
    "created_at",
    "ref",
    "duration",
    "duration_e2e",
    "has_restarts",
    "jobs",
    "jobs_failed",
  ],
  properties: {
    project: text,
    pipeline_id: { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
    created_at: text,
    ref: { type: "string" },
    duration: seconds,
    duration_e2e: seconds,
    has_restarts: { type: "boolean" },
    jobs: list({ ...timedJob, ...steps }),
    jobs_failed: list(timedJob),
    builds: {
      type: "array",
      maxItems: jobsMax,
      items: { type: "object", minProperties: 1, maxProperties: 1, additionalProperties: seconds },
    },
    build: seconds,
  },
});
