import { createChecker, nullable, objectSchema } from "../schema.ts";

type Maybe<T> = T | null | undefined;

/** The checkout, for Git only; for Pipelines it is mostly empty. */
export interface Scm {
  readonly url?: Maybe<string>;
  readonly branch?: Maybe<string>;
  readonly commit?: Maybe<string>;
}

/** JUnit totals, from version 1.13 on and from COMPLETED on. */
export interface TestSummary {
  readonly total?: Maybe<number>;
  readonly failed?: Maybe<number>;
  readonly passed?: Maybe<number>;
  readonly skipped?: Maybe<number>;
  readonly failed_tests?: Maybe<readonly unknown[]>;
}

/** One build in one phase. `timestamp` (ms) means something else in each phase; `duration` (ms) is 0 before the end. */
export interface Build {
  readonly full_url?: Maybe<string>;
  readonly url?: Maybe<string>;
  readonly number?: Maybe<number>;
  /** -1: unknown. Not an identity: a Pipeline that resumes after a restart of Jenkins gets another one. */
  readonly queue_id?: Maybe<number>;
  readonly timestamp?: Maybe<number>;
  readonly duration?: Maybe<number>;
  readonly phase: string;
  readonly status?: Maybe<string>;
  readonly scm?: Maybe<Scm>;
  readonly parameters?: Maybe<Readonly<Record<string, unknown>>>;
  readonly notes?: Maybe<string>;
  readonly test_summary?: Maybe<TestSummary>;
}

/**
 * The job and its build, with the names that the plugin's JSON has (XML and the cloudevents plugin say the same in
 * camelCase). https://plugins.jenkins.io/notification/; JobState.java and BuildState.java of the plugin.
 */
export interface Notification {
  readonly url?: Maybe<string>;
  readonly build: Build;
}

const text = { type: ["string", "null"] } as const;
const count = { type: ["number", "null"] } as const;
const integer = { type: ["integer", "null"] } as const;
/** Up to the last moment a JavaScript date can hold. */
const millis = { type: ["integer", "null"], maximum: 8_640_000_000_000_000 } as const;

/**
 * A hundred years in milliseconds. A greater duration is no duration, and the delivery is not understood. One over ten years is
 * a clock that was wrong at the start or end: core counts the build, and observes no time.
 */
const durationMax = 100 * 365 * 24 * 60 * 60 * 1000;

export const checkNotification = createChecker<Notification>(
  objectSchema(
    {
      build: objectSchema(
        { phase: { type: "string", minLength: 1 } },
        {
          full_url: text,
          url: text,
          number: integer,
          queue_id: integer,
          timestamp: millis,
          duration: { type: ["number", "null"], maximum: durationMax },
          status: text,
          scm: nullable(objectSchema({}, { url: text, branch: text, commit: text })),
          parameters: { type: ["object", "null"], additionalProperties: {} },
          notes: text,
          test_summary: nullable(
            objectSchema(
              {},
              {
                total: count,
                failed: count,
                passed: count,
                skipped: count,
                failed_tests: { type: ["array", "null"], items: {} },
              },
            ),
          ),
        },
      ),
    },
    { url: text },
  ),
);
