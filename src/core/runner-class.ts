import { cleanText } from "./clean-text.ts";
import { createMatcher } from "./create-matcher.ts";

/** A runner is of `name` when one of its labels, or all of them together, is listed. `*` matches any text. */
export interface RunnerRule {
  readonly name: string;
  readonly labels: readonly string[];
}

/** Classes that are distinguished; runners of further ones are of `otherClass`. */
export const runnerClassesMax = 200;
export const otherClass = "__other__";

/** Characters of a class. */
const classMax = 100;
const decidedMax = 2000;

/**
 * Parts of labels that differ from run to run or from pod to pod: they would make a class for each. A UUID; a hexadecimal id of
 * at least 8 digits, one of them 0 to 9; a number of at least 6 digits; and what Kubernetes appends to the names of pods.
 */
const generatedParts: readonly RegExp[] = [
  /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi,
  /(?<![0-9a-z])(?=[a-f]{0,40}[0-9])[0-9a-f]{8,64}(?![0-9a-z])/gi,
  /[0-9]{6,}/g,
  /(?<=-)(?=[a-z]{0,4}[0-9])[bcdfghjklmnpqrstvwxz2456789]{5}(?=,|$)/g,
];

/**
 * Creates a function that names the class of a runner by its labels, sorted and joined by commas: the first rule that fits, or
 * else the labels themselves without what is generated.
 */
export function createRunnerClassifier(rules: readonly RunnerRule[]): (labels: string) => string {
  const compiled = rules.map(({ name, labels }) => ({ name, matches: createMatcher(labels) }));
  const decide = (labels: string) => {
    const parts = [labels, ...labels.split(",")];
    const rule = compiled.find(({ matches }) => parts.some(matches));
    return rule?.name ?? cleanText(withoutGenerated(labels), classMax);
  };
  const decided = new Map<string, string>();
  return (labels) => {
    const cached = decided.get(labels);
    if (cached !== undefined) return cached;
    const name = decide(labels);
    // Bounded, because senders choose the labels.
    if (decided.size >= decidedMax) decided.clear();
    decided.set(labels, name);
    return name;
  };
}

function withoutGenerated(labels: string): string {
  return generatedParts.reduce((text, generated) => text.replace(generated, "*"), labels);
}
