import type { Figures } from "./figures.ts";
import type { End, Pipeline, Posted, World } from "./gitlab-world.ts";

/**
 * What must be counted, from how the pipelines lived. Nothing of it comes from the program: the rules are those of
 * docs/metrics.md and GitLab's documentation.
 */
export function figureWorld(world: World): Figures {
  const reported = readJobs(world.posted);
  const all = world.pipelines.map((pipeline) => judgePipeline(pipeline, reported));
  const ends = all.flatMap(({ counted }) => counted);
  const durations = ends.flatMap(({ duration, worked }) => (duration === null || !worked ? [] : [duration]));
  const queues = all.flatMap(({ queue }) => (queue === undefined ? [] : [queue]));
  const figures: Record<string, number> = {
    durations: durations.length,
    "seconds of durations": sum(durations),
    queues: queues.length,
    "seconds of queues": sum(queues),
    restarts: sum(all.map(({ restarts }) => restarts)),
    recovered: all.filter(({ recovered }) => recovered).length,
    jobs: reported.ended.size,
    "retries of jobs": sum([...reported.ids.values()].map(({ size }) => size - 1)),
  };
  for (const { status, at } of ends) {
    const result = resultByStatus[status] ?? "";
    const [runs, last] = [`runs: ${result}`, `last: ${result}`];
    figures[runs] = (figures[runs] ?? 0) + 1;
    figures[last] = Math.max(figures[last] ?? 0, at);
  }
  return figures;
}

const resultByStatus: Readonly<Record<string, string>> = {
  success: "success",
  failed: "failure",
  canceled: "cancellation",
  skipped: "skip",
};

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** An end after nothing but a play is no completion; every other one is, and follows a restart if it is not the first. */
function judgePipeline(pipeline: Pipeline, reported: ReportedJobs) {
  const isPlay = (end: End, i: number) => i > 0 && [...end.causes].every((cause) => cause === "play");
  const counted = pipeline.ends.filter((end, i) => !isPlay(end, i));
  // A retry after which the pipeline waits for somebody is a restart that has not ended, if any webhook reported the new job.
  const latest = pipeline.ends.at(-1)?.at ?? Infinity;
  const reportedIds = new Set([...reported.ids.values()].flatMap((ids) => [...ids]));
  const isUnderWay = pipeline.jobs.some(
    ({ id, createdAt, attempt }) => attempt > 0 && createdAt > latest && reportedIds.has(id),
  );
  const restarts = Math.max(0, counted.length - 1) + (isUnderWay ? 1 : 0);
  const firstFailure = counted.findIndex(({ status }) => status === "failed");
  const recovered = firstFailure >= 0 && counted.slice(firstFailure).some(({ status }) => status === "success");
  const started = pipeline.startedAt;
  const hasWaited = started !== undefined && counted.some(({ at }) => at >= started);
  return { counted, restarts, recovered, queue: hasWaited ? started - pipeline.createdAt : undefined };
}

interface ReportedJobs {
  /** Ids by pipeline and name: a further one is a retry. */
  readonly ids: ReadonlyMap<string, ReadonlySet<number>>;
  /** Ids by their result, and once more if they had been skipped before. */
  readonly ended: ReadonlySet<string>;
}

/** Of jobs only what a webhook reported can be counted. */
function readJobs(posted: readonly Posted[]): ReportedJobs {
  const ids = new Map<string, Set<number>>();
  const ended = new Set<string>();
  const see = (run: number, id: number, name: string, status: string) => {
    const key = `${run} ${name}`;
    ids.set(key, (ids.get(key) ?? new Set()).add(id));
    if (status === "skipped") ended.add(`${id} skipped`);
    else if (["success", "failed", "canceled"].includes(status)) ended.add(String(id));
  };
  for (const { body } of posted) {
    const hook = body as JobHook & PipelineHook;
    if (hook.object_kind === "build") see(hook.pipeline_id, hook.build_id, hook.build_name, hook.build_status);
    else for (const { id, name, status } of hook.builds) see(hook.object_attributes.id, id, name, status);
  }
  return { ids, ended };
}

interface JobHook {
  readonly object_kind: string;
  readonly pipeline_id: number;
  readonly build_id: number;
  readonly build_name: string;
  readonly build_status: string;
}

interface PipelineHook {
  readonly object_attributes: { readonly id: number };
  readonly builds: readonly { readonly id: number; readonly name: string; readonly status: string }[];
}
