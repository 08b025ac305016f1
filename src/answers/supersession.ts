import { joinKey, type AnswerRun } from "./answer.ts";
import type { RunFate } from "./job-causes.ts";
import type { Millis } from "../core/time.ts";

/** Cancelled runs are kept until all runs are known, because the run that superseded one may be read after it. */
export interface Supersession {
  add(run: AnswerRun): void;
  /** `superseded`: a newer run of the same pipeline and ref had begun before this one was cancelled. */
  listCancelled(): readonly { readonly run: AnswerRun; readonly fate: RunFate }[];
}

export function createSupersession(): Supersession {
  const begins = new Map<string, Millis[]>();
  const cancelled: AnswerRun[] = [];

  function isSuperseded(run: AnswerRun): boolean {
    const [begin, end] = [findBegin(run), run.finishedAt ?? Infinity];
    return (begins.get(keyRef(run) ?? "") ?? []).some((other) => other > begin && other <= end);
  }

  return {
    add(run) {
      if (run.result === "cancellation") cancelled.push(run);
      const key = keyRef(run);
      if (key === undefined) return;
      const found = begins.get(key);
      if (found === undefined) begins.set(key, [findBegin(run)]);
      else found.push(findBegin(run));
    },
    listCancelled: () => cancelled.map((run) => ({ run, fate: isSuperseded(run) ? "superseded" : "cancelled" })),
  };
}

function keyRef({ source, project, pipeline, ref }: AnswerRun): string | undefined {
  return ref === null ? undefined : joinKey(source, project, pipeline, ref);
}

function findBegin({ queuedAt, startedAt, firstSeenAt }: AnswerRun): Millis {
  return queuedAt ?? startedAt ?? firstSeenAt;
}
