import { json, sha, tokens, uuid } from "./text.ts";

const { n, date, clock } = tokens;

const params = [
  { name: "repository", value: "https://git.example.com/acme/ledger-api.git" },
  { name: "revision", value: sha },
  { name: "image", value: `registry.example.com/acme/ledger-api:${n}` },
  { name: "environment", value: "staging" },
];

const tasks = ["clone", "compile", "unit-tests", "image", "scan-image", "rollout"] as const;

/**
 * `dev.tekton.event.pipelinerun.successful.v1` in CloudEvents' binary mode, about 12 kB with the resolved pipeline in the
 * status, as the controller sends it. The delivery's id ends the run's uid and name.
 * https://tekton.dev/docs/pipelines/events/
 */
export function tektonPipelineRun(secret: string, begun: Date) {
  const name = `release-image-${n}-k7x2p`;
  const body = json({ pipelineRun: pipelineRun(name, begun) });
  return {
    provider: "tekton",
    path: "/webhooks/tekton",
    headers: {
      "Content-Type": "application/json",
      "User-Agent": "Go-http-client/1.1",
      "Accept-Encoding": "gzip",
      "Ce-Specversion": "1.0",
      "Ce-Type": "dev.tekton.event.pipelinerun.successful.v1",
      "Ce-Source": `/apis/tekton.dev/v1/namespaces/acme-ci/pipelineruns/${name}`,
      "Ce-Subject": name,
      "Ce-Id": uuid,
      "Ce-Time": `${date}T${clock}.482913775Z`,
      Authorization: `Basic ${Buffer.from(`tekton:${secret}`).toString("base64")}`,
    },
    body,
    jobs: 0,
  } as const;
}

function pipelineRun(name: string, begun: Date) {
  return {
    kind: "PipelineRun",
    apiVersion: "tekton.dev/v1",
    metadata: {
      name,
      generateName: `release-image-${n}-`,
      namespace: "acme-ci",
      uid: uuid,
      resourceVersion: `${n}7`,
      generation: 1,
      creationTimestamp: time(begun, 0),
      labels: {
        "app.kubernetes.io/part-of": "ledger",
        "tekton.dev/pipeline": "release-image",
        "triggers.tekton.dev/eventlistener": "public",
        "triggers.tekton.dev/trigger": "push-to-main",
        "triggers.tekton.dev/triggers-eventid": uuid,
      },
      annotations: { "chains.tekton.dev/signed": "true", "acme.example.com/requested-by": "rvale" },
    },
    spec: {
      params,
      pipelineRef: { name: "release-image" },
      taskRunTemplate: { serviceAccountName: "builder" },
      timeouts: { pipeline: "1h0m0s" },
      workspaces: [
        { name: "source", volumeClaimTemplate: claim() },
        { name: "registry", secret: { secretName: "registry-push" } },
      ],
    },
    status: status(name, begun),
  };
}

function status(name: string, begun: Date) {
  const end = `${date}T${clock}Z`;
  return {
    conditions: [
      {
        type: "Succeeded",
        status: "True",
        reason: "Succeeded",
        message: `Tasks Completed: ${tasks.length} (Failed: 0, Cancelled 0), Skipped: 0`,
        lastTransitionTime: end,
      },
    ],
    startTime: time(begun, 1),
    completionTime: end,
    pipelineSpec: {
      params: params.map((param) => ({ name: param.name, type: "string", description: `The ${param.name} to use` })),
      workspaces: [{ name: "source" }, { name: "registry", optional: true }],
      tasks: tasks.map(task),
    },
    childReferences: tasks.map((pipelineTaskName) => ({
      apiVersion: "tekton.dev/v1",
      kind: "TaskRun",
      name: `${name}-${pipelineTaskName}`,
      displayName: `${pipelineTaskName} of the release`,
      pipelineTaskName,
    })),
    results: [{ name: "digest", value: `sha256:${sha}0c5d1f7ab9e4236d80512c7f` }],
    provenance: { featureFlags: { enableAPIFields: "beta", coschedule: "workspaces", sendCloudEventsForRuns: true } },
  };
}

function time(begun: Date, seconds: number): string {
  return `${new Date(begun.getTime() + seconds * 1000).toISOString().slice(0, 19)}Z`;
}

function task(name: string, i: number) {
  return {
    name,
    runAfter: tasks.slice(Math.max(0, i - 1), i),
    params: [{ name: "revision", value: "$(params.revision)" }],
    workspaces: [{ name: "source", workspace: "source" }],
    taskSpec: {
      metadata: {},
      spec: null,
      params: [{ name: "revision", type: "string", default: "main" }],
      results: [{ name: "digest", type: "string", description: "What was made, by its digest" }],
      workspaces: [{ name: "source", description: "The working copy that all tasks share" }],
      steps: ["prepare", name].map((step) => ({
        name: step,
        image: "registry.example.com/tools/ci@sha256:5f2c7be01d94a386e0c1f57b82d3a9640be7d15c3fa2986174c05de9b38fa162",
        workingDir: "$(workspaces.source.path)",
        env: [{ name: "REVISION", value: "$(params.revision)" }],
        computeResources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "4Gi" } },
        script: `#!/bin/sh\nset -eu\necho "${step} of $REVISION"\nmake ${step} CACHE=/cache VERBOSE=1\nmake report TASK=${name}\n`,
      })),
    },
  };
}

function claim() {
  return {
    metadata: { creationTimestamp: null },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "20Gi" } }, storageClassName: "fast" },
    status: {},
  };
}
