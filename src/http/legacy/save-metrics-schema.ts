import { createChecker, objectSchema } from "../../adapters/schema.ts";
import { plausibleSecondsMax } from "../../core/time.ts";

type Maybe<T> = T | null | undefined;

/** Seconds as the collector accepted them: a number, a number as text (from a shell), or null. */
export type Figure = number | string | null;

interface TimedJob {
  readonly name: string;
  readonly duration: Figure;
  readonly started_at?: unknown;
  readonly finished_at?: unknown;
}

interface TestJob extends TimedJob {
  readonly up?: Maybe<Figure>;
  readonly e2e?: Maybe<Figure>;
  readonly pull?: Maybe<Figure>;
  readonly up_without_pull?: Maybe<Figure>;
}

/** The body of `POST /save_metrics`: https://github.com/mytestopia/pipeline-metrics-collector#readme. Times in seconds. */
export interface SaveMetricsBody {
  readonly project: string;
  readonly pipeline_id: number | string;
  readonly created_at: string;
  readonly ref: string;
  readonly duration: Figure;
  readonly duration_e2e: Figure;
  readonly has_restarts: boolean;
  readonly jobs: readonly TestJob[];
  readonly jobs_failed: readonly TimedJob[];
  /** Objects of build names and seconds. */
  readonly builds?: readonly Readonly<Record<string, Figure>>[];
  readonly build?: Figure;
}

/** Far more jobs than a pipeline has. */
const jobsMax = 10_000;

const text = { type: "string", minLength: 1 } as const;
/** Nine digits of text, and this maximum, fit the integers of the collector's tables. */
const seconds = {
  type: ["number", "string", "null"],
  minimum: 0,
  maximum: plausibleSecondsMax,
  pattern: "^[0-9]{1,9}(?:\\.[0-9]+)?$",
} as const;
/** The collector ignored the times of jobs, so senders may send anything there. */
const times = { started_at: {}, finished_at: {} };
const pipelineId = {
  type: ["integer", "string"],
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  pattern: "^[1-9][0-9]{0,14}$",
} as const;

const testJob = objectSchema<TestJob>(
  { name: text, duration: seconds },
  { ...times, up: seconds, e2e: seconds, pull: seconds, up_without_pull: seconds },
);
const failedJob = objectSchema<TimedJob>({ name: text, duration: seconds }, times);

export const checkSaveMetrics = createChecker<SaveMetricsBody>(
  objectSchema(
    {
      project: text,
      pipeline_id: pipelineId,
      created_at: text,
      ref: { type: "string" },
      duration: seconds,
      duration_e2e: seconds,
      has_restarts: { type: "boolean" },
      jobs: { type: "array", maxItems: jobsMax, items: testJob },
      jobs_failed: { type: "array", maxItems: jobsMax, items: failedJob },
    },
    {
      builds: {
        type: "array",
        maxItems: jobsMax,
        items: { type: "object", minProperties: 1, additionalProperties: seconds },
      },
      build: seconds,
    },
  ),
);
