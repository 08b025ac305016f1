import type { Millis } from "../core/model.ts";
import { hexOf, uuidOf } from "./random.ts";
import type { DemoDelivery, Job, Run } from "./story.ts";
import { conditionOf, endOf, retriesStatusOf, stepsOf, timeOf, type Condition } from "./tekton-status.ts";

/** One run and where its events come from. */
interface Said {
  readonly run: Run;
  readonly world: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/**
 * CloudEvents of a PipelineRun and its TaskRuns, as the events controller sends them. Tekton repeats a run only as a
 * new one, which the dashboard marks. https://tekton.dev/docs/pipelines/events/
 */
export function tellTekton(run: Run, world: string): DemoDelivery[] {
  const said = saidOf(run, world);
  const [attempt] = run.attempts;
  const { jobs, startedAt, endedAt, readyAt } = attempt;
  const worked = jobs.filter((job) => job.startedAt !== null || job.outcome === "cancellation");
  // Jobs wait for their pods within the run, which itself starts at once.
  const pickedUp = startedAt === null ? undefined : readyAt + 1000;
  return [
    pipelineRun(said, "queued", readyAt, undefined, {}),
    ...(pickedUp === undefined
      ? []
      : [
          pipelineRun(said, "running", pickedUp, conditionOf("Unknown", "Running", pickedUp), {
            startTime: timeOf(pickedUp),
          }),
        ]),
    pipelineRun(said, ...endOf(attempt), {
      ...(pickedUp === undefined ? {} : { startTime: timeOf(pickedUp) }),
      completionTime: timeOf(endedAt),
      childReferences: worked.map(({ plan }) => childOf(said, plan.name)),
      skippedTasks: jobs
        .filter(({ outcome }) => outcome === "skip")
        .map(({ plan }) => ({ name: plan.name, reason: "PipelineRun was stopping" })),
    }),
    ...worked.flatMap((job) => taskRuns(said, job)),
  ];
}

function saidOf(run: Run, world: string): Said {
  const namespace = run.plan.project.replace("/", "-");
  return { run, world, namespace, name: nameOf(run, world), uid: uuidOf(`${world}/run/${run.index}`) };
}

/** `payments-ci-`; of what the dashboard's *Rerun* makes, the name that is repeated and `-r-`: `payments-ci-x7k2p-r-`. */
function prefixOf(run: Run, world: string): string {
  return run.repeats === undefined
    ? `${run.plan.pipeline}-`
    : `${nameOf(run.repeats, world).replace(/-r-\w+$/, "")}-r-`;
}

/** `payments-ci-x7k2p`: Kubernetes ends generated names with five of these characters. */
function nameOf(run: Run, world: string): string {
  const letters = "bcdfghjklmnpqrst";
  const digits = hexOf(`${world}/name/${run.index}`, 5).split("");
  return prefixOf(run, world) + digits.map((digit) => letters[Number.parseInt(digit, 16)]).join("");
}

function childOf({ name }: Said, task: string) {
  return { apiVersion: "tekton.dev/v1", kind: "TaskRun", name: `${name}-${task}`, pipelineTaskName: task };
}

function pipelineRun(said: Said, word: string, at: Millis, condition: Condition | undefined, status: object) {
  const { run, world, namespace, name, uid } = said;
  const repeats = run.repeats === undefined ? {} : { "dashboard.tekton.dev/rerunOf": nameOf(run.repeats, world) };
  const resource = {
    metadata: {
      name,
      generateName: prefixOf(run, world),
      namespace,
      uid,
      creationTimestamp: timeOf(run.at),
      labels: { "tekton.dev/pipeline": run.plan.pipeline, ...labelsOf(run), ...repeats },
      annotations: annotationsOf(run),
    },
    spec: { pipelineRef: { name: run.plan.pipeline }, timeouts: { pipeline: "2h0m0s" } },
    status: { ...(condition === undefined ? {} : { conditions: [condition] }), ...status },
  };
  return delivery(said, "pipelineRun", word, name, at, resource);
}

function taskRuns(said: Said, job: Job): DemoDelivery[] {
  const { readyAt, startedAt, endedAt, outcome, tries } = job;
  const first = tries[0] ?? job;
  const event = (word: string, at: Millis, condition: Condition, status: object) =>
    taskRun(said, job, word, at, { conditions: [condition], ...status });
  const startTime = timeOf(readyAt + (startedAt === null ? 0 : 1000));
  const retriesStatus = retriesStatusOf(tries);
  const [word, at, condition] = endOf(job);
  return [
    event("unknown", first.readyAt, conditionOf("Unknown", "Pending", first.readyAt), {}),
    ...tries.map(({ endedAt: gaveUp }, i) =>
      event("unknown", gaveUp, conditionOf("Unknown", "ToBeRetried", gaveUp), {
        retriesStatus: retriesStatus.slice(0, i + 1),
      }),
    ),
    ...(startedAt === null
      ? []
      : [event("running", startedAt, conditionOf("Unknown", "Running", startedAt), { startTime, retriesStatus })]),
    event(word, at, condition, {
      startTime,
      completionTime: timeOf(endedAt),
      steps: startedAt === null ? [] : stepsOf(startedAt, endedAt, outcome === "success"),
      retriesStatus,
    }),
  ];
}

function taskRun(said: Said, job: Job, word: string, at: Millis, status: object): DemoDelivery {
  const { run, world, namespace, name, uid } = said;
  const task = job.plan.name;
  const resource = {
    metadata: {
      name: `${name}-${task}`,
      namespace,
      // Tries share a uid, and that is the first one's.
      uid: uuidOf(`${world}/task/${run.index}/${task}`),
      creationTimestamp: timeOf((job.tries[0] ?? job).readyAt),
      labels: {
        ...labelsOf(run),
        "tekton.dev/memberOf": job.plan.stage === "finally" ? "finally" : "tasks",
        "tekton.dev/pipeline": run.plan.pipeline,
        "tekton.dev/pipelineRun": name,
        "tekton.dev/pipelineRunUID": uid,
        "tekton.dev/pipelineTask": task,
        "tekton.dev/task": task,
      },
      annotations: annotationsOf(run),
      ownerReferences: [{ apiVersion: "tekton.dev/v1", kind: "PipelineRun", name, uid, controller: true }],
    },
    spec: { serviceAccountName: "builder", taskRef: { name: task, kind: "Task" } },
    status,
  };
  return delivery(said, "taskRun", word, `${name}-${task}`, at, resource);
}

/** Pipelines-as-Code marks the runs that it makes for a repository; those of a schedule it does not make. */
function labelsOf({ plan: { project, pipeline } }: Run): Readonly<Record<string, string>> {
  return project.includes("/") ? { "pipelinesascode.tekton.dev/original-prname": pipeline } : {};
}

function annotationsOf(run: Run): Readonly<Record<string, string>> {
  if (!run.plan.project.includes("/")) return {};
  const values = {
    "repo-url": `https://git.example.com/${run.plan.project}.git`,
    sha: run.sha,
    branch: "main",
    "source-branch": run.branch,
    sender: run.author,
    "sha-title": run.title,
    "event-type": run.cause === "change" ? "pull_request" : "push",
    ...(run.cause === "change" ? { "pull-request": String(run.change) } : {}),
  };
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [`pipelinesascode.tekton.dev/${key}`, value]));
}

function delivery(
  { world, namespace }: Said,
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
    "ce-id": uuidOf(`${world}/tekton/${name}/${word}/${at}`),
    "ce-source": `/apis///namespaces/${namespace}//${name}`,
    "ce-subject": name,
    "ce-time": new Date(at).toISOString(),
    "ce-type": `dev.tekton.event.${kind.toLowerCase()}.${word}.v1`,
  };
  return { provider: "tekton", at, headers, body: JSON.stringify({ [kind]: resource }) };
}
