import type { JobDetail, JobStep } from "../core/model.ts";
import type { Millis } from "../core/time.ts";
import { withoutEmails } from "./redact.ts";

/** A step of a job as any provider reports it. */
export interface Step {
  readonly name: string;
  readonly startedAt: Millis | undefined;
  readonly finishedAt: Millis | undefined;
  readonly failed: boolean;
}

/** Steps whose times are kept of a job: fewer where nothing has to be explained, because nearly all jobs pass. */
const longestMax = { passed: 2, other: 5 };
/** Shorter steps than this part of the longest one explain nothing, and most jobs have several of them. */
const leastShare = 0.05;
/** Characters of a name that are looked at; core keeps fewer. */
const nameMax = 100;

/**
 * What is kept of the steps of a finished job: the first one that failed, and the times of the longest ones (two of a job that
 * passed, else five), without those that took less than a twentieth of the longest. Of steps that took as long, the earlier one
 * comes first.
 */
export function summarizeSteps(
  steps: readonly Step[],
  hasPassed: boolean,
): Partial<Pick<JobDetail, "failedStep" | "steps">> {
  const failed = steps.find((step) => step.failed);
  const sorted = steps
    .map((step): JobStep => [step.name, computeSeconds(step)])
    .filter(([, seconds]) => seconds > 0)
    .toSorted(([, a], [, b]) => b - a);
  const least = leastShare * (sorted[0]?.[1] ?? 0);
  const longest = sorted
    .slice(0, hasPassed ? longestMax.passed : longestMax.other)
    .filter(([, seconds]) => seconds >= least)
    .map(([name, seconds]): JobStep => [cleanName(name), seconds]);
  return {
    ...(failed === undefined ? {} : { failedStep: cleanName(failed.name) }),
    ...(longest.length === 0 ? {} : { steps: longest }),
  };
}

function computeSeconds({ startedAt, finishedAt }: Step): number {
  return startedAt === undefined || finishedAt === undefined ? 0 : Math.max(0, finishedAt - startedAt) / 1000;
}

/** A step without a name is called after its command, and that may hold an address. */
function cleanName(name: string): string {
  return withoutEmails(name.slice(0, 2 * nameMax)).slice(0, nameMax);
}
