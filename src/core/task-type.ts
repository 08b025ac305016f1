import type { TaskType } from "./model.ts";

/** A job is of `type` when its stage or its name is listed and its name is not excepted. `*` matches any text. */
export interface TaskRule {
  readonly type: TaskType;
  readonly stages?: readonly string[] | undefined;
  readonly jobs?: readonly string[] | undefined;
  readonly except?: readonly string[] | undefined;
}

export type ClassifyTask = (job: { name?: string | undefined; stage?: string | null | undefined }) => TaskType | null;

/** The job types that the old collector's client measured, plus `deploy`. */
export const defaultTaskRules: readonly TaskRule[] = [
  { type: "build", stages: ["build"], jobs: ["build-e2e"] },
  { type: "test", stages: ["test"], except: ["coverage", "lint", "unit"] },
  { type: "deploy", stages: ["deploy"] },
];

const decidedMax = 10_000;

/** The first rule that fits decides; a job that fits none has no task type. */
export function createTaskClassifier(rules: readonly TaskRule[]): ClassifyTask {
  const compiled = rules.map((rule) => ({
    type: rule.type,
    stage: createMatcher(rule.stages),
    name: createMatcher(rule.jobs),
    except: createMatcher(rule.except),
  }));
  const decide = (stage: string, name: string) =>
    compiled.find((rule) => (rule.stage(stage) || rule.name(name)) && !rule.except(name))?.type ?? null;
  // A cache by stage and name: the same few jobs repeat all day. It is bounded, because senders choose the names.
  const decided = new Map<string, Map<string, TaskType | null>>();
  let count = 0;
  return ({ name = "", stage }) => {
    const inStage = decided.get(stage ?? "");
    const cached = inStage?.get(name);
    if (cached !== undefined) return cached;
    const type = decide(stage ?? "", name);
    if (count < decidedMax) {
      count++;
      if (inStage === undefined) decided.set(stage ?? "", new Map([[name, type]]));
      else inStage.set(name, type);
    }
    return type;
  };
}

/** Matches whole words without regular expressions, so that a rule can never be made to backtrack. */
function createMatcher(patterns: readonly string[] = []): (text: string) => boolean {
  const exact = new Set(patterns.filter((p) => !p.includes("*")));
  const wild = patterns.filter((p) => p.includes("*")).map((p) => p.split("*"));
  return (text) => exact.has(text) || wild.some((parts) => matchesParts(text, parts));
}

function matchesParts(text: string, parts: readonly string[]): boolean {
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  if (!text.startsWith(first) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.endsWith(last) && text.length - last.length >= at;
}
