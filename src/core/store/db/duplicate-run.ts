export const duplicateRunCode = "DUPLICATE_RUN";

/**
 * Another transaction stored a run that this one found to be new. The transaction must be rolled back, and may be tried again:
 * it finds the run then.
 */
export class DuplicateRun extends Error {
  readonly code = duplicateRunCode;

  constructor() {
    super("another transaction has stored a run meanwhile");
  }
}
