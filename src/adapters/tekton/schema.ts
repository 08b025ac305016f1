import { createChecker, nullable, objectSchema } from "../schema.ts";

type Optional<T> = T | null | undefined;
type Texts = Readonly<Record<string, string>>;

/** https://tekton.dev/docs/pipelines/pipelineruns/#monitoring-execution-status */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: Optional<string>;
  readonly message?: Optional<string>;
  readonly lastTransitionTime?: Optional<string>;
}

interface Ran {
  readonly startedAt?: Optional<string>;
}

interface Terminated extends Ran {
  readonly exitCode?: unknown;
  readonly finishedAt?: unknown;
}

/** https://tekton.dev/docs/pipelines/taskruns/#monitoring-steps */
export interface Step {
  readonly name?: unknown;
  readonly running?: Optional<Ran>;
  readonly terminated?: Optional<Terminated>;
  /** `Skipped` after a step that failed, `Continued` after a failure that does not count; older releases do not send it. */
  readonly terminationReason?: unknown;
  /** Empty until its container has been created. */
  readonly imageID?: Optional<string>;
}

/** One try at a run: the current one is the status itself, earlier ones stand in `retriesStatus`. */
export interface Attempt {
  readonly conditions?: Optional<readonly Condition[]>;
  readonly startTime?: Optional<string>;
  readonly completionTime?: Optional<string>;
  readonly steps?: Optional<readonly Optional<Step>[]>;
}

interface FinallyTask {
  readonly name?: Optional<string>;
}

interface PipelineSpec {
  readonly tasks?: unknown;
  readonly finally?: Optional<readonly Optional<FinallyTask>[]>;
}

interface SkippedTask {
  readonly name: string;
  readonly reason?: Optional<string>;
}

export interface Status extends Attempt {
  readonly retriesStatus?: Optional<readonly Attempt[]>;
  readonly skippedTasks?: Optional<readonly SkippedTask[]>;
  readonly pipelineSpec?: Optional<PipelineSpec>;
  readonly childReferences?: Optional<readonly unknown[]>;
  /** Up to v0.44: the children by name, without their uids. */
  readonly taskRuns?: Optional<object>;
  readonly runs?: Optional<object>;
}

interface Parameter {
  readonly name: string;
  readonly value?: unknown;
}

/** A name in the cluster, or a resolver with parameters: https://tekton.dev/docs/pipelines/resolution/ */
export interface Reference {
  readonly name?: Optional<string>;
  readonly resolver?: Optional<string>;
  readonly params?: Optional<readonly Parameter[]>;
}

interface OwnerReference {
  readonly kind: string;
  readonly uid: string;
  readonly name?: Optional<string>;
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ */
export interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly creationTimestamp: string;
  readonly generateName?: Optional<string>;
  readonly labels?: Optional<Texts>;
  readonly annotations?: Optional<Texts>;
  readonly ownerReferences?: Optional<readonly OwnerReference[]>;
}

/** What is read of a PipelineRun, TaskRun, CustomRun or Run; the v1 and v1beta1 shapes agree on all of it. */
export interface Resource {
  readonly metadata: Metadata;
  readonly spec?: Optional<{
    readonly pipelineRef?: Optional<Reference>;
    readonly taskRef?: Optional<Reference>;
    readonly customRef?: Optional<Reference>;
    /** The alpha Run's name for `customRef`. */
    readonly ref?: Optional<Reference>;
    /** Why it was stopped, where the controller says so. */
    readonly statusMessage?: Optional<string>;
    /** Of the pod that a TaskRun makes. */
    readonly podTemplate?: unknown;
    readonly timeout?: unknown;
    readonly timeouts?: unknown;
  }>;
  readonly status?: Optional<Status>;
}

const text = { type: "string" } as const;
const maybeText = { type: ["string", "null"] } as const;
const maybeTexts = { type: ["object", "null"], additionalProperties: text } as const;
/** A Kubernetes name is never longer, and what is read out of it is bounded by that. */
const name = { type: "string", minLength: 1, maxLength: 253 } as const;

function maybeList<S>(items: S) {
  return { type: ["array", "null"], items } as const;
}

const condition = objectSchema<Condition>(
  { type: text, status: text },
  { reason: maybeText, message: maybeText, lastTransitionTime: maybeText },
);

const ran = nullable(objectSchema<Ran>({}, { startedAt: maybeText }));
const terminated = nullable(objectSchema<Terminated>({}, { startedAt: maybeText, finishedAt: {}, exitCode: {} }));
const step = objectSchema<Step>({}, { name: {}, running: ran, terminated, terminationReason: {}, imageID: maybeText });

const attempt = {
  conditions: maybeList(condition),
  startTime: maybeText,
  completionTime: maybeText,
  steps: maybeList(nullable(step)),
};

const reference = nullable(
  objectSchema<Reference>(
    {},
    {
      name: maybeText,
      resolver: maybeText,
      params: maybeList(objectSchema<Parameter>({ name: text }, { value: {} })),
    },
  ),
);

const metadata = objectSchema<Metadata>(
  { name, namespace: name, uid: name, creationTimestamp: text },
  {
    generateName: maybeText,
    labels: maybeTexts,
    annotations: maybeTexts,
    ownerReferences: maybeList(objectSchema<OwnerReference>({ kind: text, uid: name }, { name: maybeText })),
  },
);

const finallyTasks = maybeList(nullable(objectSchema<FinallyTask>({}, { name: maybeText })));

export const checkResource = createChecker<Resource>(
  objectSchema(
    { metadata },
    {
      spec: nullable(
        objectSchema(
          {},
          {
            pipelineRef: reference,
            taskRef: reference,
            customRef: reference,
            ref: reference,
            statusMessage: maybeText,
            podTemplate: {},
            timeout: {},
            timeouts: {},
          },
        ),
      ),
      status: nullable(
        objectSchema(
          {},
          {
            ...attempt,
            retriesStatus: maybeList(objectSchema<Attempt>({}, attempt)),
            skippedTasks: maybeList(objectSchema<SkippedTask>({ name }, { reason: maybeText })),
            pipelineSpec: nullable(objectSchema<PipelineSpec>({}, { tasks: {}, finally: finallyTasks })),
            childReferences: maybeList({}),
            taskRuns: nullable(objectSchema({}, {})),
            runs: nullable(objectSchema({}, {})),
          },
        ),
      ),
    },
  ),
);
