/** Tells the error also after it crossed from another thread, which takes the code and the words along. */
export const collectorModeCode = "COLLECTOR_MODE";

/**
 * A batch saves a pipeline, and the database does not say yet that the old collector's tables are in use. The transaction
 * must be rolled back, and may be tried again once the database says so.
 */
export class CollectorModeError extends Error {
  readonly code = collectorModeCode;

  constructor() {
    super("the old collector's tables must be turned on before a pipeline is saved");
  }
}
