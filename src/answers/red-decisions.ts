import type { Decision } from "./red-periods.ts";
import type { Millis } from "../core/time.ts";

/** Decisions as a list of each property. */
export interface SavedDecisions {
  readonly at: readonly Millis[];
  readonly order: readonly number[];
  readonly runId: readonly number[];
  readonly nativeId: readonly string[];
  readonly commit: readonly (number | null)[];
  readonly isRed: readonly boolean[];
}

export function saveDecisions(decisions: readonly Decision[]): SavedDecisions {
  return {
    at: decisions.map(({ at }) => at),
    order: decisions.map(({ order }) => order),
    runId: decisions.map(({ runId }) => runId),
    nativeId: decisions.map(({ nativeId }) => nativeId),
    commit: decisions.map(({ commit }) => commit),
    isRed: decisions.map(({ isRed }) => isRed),
  };
}

export function loadDecisions(decisions: Decision[], saved: SavedDecisions): void {
  saved.at.forEach((at, i) => {
    decisions.push({
      at,
      order: saved.order[i] ?? 0,
      runId: saved.runId[i] ?? 0,
      nativeId: saved.nativeId[i] ?? "",
      commit: saved.commit[i] ?? null,
      isRed: saved.isRed[i] ?? false,
    });
  });
}
