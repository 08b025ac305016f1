/** Tells the error also after it crossed from another thread, which takes the code and the words along. */
export const staleSeriesCode = "STALE_SERIES";

/**
 * A total was to be added to that is not there any more: its series was retired after this process had remembered its id.
 * The transaction must be rolled back, and may be tried again once nothing is remembered.
 */
export class StaleSeries extends Error {
  readonly code = staleSeriesCode;

  constructor() {
    super("a series that was remembered is gone");
  }
}
