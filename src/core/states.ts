/** OpenTelemetry's `cicd.pipeline.result`: https://opentelemetry.io/docs/specs/semconv/registry/attributes/cicd/ */
export const runResults = ["success", "failure", "error", "timeout", "cancellation", "skip"] as const;
export type RunResult = (typeof runResults)[number];

/**
 * OpenTelemetry's `cicd.pipeline.run.state`, with two more: `finished` has a result; `blocked` waits for a person, or for a
 * time that the pipeline itself set: more runners would not help it, so it is not `pending`.
 */
export const states = ["pending", "blocked", "executing", "finished"] as const;
export type State = (typeof states)[number];

/** The shown state of a run: its state, or `stale` when it has not finished and no delivery named it for days. Never stored. */
export const shownStates = ["pending", "blocked", "executing", "stale", "finished"] as const satisfies readonly (
  | State
  | "stale"
)[];
export type ShownState = (typeof shownStates)[number];
