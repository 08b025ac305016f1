import { decodeJson } from "../../adapters/json.ts";
import { parseTime } from "../../adapters/time.ts";
import type { Millis } from "../../core/model.ts";
import type { SavedJob, SavedPipeline, SavedTest } from "./save-metrics-pipeline.ts";
import { checkSaveMetrics, type SaveMetricsBody } from "./save-metrics-schema.ts";

export type ReadPipeline =
  | { readonly ok: true; readonly pipeline: SavedPipeline }
  /** What is wrong, beginning with the field. */
  | { readonly ok: false; readonly problem: string };

/** The body of `POST /save_metrics`, whatever its content type says. */
export function readSaveMetrics(bytes: Uint8Array): ReadPipeline {
  const decoded = decodeJson(bytes);
  if (!decoded.ok) return { ok: false, problem: decoded.problem };
  const checked = checkSaveMetrics(decoded.value);
  if (!checked.ok) return { ok: false, problem: checked.problems.join("; ") };
  const problems: string[] = [];
  const pipeline = understand(checked.value, timeReader(problems));
  if (pipeline.builds === undefined) problems.push("builds is missing, and build as well");
  const [problem] = problems;
  return problem === undefined
    ? { ok: true, pipeline: { ...pipeline, builds: pipeline.builds ?? [] } }
    : { ok: false, problem };
}

type ReadTime = (field: string, text: string | null | undefined) => Millis | undefined;

function timeReader(problems: string[]): ReadTime {
  return (field, text) => {
    if (text === null || text === undefined) return undefined;
    const at = parseTime(text);
    if (at === undefined) problems.push(`${field} is not a time with a zone: ${JSON.stringify(text.slice(0, 60))}`);
    return at;
  };
}

function understand(body: SaveMetricsBody, time: ReadTime) {
  const timed = (job: SaveMetricsBody["jobs_failed"][number], at: string): SavedJob => ({
    name: job.name,
    seconds: job.duration,
    startedAt: time(`${at}.started_at`, job.started_at),
    finishedAt: time(`${at}.finished_at`, job.finished_at),
  });
  return {
    project: body.project,
    pipelineId: body.pipeline_id,
    createdAt: time("created_at", body.created_at) ?? 0,
    ref: body.ref,
    duration: body.duration,
    durationE2e: body.duration_e2e,
    hasRestarts: body.has_restarts,
    tests: body.jobs.map(
      (job, i): SavedTest => ({
        ...timed(job, `jobs.${i}`),
        up: job.up ?? null,
        e2e: job.e2e ?? null,
        pull: job.pull ?? null,
        upWithoutPull: job.up_without_pull ?? null,
      }),
    ),
    failed: body.jobs_failed.map((job, i) => timed(job, `jobs_failed.${i}`)),
    builds: buildsOf(body),
  };
}

/** Before the collector knew of several builds there was one, which its table calls `build-e2e`. */
function buildsOf({ builds, build }: SaveMetricsBody): SavedJob[] | undefined {
  if (builds === undefined) return build === undefined ? undefined : [named("build-e2e", build)];
  return builds.flatMap((one) => Object.entries(one).map(([name, seconds]) => named(name, seconds)));
}

function named(name: string, seconds: number): SavedJob {
  return { name, seconds, startedAt: undefined, finishedAt: undefined };
}
