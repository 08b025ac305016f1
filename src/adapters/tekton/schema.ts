import { checker } from "../schema.ts";

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

/** https://tekton.dev/docs/pipelines/taskruns/#monitoring-steps */
export interface Step {
  readonly running?: Optional<{ readonly startedAt?: Optional<string> }>;
  readonly terminated?: Optional<{ readonly startedAt?: Optional<string> }>;
  /** Empty until its container has been created. */
  readonly imageID?: Optional<string>;
}

/** One try at a run: the current one is the status itself, earlier ones stand in `retriesStatus`. */
export interface Attempt {
  readonly conditions?: Optional<readonly Condition[]>;
  readonly startTime?: Optional<string>;
  readonly completionTime?: Optional<string>;
  readonly steps?: Optional<readonly Step[]>;
}

export interface Status extends Attempt {
  readonly retriesStatus?: Optional<readonly Attempt[]>;
  readonly skippedTasks?: Optional<readonly { readonly name: string; readonly reason?: Optional<string> }[]>;
  readonly pipelineSpec?: Optional<{ readonly finally?: Optional<readonly { readonly name?: Optional<string> }[]> }>;
  readonly childReferences?: Optional<readonly unknown[]>;
  /** Up to v0.44: the children by name, without their uids. */
  readonly taskRuns?: Optional<object>;
  readonly runs?: Optional<object>;
}

/** A name in the cluster, or a resolver with parameters: https://tekton.dev/docs/pipelines/resolution/ */
export interface Reference {
  readonly name?: Optional<string>;
  readonly resolver?: Optional<string>;
  readonly params?: Optional<readonly { readonly name: string; readonly value?: unknown }[]>;
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
  readonly ownerReferences?: Optional<
    readonly { readonly kind: string; readonly uid: string; readonly name?: Optional<string> }[]
  >;
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
  }>;
  readonly status?: Optional<Status>;
}

const text = { type: ["string", "null"] };
const texts = { type: ["object", "null"], additionalProperties: { type: "string" } };
const list = (items: object) => ({ type: ["array", "null"], items });
const some = (properties: object, required: readonly string[] = []) => ({
  type: ["object", "null"],
  properties,
  required,
});
/** A Kubernetes name is never longer, and what is read out of it is bounded by that. */
const name = { type: "string", minLength: 1, maxLength: 253 };

const attempt = {
  conditions: list({
    type: "object",
    required: ["type", "status"],
    properties: {
      type: { type: "string" },
      status: { type: "string" },
      reason: text,
      message: text,
      lastTransitionTime: text,
    },
  }),
  startTime: text,
  completionTime: text,
  steps: list(some({ running: some({ startedAt: text }), terminated: some({ startedAt: text }), imageID: text })),
};

const reference = some({
  name: text,
  resolver: text,
  params: list({ type: "object", required: ["name"], properties: { name: { type: "string" } } }),
});

const metadata = {
  type: "object",
  required: ["name", "namespace", "uid", "creationTimestamp"],
  properties: {
    name,
    namespace: name,
    uid: name,
    creationTimestamp: { type: "string" },
    generateName: text,
    labels: texts,
    annotations: texts,
    ownerReferences: list({
      type: "object",
      required: ["kind", "uid"],
      properties: { kind: { type: "string" }, uid: name, name: text },
    }),
  },
};

export const checkResource = checker<Resource>({
  type: "object",
  required: ["metadata"],
  properties: {
    metadata,
    spec: some({
      pipelineRef: reference,
      taskRef: reference,
      customRef: reference,
      ref: reference,
      statusMessage: text,
    }),
    status: some({
      ...attempt,
      retriesStatus: list({ type: "object", properties: attempt }),
      skippedTasks: list({ type: "object", required: ["name"], properties: { name, reason: text } }),
      pipelineSpec: some({ finally: list(some({ name: text })) }),
      childReferences: { type: ["array", "null"] },
      taskRuns: { type: ["object", "null"] },
      runs: { type: ["object", "null"] },
    }),
  },
});
