import type { PipelinePlan } from "./story.ts";
import type { Millis } from "../core/time.ts";

export const hourMillis = 3_600_000;

/** Relative number of runs that begin in each hour (UTC): few at night and at noon, most in the working hours. */
const activity = [1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 18, 15, 9, 14, 18, 17, 14, 10, 7, 5, 4, 3, 2, 1] as const;
const busiest = Math.max(...activity);

/** How busy people and runners are: next to 0 at night, 1 in the busiest hours. */
export function getActivity(at: Millis): number {
  return (activity[toUtcHour(at)] ?? 1) / busiest;
}

/** Whether a run of this pipeline that begins at this time on the default branch must fail. */
export function isBroken({ broken }: PipelinePlan, at: Millis): boolean {
  return broken !== undefined && toUtcHour(at) >= broken.from && toUtcHour(at) < broken.to;
}

function toUtcHour(at: Millis): number {
  return new Date(at).getUTCHours();
}

/** The last full hour. */
export function floorToHour(at: Millis): Millis {
  return Math.floor(at / hourMillis) * hourMillis;
}
