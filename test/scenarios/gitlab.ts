import {
  again,
  at,
  broken,
  going,
  jobHook,
  lint,
  over,
  pipelineHook,
  unit,
  type JobInput,
} from "../support/payloads/gitlab.ts";
import { gitlabChildren, gitlabEnds, sent, ship, shipped } from "./gitlab-ends.ts";
import { inOtherBytes, type Stories } from "./scenario.ts";

/** The run waits for it. */
const gate: JobInput = { ...ship, more: { manual: true, allow_failure: false } };
const opened: JobInput = { ...gate, status: "success", started: "11:00", finished: "11:02" };
const third: JobInput = { ...again, id: 9, created: "10:30", started: "10:31", finished: "10:35" };
const quick: JobInput = { id: 2, status: "success", started: "10:01:07", finished: "10:01:07" };
/** Created with its pipeline at 10:00; before it started, the figure of how long it has waited is growing. */
const waiting: JobInput = { id: 4, name: "badge", status: "pending", more: { queued_duration: 0.1 } };
const late: JobInput = {
  ...waiting,
  status: "failed",
  started: "10:10:41",
  finished: "10:11:19",
  more: { queued_duration: 0.537157 },
};

export const gitlabStories: Stories = {
  provider: "gitlab",
  project: "team/shop",
  anew: inOtherBytes,
  scenarios: [
    {
      name: "one green run",
      sent: [
        pipelineHook("pending", [{ id: 2, status: "pending" }]),
        pipelineHook("running", [{ id: 2, status: "running", started: "10:01" }], going),
        jobHook(unit),
        pipelineHook("success", [unit], over("10:05", 240)),
      ].map(sent),
      counts: { results: { success: 1 }, jobs: 1, timed: 1, queued: 1 },
      run: { state: "finished", result: "success", duration_seconds: 240, queue_seconds: 60, restarts: 0, attempt: 1 },
    },
    {
      name: "a name that holds the branch, sent by both hooks",
      sent: [
        jobHook({ ...unit, status: "running" }, { commit: { id: 700, name: "Pipeline of topic/42" } }),
        pipelineHook("running", [{ ...unit, status: "running" }], { ...going, name: "Pipeline of topic/42" }),
        jobHook(unit, { commit: { id: 700, name: "Pipeline of topic/42" } }),
        pipelineHook("success", [unit], { ...over("10:05", 240), name: "Pipeline of topic/42" }),
      ].map(sent),
      counts: { results: { success: 1 }, jobs: 1, timed: 1, queued: 1 },
      run: { title: "Pipeline of topic/42" },
    },
    {
      name: "no one plays the job that deploys",
      sent: [
        pipelineHook("running", [
          { ...unit, status: "running", finished: undefined },
          { ...gate, status: "created" },
        ]),
        pipelineHook("manual", [unit, gate], { duration: 240, queued_duration: 60 }),
      ].map(sent),
      counts: { results: {}, jobs: 1 },
      run: { state: "blocked", native_status: "manual", result: null, finished_at: null },
    },
    {
      name: "somebody plays the job that deploys",
      sent: [
        pipelineHook("manual", [unit, gate], { duration: 240, queued_duration: 60 }),
        pipelineHook("pending", [unit, { ...gate, status: "pending" }], { duration: 240, queued_duration: 60 }),
        pipelineHook("success", [unit, opened], over("11:02", 360)),
      ].map(sent),
      counts: { results: { success: 1 }, jobs: 2, timed: 1, queued: 1 },
      run: { state: "finished", result: "success" },
    },
    {
      name: "red, a job retried, green",
      sent: [
        pipelineHook("failed", [lint, broken], over("10:05", 240)),
        pipelineHook("running", [lint, { ...again, status: "running" }], over("10:05", 240)),
        jobHook(again),
        pipelineHook("success", [lint, again], over("10:25", 300)),
      ].map(sent),
      counts: {
        results: { failure: 1, success: 1 },
        restarts: 1,
        recovered: 1,
        retries: 1,
        jobs: 3,
        timed: 2,
        queued: 1,
      },
      run: { result: "success", attempt: 2, restarts: 1 },
    },
    {
      name: "red twice, green the third time, sent by Job Hooks as well",
      sent: [
        pipelineHook("failed", [lint, broken], over("10:05", 240)),
        jobHook({ ...again, status: "created" }),
        pipelineHook("failed", [lint, { ...again, status: "failed", reason: "script_failure" }], over("10:25", 300)),
        jobHook({ ...third, status: "created" }),
        jobHook(third),
        pipelineHook("success", [lint, third], over("10:35", 300)),
      ].map(sent),
      counts: {
        results: { failure: 2, success: 1 },
        restarts: 2,
        recovered: 1,
        retries: 2,
        jobs: 4,
        timed: 3,
        queued: 1,
      },
      run: { result: "success", attempt: 3, restarts: 2 },
    },
    {
      name: "green, a manual job played, green again",
      sent: [
        pipelineHook("success", [unit, ship], over("10:05", 240)),
        pipelineHook("running", [unit, { ...shipped, status: "running" }], over("10:05", 240)),
        pipelineHook("success", [unit, shipped], over("11:02", 360)),
      ].map(sent),
      counts: { results: { success: 1 }, jobs: 2, timed: 1, queued: 1 },
      run: { result: "success", restarts: 0, attempt: 1, duration_seconds: 360 },
    },
    ...gitlabEnds,
    ...gitlabChildren,
    {
      name: "a job that GitLab retried inside one run",
      sent: [
        jobHook(broken),
        pipelineHook("running", [lint, { ...again, status: "pending" }], going),
        jobHook(again),
        pipelineHook("success", [lint, again], over("10:25", 300)),
      ].map(sent),
      counts: { results: { success: 1 }, retries: 1, jobs: 3, timed: 1, queued: 1 },
      run: { restarts: 0, attempt: 1 },
    },
    {
      name: "a late running after success, in the same second",
      sent: [
        pipelineHook("success", [quick], over("10:01:07", 1)),
        pipelineHook("running", [{ id: 2, status: "running", started: "10:01:07" }], going),
      ].map(sent),
      counts: { results: { success: 1 }, jobs: 1, timed: 1, queued: 1 },
      run: { state: "finished", native_status: "success" },
    },
    {
      name: "cancelled before it started",
      sent: [
        pipelineHook("pending", [{ id: 2, status: "pending" }]),
        pipelineHook("canceled", [{ id: 2, status: "canceled", finished: "10:03" }], {
          finished_at: at("10:03"),
          queued_duration: 180,
        }),
      ].map(sent),
      counts: { results: { cancellation: 1 }, jobs: 1, queued: 1 },
      run: { result: "cancellation", queue_seconds: 180, duration_seconds: null, started_at: null },
    },
    {
      name: "skipped",
      sent: [sent(pipelineHook("skipped", [{ id: 2, status: "skipped" }]))],
      counts: { results: { skip: 1 }, jobs: 1 },
      run: { result: "skip", duration_seconds: null },
    },
    {
      name: "the end of the last attempt in a running payload",
      sent: [
        pipelineHook("failed", [broken], over("10:05", 240)),
        pipelineHook("running", [{ ...again, status: "running" }], over("10:05", 240)),
      ].map(sent),
      counts: { results: { failure: 1 }, restarts: 1, retries: 1, jobs: 1, timed: 1, queued: 1 },
      run: { state: "executing", result: null, finished_at: null },
    },
    {
      name: "a job that had to wait for earlier stages, whose own wait was short",
      sent: [
        jobHook(waiting),
        jobHook({ ...late, status: "running", finished: undefined }),
        jobHook(late),
        pipelineHook("failed", [late], over("10:12", 100)),
      ].map(sent),
      counts: { results: { failure: 1 }, jobs: 1, timed: 1, queued: 1 },
      job: {
        queued_at: Date.UTC(2026, 10, 20, 10, 10, 40, 463),
        started_at: Date.UTC(2026, 10, 20, 10, 10, 41),
        queue_seconds: 0.537157,
      },
    },
    {
      name: "the same native id in two sources",
      sent: [
        sent(pipelineHook("success", [unit], over("10:05", 240))),
        { ...sent(pipelineHook("success", [unit], over("10:05", 240))), elsewhere: true },
      ],
      counts: { results: { success: 2 }, jobs: 2, timed: 2, queued: 2 },
    },
    {
      name: "a project that is named by its address alone, in both hooks",
      sent: [
        pipelineHook("success", [unit], over("10:05", 240), {
          project: { web_url: "https://gitlab.example.com/team/shop" },
        }),
        jobHook(unit, {
          project_name: "shop",
          repository: null,
          project: { web_url: "https://gitlab.example.com/team/shop" },
        }),
      ].map(sent),
      counts: { results: { success: 1 }, jobs: 1, timed: 1, queued: 1 },
      run: { result: "success", pipeline: "" },
    },
  ],
};
