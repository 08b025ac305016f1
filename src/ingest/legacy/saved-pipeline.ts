import { hash } from "node:crypto";
import {
  collectorProvider,
  collectorSource,
  createSavedRunId,
  placeholderKey,
  savedRank,
} from "../../core/legacy/saved-pipelines.ts";
import type { JobObservation, Observation, TaskType, Version } from "../../core/model.ts";
import { cleanText } from "../../core/clean-text.ts";
import { normalise } from "../../core/normalise.ts";
import { findClockAnomaly } from "../../core/sender-clock.ts";
import type { Millis } from "../../core/time.ts";
import type { RunResult } from "../../core/states.ts";
import type { SavedFigures } from "../../core/legacy/extension.ts";
import type { Delivery, Submission } from "../../core/delivery.ts";

export interface SavedJob {
  readonly name: string;
  readonly seconds: number | null;
  readonly startedAt: Millis | undefined;
  readonly finishedAt: Millis | undefined;
}

/** A test job, with the seconds of the steps that were measured inside it. */
export interface SavedTest extends SavedJob {
  readonly up: number | null;
  readonly e2e: number | null;
  readonly pull: number | null;
  readonly upWithoutPull: number | null;
}

/** A pipeline of the old collector, from its API or its database. Times in seconds. */
export interface SavedPipeline {
  readonly project: string;
  readonly pipelineId: number;
  readonly createdAt: Millis;
  readonly ref: string | null;
  readonly duration: number | null;
  readonly durationE2e: number | null;
  readonly hasRestarts: boolean;
  readonly builds: readonly SavedJob[];
  /** The last attempt of each test job. */
  readonly tests: readonly SavedTest[];
  /** Every attempt of a test job that failed. */
  readonly failed: readonly SavedJob[];
}

interface Received {
  readonly receivedAt: Millis;
  readonly bytes: number;
  /** The text to store with the dead letter if the database refuses it. */
  readonly text: () => string;
}

/** What the ledger takes. A pipeline is identified by its project and id: a second delivery of it is a duplicate. */
export function createSavedSubmission(pipeline: SavedPipeline, { receivedAt, bytes, text }: Received): Submission {
  const observed = observe(pipeline, receivedAt);
  const observation = normalise(observed, receivedAt);
  const clock = findClockAnomaly([observed], receivedAt);
  const delivery: Delivery = {
    key: hash("sha256", `${collectorSource}\nkey ${observation.run}`, "base64url").slice(0, 24),
    source: collectorSource,
    provider: collectorSource,
    outcome: "accepted",
    reason: clock?.reason ?? null,
    receivedAt,
    bytes,
    content: null,
    replayed: false,
  };
  const content = () => ({ headers: "{}", body: text() });
  return { delivery, observations: [observation], content, clock: clock?.kind };
}

/** Lower than the version of any webhook's delivery about the run, also of one that only refers to it. */
const version: Version = { epoch: 0, clock: 0, rank: savedRank };

function observe(pipeline: SavedPipeline, savedAt: Millis): Observation {
  const project = cleanText(pipeline.project);
  const { createdAt, duration } = pipeline;
  const ends = [...pipeline.tests, ...pipeline.failed].flatMap(({ finishedAt }) => finishedAt ?? []);
  const jobs = placeJobs(pipeline);
  return {
    provider: collectorProvider,
    source: collectorSource,
    run: createSavedRunId(project, String(pipeline.pipelineId)),
    version,
    queuedAt: createdAt,
    facts: {
      project,
      pipeline: project,
      number: String(pipeline.pipelineId),
      ref: pipeline.ref,
      state: "finished",
      result: hasFailed(pipeline) ? "failure" : "success",
      finishedAt: ends.reduce((a, b) => Math.max(a, b), createdAt + Math.round((duration ?? 0) * 1000)),
      queueSeconds: null,
      durationSeconds: duration,
    },
    completion: placeholderKey,
    jobs: jobs.map(({ observation }) => observation),
    retriesByName: true,
    extension: { saved: { savedAt, ...toFigures(pipeline, jobs) } },
  };
}

/** A job of the body, in its list; its id is its place, negative, because GitLab's ids are not in the body. */
interface PlacedJob {
  readonly observation: JobObservation;
  readonly test: SavedTest | undefined;
}

function placeJobs({ tests, failed, builds }: SavedPipeline): PlacedJob[] {
  const others = failed.filter((job) => !tests.some((test) => isSame(test, job)));
  const listed: readonly (readonly [SavedJob, TaskType, RunResult, SavedTest?])[] = [
    ...tests.map(
      (test) => [test, "test", failed.some((job) => isSame(test, job)) ? "failure" : "success", test] as const,
    ),
    ...others.map((job) => [job, "test", "failure"] as const),
    ...builds.map((job) => [job, "build", "success"] as const),
  ];
  return listed.map(([job, type, result, test], i) => ({ observation: observeJob(job, -1 - i, type, result), test }));
}

/** The stages are those that the old collector's client reads by default. */
function observeJob(job: SavedJob, id: number, taskType: TaskType, result: RunResult): JobObservation {
  return {
    job: String(id),
    version,
    startedAt: job.startedAt,
    facts: {
      name: cleanText(job.name),
      stage: taskType,
      state: "finished",
      result,
      finishedAt: job.finishedAt ?? null,
      queueSeconds: null,
      durationSeconds: job.seconds,
    },
    taskType,
  };
}

/** Failed jobs are listed with every attempt, and the last attempt is in the list of jobs as well. */
function isSame(test: SavedJob, failed: SavedJob): boolean {
  return test.name === failed.name && test.finishedAt !== undefined && test.finishedAt === failed.finishedAt;
}

/** The body does not contain the result of the pipeline: it failed where a test job's last attempt failed. */
function hasFailed({ tests, failed }: SavedPipeline): boolean {
  return failed.some((job) => {
    const last = tests.filter(({ name }) => name === job.name);
    return last.length === 0 || last.some((test) => isSame(test, job));
  });
}

function toFigures(
  { pipelineId, duration, durationE2e, hasRestarts }: SavedPipeline,
  jobs: readonly PlacedJob[],
): Omit<SavedFigures, "savedAt"> {
  return {
    pipelineId: String(pipelineId),
    duration: whole(duration),
    durationE2e: whole(durationE2e),
    hasRestarts,
    jobs: jobs.flatMap(({ test, observation }) =>
      test === undefined
        ? []
        : [
            {
              job: observation.job,
              name: cleanText(test.name),
              e2e: whole(test.e2e),
              up: whole(test.up),
              upWithoutPull: whole(test.upWithoutPull),
              pull: whole(test.pull),
            },
          ],
    ),
  };
}

function whole(seconds: number | null): number | null {
  return seconds === null ? null : Math.trunc(seconds);
}
