import { joinKey, type AnswerRun } from "./answer.ts";
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
  const refs: number[] = [];
  const begins: Millis[] = [];
  return {
    add(run) {
      const ref = hashRef(run);
      const begin = run.queuedAt ?? run.startedAt ?? run.firstSeenAt;
      if (ref !== null) {
        refs.push(ref);
        begins.push(begin);
      }
      return run.result === "cancellation" ? { ref, begin, end: run.finishedAt } : undefined;
    },
    findSuperseded(cancelled) {
      const byRef = new Map<number, Millis[]>();
      for (const { ref } of cancelled) if (ref !== null) byRef.set(ref, []);
      for (let i = 0; i < refs.length; i++) byRef.get(refs[i] ?? 0)?.push(begins[i] ?? 0);
      const isSuperseded = ({ ref, begin, end }: CancelledRun) =>
        ref !== null && (byRef.get(ref) ?? []).some((other) => other > begin && other <= (end ?? Infinity));
      return new Set(cancelled.filter(isSuperseded));
    },
    save: () => ({ refs, begins }),
    load(saved) {
      for (const ref of saved.refs) refs.push(ref);
      for (const begin of saved.begins) begins.push(begin);
    },
  };
}

function hashRef({ source, project, pipeline, ref }: AnswerRun): number | null {
  return ref === null ? null : hashText(joinKey(source, project, pipeline, ref));
}
