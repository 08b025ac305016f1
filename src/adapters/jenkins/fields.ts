import type { Millis } from "../../core/time.ts";

const earliestMoment = Date.UTC(1990, 0);

/** Reads a `timestamp` (epoch milliseconds). `undefined` for no time: Jenkins sends 0 for an unknown one. */
export function readTime(timestamp: number | null | undefined): Millis | undefined {
  return typeof timestamp === "number" && timestamp >= earliestMoment ? timestamp : undefined;
}

/** Reads the number of an item of Jenkins' queue; -1 is an unknown item. */
export function readQueueItem(queueId: number | null | undefined): number | null {
  return typeof queueId === "number" && queueId >= 0 ? queueId : null;
}

/** What `?multibranch=` of the endpoint's URL says about the jobs of a source. `undefined`: the path of each job has to show it. */
export type Multibranch = boolean | undefined;

export function readMultibranch(query: URLSearchParams): Multibranch {
  const given = query.get("multibranch")?.toLowerCase();
  return given === "true" ? true : given === "false" ? false : undefined;
}

/** Decodes percent-encoding. A text that is not validly encoded is returned as it is. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
