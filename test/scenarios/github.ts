import { fixture } from "../support/payloads/github.ts";
import { withHeader, type Sent, type Stories } from "./scenario.ts";

function sent(name: string): Sent {
  const { headers, body } = fixture(name);
  const { "x-github-event": event = "", "content-type": type = "" } = headers;
  return {
    headers: { "content-type": type, "x-github-event": event, "x-github-delivery": `first-${name}` },
    body: Buffer.from(body).toString(),
  };
}

/** As GitHub Enterprise Server sent it before jobs carried the name of their workflow. */
function unnamed(name: string): Sent {
  const one = sent(name);
  const body = JSON.parse(one.body) as { workflow_job: { workflow_name?: string } };
  delete body.workflow_job.workflow_name;
  return { ...one, body: JSON.stringify(body) };
}

/** Of a job that deploys once it is approved; a job and its check run have one id. */
function deploying(name: string): Sent {
  const one = sent(name);
  const body = JSON.parse(one.body) as { workflow_job?: object; check_run?: object };
  const times = { started_at: "2026-11-20T09:40:41Z", completed_at: "2026-11-20T09:43:10Z" };
  if (body.workflow_job !== undefined) body.workflow_job = { ...body.workflow_job, name: "deploy", ...times };
  if (body.check_run !== undefined) body.check_run = { ...body.check_run, id: 55590188734 };
  return { ...one, body: JSON.stringify(body) };
}

export const githubStories: Stories = {
  provider: "github",
  project: "northwind/storefront",
  anew: withHeader("x-github-delivery"),
  scenarios: [
    {
      name: "one green run",
      sent: ["run-requested", "run-in-progress", "job-queued", "job-in-progress", "job-succeeded", "run-succeeded"].map(
        sent,
      ),
      counts: { results: { success: 1 }, jobs: 1, timed: 1 },
      run: { state: "finished", result: "success", duration_seconds: 405, restarts: 0 },
    },
    {
      name: "merged, pushed, and deployed after an approval",
      sent: [
        ...["pull-request-opened-as-draft", "pull-request-merged", "push-to-the-default-branch"].map(sent),
        ...["run-requested", "run-in-progress", "job-waiting-for-deployment-approval", "deployment-created"].map(sent),
        ...["deployment-waiting-for-approval", "deployment-approved", "deployment-in-progress"].map(deploying),
        ...["job-succeeded", "deployment-succeeded"].map(deploying),
        sent("run-succeeded"),
      ],
      counts: { results: { success: 1 }, jobs: 1, timed: 1 },
      job: {
        gate: "approval",
        gated_at: Date.UTC(2026, 10, 20, 9, 21, 4),
        gate_opened_at: Date.UTC(2026, 10, 20, 9, 40, 30),
        environment: "production",
        runner_class: "ubuntu-24.04",
        result: "success",
      },
    },
    {
      name: "no one approves a fork's run",
      sent: ["run-of-fork-needs-approval"].map(sent),
      counts: { results: {} },
      run: { state: "blocked", native_status: "action_required", result: null, finished_at: null },
    },
    {
      name: "attempt 2 of a failed run",
      sent: [
        "run-failed",
        "job-failed",
        "run-attempt-2-in-progress",
        "job-of-attempt-2-with-id-past-2-to-the-32",
        "run-attempt-2-succeeded",
      ].map(sent),
      counts: { results: { failure: 1, success: 1 }, restarts: 1, recovered: 1, jobs: 2, timed: 2 },
      run: { result: "success", attempt: 2, restarts: 1, duration_seconds: 366 },
    },
    {
      name: "jobs that do not name their workflow, one of a second attempt",
      sent: [
        ...["job-failed", "job-of-attempt-2-with-id-past-2-to-the-32"].map(unnamed),
        ...["run-failed", "run-attempt-2-succeeded"].map(sent),
      ],
      counts: { results: { failure: 1, success: 1 }, restarts: 1, recovered: 1, jobs: 2, timed: 2 },
    },
    {
      name: "attempt 2 of which only a job is known yet",
      sent: ["run-failed", "job-carried-over-into-attempt-2"].map(sent),
      counts: { results: { failure: 1 }, restarts: 1, jobs: 1, timed: 1 },
    },
    {
      name: "an in_progress delivery that already tells the end",
      sent: ["run-requested", "run-in-progress-action-but-already-completed", "run-succeeded"].map(sent),
      counts: { results: { success: 1 }, timed: 1 },
      run: { state: "finished", duration_seconds: 405 },
    },
    {
      name: "cancelled before a job ran",
      sent: ["run-requested", "job-queued", "job-cancelled-before-it-ran", "run-cancelled"].map(sent),
      counts: { results: { cancellation: 1 }, jobs: 1, timed: 1 },
    },
    {
      name: "skipped",
      sent: ["run-requested", "run-skipped", "job-skipped-and-created-after-it-ended"].map(sent),
      counts: { results: { skip: 1 }, jobs: 1 },
      run: { result: "skip" },
    },
    {
      name: "two workflow files of one name",
      sent: ["run-succeeded", "job-succeeded", "run-of-another-file-of-the-same-name", "job-of-another-file"].map(sent),
      counts: { results: { success: 1, failure: 1 }, jobs: 2, timed: 2 },
    },
    {
      name: "the same run in two sources",
      sent: [sent("run-succeeded"), { ...sent("run-succeeded"), elsewhere: true }],
      counts: { results: { success: 2 }, timed: 2 },
    },
  ],
};
