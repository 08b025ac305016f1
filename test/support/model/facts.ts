import type { JobFacts, RunFacts } from "../../../src/core/model.ts";
import { at } from "./observations.ts";

/** Every fact, stated. A fact that is added to the model is missing here, and the compiler says so. */
export const runFacts: RunFacts = {
  project: "shop/cart",
  pipeline: "checkout",
  title: "Nightly: #42 \u{1F680}",
  number: "0042",
  ref: "release/1.0",
  refKind: "tag",
  defaultBranch: false,
  sha: "a9b8c7d6",
  trigger: "push",
  url: "https://ci.example.com/runs/1?a=b&c='d'",
  parent: "12345678901234567890",
  restartOf: "null",
  change: "42",
  committedAt: at(-3600),
  startedBy: "person",
  restartedBy: "bot",
  parentJob: "9007199254740991",
  graph: '{"deploy":["check"]}',
  nativeStatus: "SUCCESSFUL",
  state: "finished",
  result: "success",
  finishedAt: at(70),
  queueSeconds: 0.1 + 0.2,
  durationSeconds: 0,
  detail: '{"tests":{"failed":0},"name":"\u{1F600} \\ \\""}',
};

const jobFacts: JobFacts = {
  name: "check",
  stage: "test",
  runner: "runner-1",
  runnerClass: "docker,linux",
  environment: "production/eu",
  gate: "manual",
  gatedAt: at(5),
  gateOpenedAt: at(9),
  failedStep: "npm test",
  steps: [
    ["npm test", 12.5],
    ["Set up job", 0],
  ],
  exitCode: 137,
  timeoutSeconds: 3598.2,
  tries: [
    [at(1), at(2), "OOMKilled"],
    [null, null, null],
  ],
  retriesBefore: 0,
  startedBy: "bot",
  environmentTier: "production",
  environmentAction: "stop",
  url: "https://ci.example.com/jobs/1",
  allowFailure: false,
  failureReason: "script_failure",
  retries: 0,
  attempt: 2,
  nativeStatus: "failed",
  state: "finished",
  result: "failure",
  finishedAt: at(60),
  queueSeconds: 1e-7,
  durationSeconds: 3600.5,
};

const never: ReadonlySet<string> = new Set([
  "project",
  "pipeline",
  "title",
  "nativeStatus",
  "state",
  "name",
  "retries",
  "committedAt",
  "startedBy",
  "restartedBy",
  "parentJob",
  "graph",
  "environment",
  "gate",
  "gatedAt",
  "gateOpenedAt",
  "failedStep",
  "steps",
  "exitCode",
  "timeoutSeconds",
  "tries",
  "retriesBefore",
  "environmentTier",
  "environmentAction",
]);

function withoutField<T extends object>(facts: T, field: keyof T): Partial<T> {
  return Object.fromEntries(Object.entries(facts).filter(([name]) => name !== field)) as Partial<T>;
}

/** Each fact left out, each alone, and each `null` where it may be. */
function variants<T extends object>(facts: T): Partial<T>[] {
  const fields = Object.keys(facts) as (keyof T & string)[];
  return [
    facts,
    {},
    ...fields.map((field) => withoutField(facts, field)),
    ...fields.map((field) => ({ [field]: facts[field] }) as Partial<T>),
    ...fields.filter((field) => !never.has(field)).map((field) => ({ ...facts, [field]: null })),
  ];
}

export const runVariants = variants(runFacts);
export const jobVariants = variants(jobFacts);
