import { compareTexts, type Span } from "./answer.ts";
import type { Millis } from "../core/time.ts";

/** An attempt of a run that passed or failed. */
export interface Decision {
  readonly at: Millis;
  /** Its place among the attempts of its run. */
  readonly order: number;
  readonly runId: number;
  readonly nativeId: string;
  /** Hash of the commit. */
  readonly commit: number | null;
  readonly isRed: boolean;
}

/** From a failure that follows a success until the next success. */
export interface RedPeriod {
  /** When it began, even if that was before the span. */
  readonly since: Millis;
  /** `null`: it has not ended before the end of the span. */
  readonly until: Millis | null;
  /** Its seconds within the span. */
  readonly seconds: number;
  /** Those of them that follow a failure whose run or commit passed later. */
  readonly flakySeconds: number;
  readonly firstBadRunId: number;
  readonly firstGoodRunId: number | null;
}

interface RedPeriods {
  /** Those that reach into the span, in the order of time. */
  readonly periods: readonly RedPeriod[];
  /** Breaks and recoveries within the span. */
  readonly breaks: number;
  readonly recoveries: number;
}

/** A red period that is being read, in milliseconds. */
interface Open {
  readonly first: Decision;
  millis: number;
  flakyMillis: number;
}

/**
 * The red periods of one branch. The first decision that is known is no change: a red one begins a period, and does not count
 * as a break. Each part of a red period, from one red decision to the next decision, belongs to that red decision.
 */
export function listRedPeriods(decisions: readonly Decision[], span: Span): RedPeriods {
  const sorted = decisions.toSorted(compareDecisions);
  const isFlaky = createFlakyCheck(sorted);
  const inSpan = ({ at }: Decision) => at >= span.since && at < span.until;
  const periods: RedPeriod[] = [];
  let [breaks, recoveries] = [0, 0];
  let before: Decision | undefined;
  let open: Open | undefined;

  for (const decision of sorted.filter(({ at }) => at < span.until)) {
    if (open !== undefined && before !== undefined) addPart(open, before, decision.at);
    if (decision.isRed && open === undefined) {
      if (before !== undefined && inSpan(decision)) breaks++;
      open = { first: decision, millis: 0, flakyMillis: 0 };
    } else if (!decision.isRed && open !== undefined) {
      if (inSpan(decision)) {
        recoveries++;
        periods.push(toPeriod(open, decision));
      }
      open = undefined;
    }
    before = decision;
  }
  if (open !== undefined && before !== undefined) {
    addPart(open, before, span.until);
    periods.push(toPeriod(open, undefined));
  }
  return { periods, breaks, recoveries };

  function addPart(period: Open, red: Decision, end: Millis): void {
    const millis = Math.max(0, Math.min(end, span.until) - Math.max(red.at, span.since));
    period.millis += millis;
    if (isFlaky(red)) period.flakyMillis += millis;
  }
}

function toPeriod({ first, millis, flakyMillis }: Open, good: Decision | undefined): RedPeriod {
  return {
    since: first.at,
    until: good?.at ?? null,
    seconds: millis / 1000,
    flakySeconds: flakyMillis / 1000,
    firstBadRunId: first.runId,
    firstGoodRunId: good?.runId ?? null,
  };
}

/** Whether the run of a red decision, or another one of its commit, passed later. Most runs pass, so only what was red is looked up. */
function createFlakyCheck(sorted: readonly Decision[]): (red: Decision) => boolean {
  const ofRuns = new Map<number, Decision | undefined>();
  const ofCommits = new Map<number | null, Decision | undefined>();
  for (const { isRed, runId, commit } of sorted) {
    if (!isRed) continue;
    ofRuns.set(runId, undefined);
    if (commit !== null) ofCommits.set(commit, undefined);
  }
  for (const decision of sorted) {
    if (decision.isRed) continue;
    if (ofRuns.has(decision.runId)) ofRuns.set(decision.runId, decision);
    if (ofCommits.has(decision.commit)) ofCommits.set(decision.commit, decision);
  }
  const isLater = (green: Decision | undefined, red: Decision) =>
    green !== undefined && compareDecisions(green, red) > 0;
  return (red) => isLater(ofRuns.get(red.runId), red) || isLater(ofCommits.get(red.commit), red);
}

/** In the order of time; what ended at the same moment in an order that does not depend on its arrival. */
function compareDecisions(a: Decision, b: Decision): number {
  return a.at - b.at || compareTexts(a.nativeId, b.nativeId) || a.order - b.order;
}
