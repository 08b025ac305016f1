import { createMatcher } from "./create-matcher.ts";
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
