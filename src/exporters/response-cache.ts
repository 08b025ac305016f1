import type { ExporterResponse } from "./runner.ts";

/** Answers that may be given again, by what was asked. */
export interface ResponseCache {
  get(key: string): ExporterResponse | undefined;
  keep(key: string, answer: ExporterResponse, millis: number): void;
}

/** Arguments may be anything, so that what is kept must have an end. Characters. */
const cacheMax = 64 * 1024 * 1024;

/** Of more than `max` characters the answer that was kept first is forgotten, and so is every one that is too old. */
export function createResponseCache(now: () => number, max = cacheMax): ResponseCache {
  const kept = new Map<string, { readonly until: number; readonly answer: ExporterResponse; readonly size: number }>();
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
      const size = measureResponse(answer);
      kept.set(key, { until: now() + millis, answer, size });
      total += size;
      for (const [known, { until }] of kept) if (total > max || until <= now()) forget(known);
    },
  };
}

function measureResponse({ body, result }: ExporterResponse): number {
  const { stdout = "", stderr = "", metrics = "" } = result ?? {};
  return body.length + stdout.length + stderr.length + metrics.length;
}
