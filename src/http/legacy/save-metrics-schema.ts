import { checker } from "../../adapters/schema.ts";

type Maybe<T> = T | null | undefined;

/** Seconds as the tables took them: a number, the same as a text (a shell's), or none. */
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
  /** Each an object of names and their seconds. */
  readonly builds?: readonly Readonly<Record<string, Figure>>[];
  readonly build?: Figure;
}

/** Ten years: what is longer was never measured, and would not fit the old tables' integers. */
const secondsMax = 10 * 366 * 24 * 3600;
/** Far more than a pipeline has. */
const jobsMax = 10_000;

const text = { type: "string", minLength: 1 };
/** A text of nine digits fits the old tables' integers. */
const seconds = {
  type: ["number", "string", "null"],
  minimum: 0,
  maximum: secondsMax,
  pattern: "^[0-9]{1,9}(?:\\.[0-9]+)?$",
};

/** What the collector never read (a job's times) may be anything. */
const timedJob = { name: text, duration: seconds };
const steps = { up: seconds, e2e: seconds, pull: seconds, up_without_pull: seconds };

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
    pipeline_id: {
      type: ["integer", "string"],
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      pattern: "^[1-9][0-9]{0,14}$",
    },
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
      items: { type: "object", minProperties: 1, additionalProperties: seconds },
    },
    build: seconds,
  },
});
