import type { ExporterAnswer } from "./runner.ts";

/** Answers that may be given again, by what was asked. */
export interface KeptAnswers {
  get(key: string): ExporterAnswer | undefined;
  keep(key: string, answer: ExporterAnswer, millis: number): void;
}

/** Arguments may be anything, so that what is kept must have an end. Characters. */
const keptMax = 64 * 1024 * 1024;

/** Of more than `max` characters the answer that was kept first is forgotten, and so is every one that is too old. */
export function createKeptAnswers(now: () => number, max = keptMax): KeptAnswers {
  const kept = new Map<string, { readonly until: number; readonly answer: ExporterAnswer; readonly size: number }>();
  let total = 0;
  const forget = (key: string) => {
    total -= kept.get(key)?.size ?? 0;
    kept.delete(key);
  };
  return {
    get(key) {
      const found = kept.get(key);
      return found !== undefined && now() < found.until ? found.answer : undefined;
    },
    keep(key, answer, millis) {
      forget(key);
      const size = sizeAnswer(answer);
      kept.set(key, { until: now() + millis, answer, size });
      total += size;
      for (const [known, { until }] of kept) if (total > max || until <= now()) forget(known);
    },
  };
}

function sizeAnswer({ body, result }: ExporterAnswer): number {
  const { stdout = "", stderr = "", metrics = "" } = result ?? {};
  return body.length + stdout.length + stderr.length + metrics.length;
}
