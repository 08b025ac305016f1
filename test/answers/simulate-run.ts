import type { PathJob, PathRun } from "../../src/answers/critical-path.ts";

export interface SimulatedRun extends PathRun {
  readonly queuedAt: number;
  readonly finishedAt: number;
  /** The ids of the jobs of its true path. */
  readonly path: readonly string[];
  /** Which job needs which, by name. */
  readonly needs: ReadonlyMap<string, readonly string[]>;
}

interface Task {
  readonly id: string;
  readonly needs: readonly Task[];
  readonly millis: number;
  readyAt: number;
  startedAt: number;
  finishedAt: number;
}

/**
 * A run of 3 to 15 jobs that need each other at random, on 1 to 50 runners, first come, first served. A job is ready up to `lagMax`
 * milliseconds after the last job that it needs ended. Every time is cut to whole seconds, as providers send it.
 */
export function simulateRun(random: () => number, lagMax: number): SimulatedRun {
  const pick = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  const begin = 1_700_000_000_000 + pick(0, 999);
  const tasks: Task[] = [];
  for (let i = 0, count = pick(3, 15); i < count; i++) {
    const needs = tasks.filter(() => random() < 1.5 / Math.max(1, i));
    tasks.push({ id: `${i}`, needs, millis: pick(1000, 600_000), readyAt: 0, startedAt: 0, finishedAt: 0 });
  }
  schedule(tasks, pick(1, 50), begin, () => random() * lagMax);
  const last = tasks.toSorted((a, b) => a.finishedAt - b.finishedAt).at(-1);
  const jobs = tasks.map(toJob);
  return {
    queuedAt: cut(begin),
    finishedAt: Math.max(...jobs.map(({ finishedAt }) => finishedAt)),
    jobs,
    graph: undefined,
    path: last === undefined ? [] : listPath(last),
    needs: new Map(tasks.map(({ id, needs }) => [`job-${id}`, needs.map((need) => `job-${need.id}`)])),
  };
}

/** Gives each task its times: the one that is ready first takes the runner that is free first. */
function schedule(tasks: readonly Task[], runners: number, begin: number, drawLag: () => number): void {
  const freeAt = Array.from({ length: runners }, () => begin);
  const waiting = new Set(tasks);
  const done = new Set<Task>();
  while (waiting.size > 0) {
    const ready = [...waiting].filter(({ needs }) => needs.every((need) => done.has(need)));
    for (const task of ready) {
      task.readyAt ||= Math.max(begin, ...task.needs.map(({ finishedAt }) => finishedAt)) + drawLag();
    }
    const [next] = ready.toSorted((a, b) => a.readyAt - b.readyAt);
    if (next === undefined) throw new Error("jobs need each other in a circle");
    const free = freeAt.indexOf(Math.min(...freeAt));
    next.startedAt = Math.max(next.readyAt, freeAt[free] ?? 0);
    next.finishedAt = next.startedAt + next.millis;
    freeAt[free] = next.finishedAt;
    waiting.delete(next);
    done.add(next);
  }
}

function listPath(task: Task): string[] {
  const last = task.needs.toSorted((a, b) => a.finishedAt - b.finishedAt).at(-1);
  return last === undefined ? [task.id] : [...listPath(last), task.id];
}

function cut(millis: number): number {
  return Math.floor(millis / 1000) * 1000;
}

function toJob({ id, readyAt, startedAt, finishedAt }: Task): PathJob {
  return {
    id,
    name: `job-${id}`,
    unblockedAt: cut(readyAt),
    runnableAt: cut(readyAt),
    startedAt: cut(startedAt),
    finishedAt: cut(finishedAt),
  };
}
