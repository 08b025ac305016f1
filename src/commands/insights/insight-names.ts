/** The insights of the read API that list items. */
export const insightNames = [
  "flaky",
  "red-main",
  "waste",
  "failures",
  "time-to-pass",
  "time-to-pass/weeks",
  "critical-path",
  "changes",
  "runners",
] as const;
