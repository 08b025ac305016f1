import { joinKey, type AnswerRun } from "./answer.ts";
import { createHashFilter } from "./hash-filter.ts";
import { hashText } from "./hash-text.ts";
import type { Millis } from "../core/time.ts";

/** A cancelled run, as far as it takes to see whether a newer one superseded it. */
export interface CancelledRun {
  /** Hash of its source, project, pipeline and ref; `null`: without a ref no run supersedes it. */
  readonly ref: number | null;
  readonly begin: Millis;
  /** `null`: not reported. */
  readonly end: Millis | null;
}

/** When the runs of refs began: two lists, because there are many runs. */
export interface SavedBegins {
  readonly refs: readonly number[];
  readonly begins: readonly Millis[];
}

/** Which cancelled runs were superseded is known when all runs are: the newer one may be read later. */
export interface Supersession {
  /** Returns the run where it was cancelled. */
  add(run: AnswerRun): CancelledRun | undefined;
  /** Those of the cancelled runs that a newer run of the same pipeline and ref superseded: it began before they ended. */
  findSuperseded<R extends CancelledRun>(cancelled: readonly R[]): ReadonlySet<R>;
  save(): SavedBegins;
  load(saved: SavedBegins): void;
}

export function createSupersession(): Supersession {
  const own: { readonly refs: number[]; readonly begins: Millis[] } = { refs: [], begins: [] };
  /** What was loaded is not copied: there are hundreds of thousands of runs. */
  const all: SavedBegins[] = [own];
  return {
    add(run) {
      const ref = hashRef(run);
      const begin = run.queuedAt ?? run.startedAt ?? run.firstSeenAt;
      if (ref !== null) {
        own.refs.push(ref);
        own.begins.push(begin);
      }
      return run.result === "cancellation" ? { ref, begin, end: run.finishedAt } : undefined;
    },
    findSuperseded(cancelled) {
      const byRef = new Map<number, Millis[]>();
      for (const { ref } of cancelled) if (ref !== null) byRef.set(ref, []);
      const mayBeOne = createHashFilter(byRef.keys());
      for (const { refs, begins } of all)
        refs.forEach((ref, i) => mayBeOne(ref) && byRef.get(ref)?.push(begins[i] ?? 0));
      const isSuperseded = ({ ref, begin, end }: CancelledRun) =>
        ref !== null && (byRef.get(ref) ?? []).some((other) => other > begin && other <= (end ?? Infinity));
      return new Set(cancelled.filter(isSuperseded));
    },
    save: () => ({ refs: all.flatMap(({ refs }) => refs), begins: all.flatMap(({ begins }) => begins) }),
    load(saved) {
      all.push(saved);
    },
  };
}

function hashRef({ source, project, pipeline, ref }: AnswerRun): number | null {
  return ref === null ? null : hashText(joinKey(source, project, pipeline, ref));
}
