import type { ExporterSettings } from "../../config/exporters.ts";
import { Gauge, type CollectorRegistry } from "../../sdk/index.ts";

/** OpenTelemetry's `cicd.worker.state`: https://opentelemetry.io/docs/specs/semconv/registry/attributes/cicd/ */
export type WorkerState = "available" | "busy" | "offline";

/** Projects, and sets of tags, that get series of their own; all others are one. Their number is not bounded by the API. */
const namesMax = 100;
const otherName = "__other__";

/** One job that waits. */
export interface WaitingJob {
  readonly project: string;
  /** The tags that its worker must have. */
  readonly tags: readonly string[];
  /** Why it waits: one of a few fixed words, because it is a label. */
  readonly reason: string;
  readonly seconds: number;
}

/** Collects what an exporter finds, and fills the registry at the end. */
export interface WorkerFindings {
  addWorkers(tags: readonly string[], state: WorkerState, count?: number): void;
  addWaiting(job: WaitingJob): void;
  /** Requests that the API still allows, where it sends the number. */
  setRemaining(count: number): void;
  fill(): void;
}

interface Cell {
  readonly labels: readonly string[];
  count: number;
  oldest: number;
}

export function createFindings(registry: CollectorRegistry, provider: string): WorkerFindings {
  const workers = new Map<string, Cell>();
  const jobs = new Map<string, Cell>();
  const [nameTags, nameProject] = [boundNames(), boundNames()];
  const add = (cells: Map<string, Cell>, labels: readonly string[], count: number, seconds: number) => {
    const key = JSON.stringify(labels);
    const cell = cells.get(key) ?? { labels, count: 0, oldest: 0 };
    cell.count += count;
    cell.oldest = Math.max(cell.oldest, seconds);
    cells.set(key, cell);
  };
  let remaining: number | undefined;
  return {
    addWorkers: (tags, state, count = 1) => add(workers, [provider, state, nameTags(joinTags(tags))], count, 0),
    addWaiting: ({ project, tags, reason, seconds }) =>
      add(jobs, [provider, nameProject(project), nameTags(joinTags(tags)), reason], 1, Math.max(0, seconds)),
    setRemaining: (count) => (remaining = count),
    fill() {
      const count = new Gauge(
        "cicd_worker_count",
        "Workers by state and tags",
        ["provider", "state", "tags"],
        registry,
      );
      for (const cell of workers.values()) count.labels(...cell.labels).set(cell.count);
      const names = ["provider", "project", "tags", "reason"];
      const waiting = new Gauge("cicd_queue_jobs", "Jobs that wait for a worker", names, registry);
      const oldest = new Gauge("cicd_queue_oldest_seconds", "How long the oldest of them has waited", names, registry);
      for (const cell of jobs.values()) {
        waiting.labels(...cell.labels).set(cell.count);
        oldest.labels(...cell.labels).set(cell.oldest);
      }
      if (remaining === undefined) return;
      new Gauge("cicd_api_requests_remaining", "Requests that the API still allows", ["provider"], registry)
        .labels(provider)
        .set(remaining);
    },
  };
}

function joinTags(tags: readonly string[]): string {
  return tags.toSorted().join(",");
}

/** A function that keeps the first names it is given, cut to 128 characters, and gives one name for all others. */
function boundNames(): (name: string) => string {
  const seen = new Set<string>();
  return (name) => {
    const short = name.slice(0, 128).toWellFormed();
    if (!seen.has(short) && seen.size >= namesMax) return otherName;
    seen.add(short);
    return short;
  };
}

/** A setting that is one text. */
export function readText(settings: ExporterSettings, name: string, fallback?: string): string {
  const value = settings[name] ?? fallback;
  if (typeof value === "string" && value !== "") return value;
  throw new Error(`settings.${name} must be a text`);
}

/** A setting that is a list; one text is a list of one. */
export function readList(settings: ExporterSettings, name: string): readonly string[] {
  const value = settings[name] ?? [];
  return typeof value === "string" ? [value] : value;
}
