import { hashToHex, hashToUuid } from "./random.ts";
import type { DemoDelivery, Job, PipelinePlan, Run } from "./story.ts";
import {
  createCondition,
  describeEnd,
  createRetriesStatus,
  createSteps,
  formatTime,
  type Condition,
} from "./tekton-status.ts";
import type { World } from "./world.ts";
import type { Millis } from "../core/time.ts";

/** One run and where its events come from. */
interface RunContext {
  readonly run: Run;
  readonly world: World;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/**
 * CloudEvents of a PipelineRun and its TaskRuns, as the events controller sends them. Tekton repeats a run only as a
 * new one, which the dashboard marks. https://tekton.dev/docs/pipelines/events/
 */
export function createTektonDeliveries(run: Run, world: World): DemoDelivery[] {
  const context = createRunContext(run, world);
  const [attempt] = run.attempts;
  const { jobs, startedAt, endedAt, readyAt } = attempt;
  const worked = jobs.filter((job) => job.startedAt !== null || job.outcome === "cancellation");
  // Jobs wait for their pods within the run, which itself starts at once.
  const pickedUp = startedAt === null ? undefined : readyAt + 1000;
  return [
    pipelineRun(context, "queued", readyAt, undefined, {}),
    ...(pickedUp === undefined
      ? []
      : [
          pipelineRun(context, "running", pickedUp, createCondition("Unknown", "Running", pickedUp), {
            startTime: formatTime(pickedUp),
          }),
        ]),
    pipelineRun(context, ...describeEnd(attempt), {
      ...(pickedUp === undefined ? {} : { startTime: formatTime(pickedUp) }),
      completionTime: formatTime(endedAt),
      pipelineSpec: createPipelineSpec(run.plan),
      childReferences: worked.map(({ plan }) => createChild(context, plan.name)),
      skippedTasks: jobs
        .filter(({ outcome }) => outcome === "skip")
        .map(({ plan }) => ({ name: plan.name, reason: "PipelineRun was stopping" })),
    }),
    ...worked.flatMap((job) => taskRuns(context, job)),
  ];
}

/** Each task waits for those of the stage before it. */
function createPipelineSpec({ jobs }: PipelinePlan) {
  const stages = [...new Set(jobs.map(({ stage }) => stage))].filter((stage) => stage !== "finally");
  const tasks = jobs.filter(({ stage }) => stage !== "finally");
  const list = (of: string | undefined) => tasks.filter(({ stage }) => stage === of).map(({ name }) => name);
  return {
    tasks: tasks.map(({ name, stage }) => ({
      name,
      taskRef: { name, kind: "Task" },
      runAfter: list(stages[stages.indexOf(stage) - 1]),
    })),
    finally: jobs
      .filter(({ stage }) => stage === "finally")
      .map(({ name }) => ({ name, taskRef: { name, kind: "Task" } })),
  };
}

function createRunContext(run: Run, world: World): RunContext {
  const namespace = run.plan.project.replaceAll("/", "-");
  return { run, world, namespace, name: createName(run, world), uid: hashToUuid(`${world.key}/run/${run.index}`) };
}

/** `payments-ci-`; of what the dashboard's *Rerun* makes, the name that is repeated and `-r-`: `payments-ci-x7k2p-r-`. */
function createNamePrefix(run: Run, world: World): string {
  return run.repeats === undefined
    ? `${run.plan.pipeline}-`
    : `${createName(run.repeats, world).replace(/-r-\w+$/, "")}-r-`;
}

/** `payments-ci-x7k2p`: Kubernetes ends generated names with five of these characters. */
function createName(run: Run, world: World): string {
  const letters = "bcdfghjklmnpqrst";
  const digits = hashToHex(`${world.key}/name/${run.index}`, 5).split("");
  return createNamePrefix(run, world) + digits.map((digit) => letters[Number.parseInt(digit, 16)]).join("");
}

function createChild({ name }: RunContext, task: string) {
  return { apiVersion: "tekton.dev/v1", kind: "TaskRun", name: `${name}-${task}`, pipelineTaskName: task };
}

function pipelineRun(context: RunContext, word: string, at: Millis, condition: Condition | undefined, status: object) {
  const { run, world, namespace, name, uid } = context;
  const repeats = run.repeats === undefined ? {} : { "dashboard.tekton.dev/rerunOf": createName(run.repeats, world) };
  const resource = {
    metadata: {
      name,
      generateName: createNamePrefix(run, world),
      namespace,
      uid,
      creationTimestamp: formatTime(run.at),
      labels: { "tekton.dev/pipeline": run.plan.pipeline, ...createLabels(run), ...repeats },
      annotations: createAnnotations(run),
    },
    spec: { pipelineRef: { name: run.plan.pipeline }, timeouts: { pipeline: "2h0m0s" } },
    status: { ...(condition === undefined ? {} : { conditions: [condition] }), ...status },
  };
  return delivery(context, "pipelineRun", word, name, at, resource);
}

function taskRuns(context: RunContext, job: Job): DemoDelivery[] {
  const { readyAt, startedAt, endedAt, outcome, tries } = job;
  const first = tries[0] ?? job;
  const event = (word: string, at: Millis, condition: Condition, status: object) =>
    taskRun(context, job, word, at, { conditions: [condition], ...status });
  const startTime = formatTime(readyAt + (startedAt === null ? 0 : 1000));
  const retriesStatus = createRetriesStatus(tries);
  const [word, at, condition] = describeEnd(job);
  return [
    event("unknown", first.readyAt, createCondition("Unknown", "Pending", first.readyAt), {}),
    ...tries.map(({ endedAt: gaveUp }, i) =>
      event("unknown", gaveUp, createCondition("Unknown", "ToBeRetried", gaveUp), {
        retriesStatus: retriesStatus.slice(0, i + 1),
      }),
    ),
    ...(startedAt === null
      ? []
      : [event("running", startedAt, createCondition("Unknown", "Running", startedAt), { startTime, retriesStatus })]),
    event(word, at, condition, {
      startTime,
      completionTime: formatTime(endedAt),
      steps: startedAt === null ? [] : createSteps(startedAt, endedAt, outcome === "success"),
      retriesStatus,
    }),
  ];
}

function taskRun(context: RunContext, job: Job, word: string, at: Millis, status: object): DemoDelivery {
  const { run, world, namespace, name, uid } = context;
  const task = job.plan.name;
  const resource = {
    metadata: {
      name: `${name}-${task}`,
      namespace,
      // Tries share a uid, and that is the first one's.
      uid: hashToUuid(`${world.key}/task/${run.index}/${task}`),
      creationTimestamp: formatTime((job.tries[0] ?? job).readyAt),
      labels: {
        ...createLabels(run),
        "tekton.dev/memberOf": job.plan.stage === "finally" ? "finally" : "tasks",
        "tekton.dev/pipeline": run.plan.pipeline,
        "tekton.dev/pipelineRun": name,
        "tekton.dev/pipelineRunUID": uid,
        "tekton.dev/pipelineTask": task,
        "tekton.dev/task": task,
      },
      annotations: createAnnotations(run),
      ownerReferences: [{ apiVersion: "tekton.dev/v1", kind: "PipelineRun", name, uid, controller: true }],
    },
    spec: {
      serviceAccountName: "builder",
      taskRef: { name: task, kind: "Task" },
      podTemplate: { nodeSelector: { pool: job.plan.seconds > 100 ? "large" : "small" } },
    },
    status,
  };
  return delivery(context, "taskRun", word, `${name}-${task}`, at, resource);
}

/** Pipelines-as-Code marks the runs that it makes for a repository. */
function createLabels({ plan: { pipeline } }: Run): Readonly<Record<string, string>> {
  return { "pipelinesascode.tekton.dev/original-prname": pipeline };
}

/** A schedule calls its incoming webhook: https://pipelinesascode.com/docs/guides/event-matching/incoming-webhook/ */
const eventTypes = { change: "pull_request", push: "push", schedule: "incoming" } as const;

function createAnnotations(run: Run): Readonly<Record<string, string>> {
  const values = {
    "repo-url": `https://git.example.com/${run.plan.project}.git`,
    sha: run.sha,
    branch: "main",
    "source-branch": run.branch,
    sender: run.author,
    "sha-title": run.title,
    "event-type": eventTypes[run.cause],
    ...(run.cause === "change" ? { "pull-request": String(run.change) } : {}),
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`pipelinesascode.tekton.dev/${key}`, value]));
}

function delivery(
  { world, namespace }: RunContext,
  kind: "pipelineRun" | "taskRun",
  word: string,
  name: string,
  at: Millis,
  resource: object,
): DemoDelivery {
  const headers = {
    "content-type": "application/json",
    "user-agent": "Go-http-client/1.1",
    "ce-specversion": "1.0",
    "ce-id": hashToUuid(`${world.key}/tekton/${name}/${word}/${at}`),
    "ce-source": `/apis///namespaces/${namespace}//${name}`,
    "ce-subject": name,
    "ce-time": new Date(at).toISOString(),
    "ce-type": `dev.tekton.event.${kind.toLowerCase()}.${word}.v1`,
  };
  return { provider: "tekton", at, headers, body: JSON.stringify({ [kind]: resource }) };
}
