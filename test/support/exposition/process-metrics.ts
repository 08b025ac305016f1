import { createProcessMetrics, type ProcessMetrics } from "../../../src/metrics/process.ts";

/** The metrics of a server without traffic, with other options where a test wants them. */
export function idleProcessMetrics(options: Partial<Parameters<typeof createProcessMetrics>[0]> = {}): ProcessMetrics {
  return createProcessMetrics({
    sources: ["gitlab"],
    version: "1.2.3",
    seriesMax: 10_000,
    queueLength: () => 0,
    bodyBytes: () => 0,
    ...options,
  });
}
