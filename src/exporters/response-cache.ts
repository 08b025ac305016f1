import type { ProcessResult } from "./run-process.ts";

/** The response to one request. */
export interface ExporterResponse {
  readonly status: 200 | 500 | 502 | 503 | 504;
  /** Metrics with 200; otherwise what went wrong. */
  readonly body: string;
  /** How the program ended; `undefined` where it never began. */
  readonly result: ProcessResult | undefined;
}

/** Responses by exporter and arguments. */
export interface ResponseCache {
  get(key: string): ExporterResponse | undefined;
  set(key: string, response: ExporterResponse, millis: number): void;
}

/** Arguments may be anything, so the cache is bounded. Characters. */
const cacheMax = 64 * 1024 * 1024;

/** Over `max` characters the oldest response is removed, and so is every one that has expired. */
export function createResponseCache(now: () => number, max = cacheMax): ResponseCache {
  const entries = new Map<
    string,
    { readonly until: number; readonly response: ExporterResponse; readonly size: number }
  >();
  let total = 0;
  const remove = (key: string) => {
    total -= entries.get(key)?.size ?? 0;
    entries.delete(key);
  };
  return {
    get(key) {
      const found = entries.get(key);
      return found !== undefined && now() < found.until ? found.response : undefined;
    },
    set(key, response, millis) {
      remove(key);
      const size = measureResponse(response);
      entries.set(key, { until: now() + millis, response, size });
      total += size;
      for (const [entryKey, { until }] of entries) if (total > max || until <= now()) remove(entryKey);
    },
  };
}

function measureResponse({ body, result }: ExporterResponse): number {
  const { stdout = "", stderr = "", metrics = "" } = result ?? {};
  return body.length + stdout.length + stderr.length + metrics.length;
}
