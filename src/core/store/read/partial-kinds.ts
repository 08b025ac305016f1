import { everything, type Mergeable } from "../../../answers/answer.ts";
import { createFailuresAnswer } from "../../../answers/failures.ts";
import { createFlakyAnswer } from "../../../answers/flaky.ts";
import { createPathJobsAnswer } from "../../../answers/path-jobs.ts";
import { createRedMainAnswer } from "../../../answers/red-main.ts";
import { createRunnersAnswer } from "../../../answers/runners.ts";
import { createWasteAnswer } from "../../../answers/waste.ts";

/** The answers that are stored in parts. What is asked for (prices, groups, a target) is no part of their states. */
export const partialKinds = {
  failures: () => createFailuresAnswer(everything),
  flaky: () => createFlakyAnswer(everything),
  pathJobs: () => createPathJobsAnswer(everything),
  redMain: () => createRedMainAnswer(everything),
  runners: () => createRunnersAnswer(everything, 0),
  waste: () => createWasteAnswer(everything, [], []),
} as const satisfies Readonly<Record<string, () => Mergeable<unknown>>>;

export type PartialKind = keyof typeof partialKinds;
export const partialNames = Object.keys(partialKinds) as PartialKind[];
