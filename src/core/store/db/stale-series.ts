/** Identifies the error also after it crossed from another thread, which keeps only its code and message. */
export const staleSeriesCode = "STALE_SERIES";

/**
 * The total to add to no longer exists: its series was retired after this process had cached its id. The transaction must
 * be rolled back, and may be retried with an empty cache.
 */
export class StaleSeries extends Error {
  readonly code = staleSeriesCode;

  constructor() {
    super("a cached series no longer exists");
  }
}
