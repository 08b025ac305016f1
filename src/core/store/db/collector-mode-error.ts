/** Identifies the error also after it crossed from another thread, which keeps only its code and message. */
export const collectorModeCode = "COLLECTOR_MODE";

/**
 * A batch saves a pipeline, and it is not stored yet that the old collector's tables are in use. The transaction must be
 * rolled back, and may be retried once it is stored.
 */
export class CollectorModeError extends Error {
  readonly code = collectorModeCode;

  constructor() {
    super("the old collector's tables must be turned on before a pipeline is saved");
  }
}
