import { decodeJson } from "../../adapters/json.ts";
import { parseTime } from "../../adapters/time.ts";
import { fail, succeed, type Result } from "../../core/result.ts";
import type { SavedJob, SavedPipeline, SavedTest } from "../../ingest/legacy/saved-pipeline.ts";
import { checkSaveMetrics, type Figure, type SaveMetricsBody } from "./save-metrics-schema.ts";
import type { Millis } from "../../core/time.ts";

/** Parses the body of `POST /save_metrics`, whatever its content type. Each problem begins with the field. */
export function readSaveMetrics(bytes: Uint8Array): Result<SavedPipeline> {
  const decoded = decodeJson(bytes);
  if (!decoded.ok) return decoded;
  const checked = checkSaveMetrics(decoded.value);
  if (!checked.ok) return checked;
  const { value } = checked;
  const createdAt = parseTime(value.created_at);
  if (createdAt === undefined)
    return fail(`created_at must be a time with a zone, got ${JSON.stringify(value.created_at.slice(0, 60))}`);
  const builds = readBuilds(value);
  if (builds === undefined) return fail("builds or build is required");
  return succeed({ ...toPipeline(value, createdAt), builds });
}

function toPipeline(body: SaveMetricsBody, createdAt: Millis): Omit<SavedPipeline, "builds"> {
  return {
    project: body.project,
    pipelineId: Number(body.pipeline_id),
    createdAt,
    ref: body.ref,
    duration: whole(body.duration),
    durationE2e: whole(body.duration_e2e),
    hasRestarts: body.has_restarts,
    tests: body.jobs.map(
      (job): SavedTest => ({
        ...timed(job),
        up: whole(job.up),
        e2e: whole(job.e2e),
        pull: whole(job.pull),
        upWithoutPull: whole(job.up_without_pull),
      }),
    ),
    failed: body.jobs_failed.map(timed),
  };
}

function timed({ name, duration, started_at, finished_at }: SaveMetricsBody["jobs_failed"][number]): SavedJob {
  return {
    name,
    seconds: whole(duration),
    startedAt: parseOptionalTime(started_at),
    finishedAt: parseOptionalTime(finished_at),
  };
}

/** The collector ignored the times of jobs, so senders may send anything there. */
function parseOptionalTime(value: unknown): Millis | undefined {
  return typeof value === "string" ? parseTime(value) : undefined;
}

/** The collector's columns are integers, and PostgreSQL rounds values for them. */
function whole(seconds: Figure | undefined): number | null {
  return seconds === null || seconds === undefined ? null : Math.round(Number(seconds));
}

/** Older versions of the collector had one build, which its table calls `build-e2e`. */
function readBuilds({ builds, build }: SaveMetricsBody): SavedJob[] | undefined {
  if (builds === undefined) return build === undefined ? undefined : [named("build-e2e", build)];
  return builds.flatMap((one) => Object.entries(one).map(([name, seconds]) => named(name, seconds)));
}

function named(name: string, seconds: Figure): SavedJob {
  return { name, seconds: whole(seconds), startedAt: undefined, finishedAt: undefined };
}
