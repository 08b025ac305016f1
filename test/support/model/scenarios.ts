import type { Observation } from "../../../src/core/model.ts";
import { at, mentioning, ofJob, ofRun } from "./observations.ts";
import type { RunResult } from "../../../src/core/states.ts";

/** Deliveries of one story (six at the most, so that every order can be tried), and what they must come to. */
export interface Scenario {
  readonly name: string;
  readonly deliveries: readonly Observation[];
  readonly results: Partial<Record<RunResult, number>>;
  readonly restarts?: number;
  readonly recovered?: number;
  readonly retries?: number;
  /** Runs whose duration, and whose queue time, is observed. */
  readonly timed: number;
  readonly queued: number;
  readonly runs?: number;
  /** Two deliveries prove one completion with different times: the first to arrive is the one that is observed. */
  readonly timesVary?: true;
}

const greenJobs = [
  ofJob("1", "compile", "success", { clock: 40, queued: 0, started: 10, facts: { stage: "build" } }),
  ofJob("2", "check", "success", { clock: 70, queued: 40, started: 41 }),
];

const restarted = (id: string, status: "executing" | "failure" | "success", clock: number) => [
  ofJob("1", "compile", "success", { clock: 40, queued: 0, started: 10 }),
  ofJob(id, "check", status, { clock, queued: Number(id) * 20, started: Number(id) * 20 + 1 }),
];

const jenkins = { provider: "jenkins", completion: "job/cart/7/" } as const;
const started = ofRun("job/cart/7/", "executing", { ...jenkins, clock: 0, started: 10 });
const completed = ofRun("job/cart/7/", "success", { ...jenkins, clock: 70, queued: 0, started: 10 });
const finalized = {
  ...completed,
  version: { ...completed.version, rank: 4 },
  facts: { ...completed.facts, detail: "{}" },
};

export const scenarios: readonly Scenario[] = [
  {
    name: "one green run",
    deliveries: [
      ofRun("1", "pending", { clock: 0, queued: 0 }),
      ofRun("1", "executing", { clock: 10, queued: 0, started: 10 }),
      mentioning("1", greenJobs.slice(0, 1)),
      ofRun("1", "success", { clock: 70, queued: 0, started: 10, jobs: greenJobs }),
    ],
    results: { success: 1 },
    timed: 1,
    queued: 1,
  },
  {
    name: "a result without a start before it",
    deliveries: [ofRun("1", "failure", { clock: 70, queued: 0, started: 10 })],
    results: { failure: 1 },
    timed: 1,
    queued: 1,
  },
  {
    name: "red, a job retried, green",
    deliveries: [
      ofRun("1", "executing", { ...of(2, 50), jobs: restarted("2", "executing", 45) }),
      ofRun("1", "failure", { ...of(2, 60), completion: "failure:1,2", jobs: restarted("2", "failure", 60) }),
      ofRun("1", "executing", { ...of(3, 80), jobs: restarted("3", "executing", 80) }),
      mentioning("1", restarted("3", "success", 120).slice(1), { retriesByName: true }),
      ofRun("1", "success", { ...of(3, 120), completion: "success:1,3", jobs: restarted("3", "success", 120) }),
    ],
    results: { failure: 1, success: 1 },
    restarts: 1,
    recovered: 1,
    retries: 1,
    timed: 2,
    queued: 2,
  },
  {
    name: "green, a manual job played, green again",
    deliveries: [
      ofRun("1", "success", { ...of(2, 60), completion: "success:1,2", jobs: playable("pending", 20) }),
      ofRun("1", "executing", { ...of(2, 90), jobs: playable("executing", 90) }),
      ofRun("1", "success", { ...of(2, 120), completion: "success:1,2", jobs: playable("success", 120) }),
    ],
    results: { success: 1 },
    timed: 1,
    queued: 1,
    timesVary: true,
  },
  {
    name: "a job retried by the CI system inside one run",
    deliveries: [
      ofRun("1", "executing", { ...of(2, 60), jobs: restarted("2", "failure", 60) }),
      ofRun("1", "executing", { ...of(3, 80), jobs: restarted("3", "executing", 80) }),
      ofRun("1", "success", { ...of(3, 120), completion: "success:1,3", jobs: restarted("3", "success", 120) }),
    ],
    results: { success: 1 },
    retries: 1,
    timed: 1,
    queued: 1,
  },
  {
    name: "attempt 2 of a failed run",
    deliveries: [
      ofRun("1", "failure", { clock: 60, epoch: 1, attempt: 1, queued: 0, started: 10 }),
      ofRun("1", "pending", { clock: 100, epoch: 2, attempt: 2, queued: 100 }),
      ofRun("1", "executing", { clock: 105, epoch: 2, attempt: 2, queued: 100, started: 105 }),
      ofRun("1", "success", { clock: 150, epoch: 2, attempt: 2, queued: 100, started: 105 }),
    ],
    results: { failure: 1, success: 1 },
    restarts: 1,
    recovered: 1,
    timed: 2,
    queued: 2,
  },
  {
    name: "a late running after success, in the same second",
    deliveries: [
      ofRun("1", "success", { clock: 70, queued: 0, started: 10 }),
      ofRun("1", "executing", { clock: 70, queued: 0, started: 10 }),
    ],
    results: { success: 1 },
    timed: 1,
    queued: 1,
  },
  {
    name: "cancelled before it started",
    deliveries: [
      ofRun("1", "pending", { clock: 0, queued: 0 }),
      ofRun("1", "cancellation", { clock: 30, queued: 0, facts: { queueSeconds: 30, durationSeconds: null } }),
    ],
    results: { cancellation: 1 },
    timed: 0,
    queued: 1,
  },
  {
    name: "skipped",
    deliveries: [ofRun("1", "skip", { clock: 0, queued: 0 })],
    results: { skip: 1 },
    timed: 0,
    queued: 0,
  },
  {
    name: "the end of the last attempt in a running payload",
    deliveries: [
      ofRun("1", "failure", { clock: 60, epoch: 1, attempt: 1, queued: 0, started: 10 }),
      ofRun("1", "executing", { clock: 90, epoch: 2, attempt: 2, started: 85, facts: { finishedAt: at(60) } }),
    ],
    results: { failure: 1 },
    restarts: 1,
    timed: 1,
    queued: 1,
  },
  {
    name: "a controller that restarts and says everything again",
    deliveries: (["executing", "success", "success", "executing"] as const).map((status) =>
      ofRun("uid-1", status, { provider: "tekton", clock: status === "success" ? 70 : 10, queued: 0, started: 10 }),
    ),
    results: { success: 1 },
    timed: 1,
    queued: 1,
  },
  {
    name: "started after finalized, completed sent four times",
    deliveries: [finalized, started, completed, completed, completed, completed],
    results: { success: 1 },
    timed: 1,
    queued: 1,
  },
  {
    name: "two overlapping builds of one job",
    deliveries: [
      ofRun("job/cart/7/", "executing", { provider: "jenkins", clock: 0, started: 0 }),
      ofRun("job/cart/8/", "executing", { provider: "jenkins", clock: 5, started: 5 }),
      ofRun("job/cart/7/", "success", { provider: "jenkins", clock: 20, started: 0 }),
      ofRun("job/cart/8/", "success", { provider: "jenkins", clock: 30, started: 5 }),
    ],
    results: { success: 2 },
    timed: 2,
    queued: 0,
    runs: 2,
  },
  {
    name: "the same native id in two sources",
    deliveries: ["main", "other"].map((source) => ofRun("1", "success", { source, clock: 70, queued: 0, started: 10 })),
    results: { success: 2 },
    timed: 2,
    queued: 2,
    runs: 2,
  },
];

/** A run whose attempts are distinguished by the greatest job id, as GitLab's are. */
function of(newest: number, clock: number) {
  return { epoch: newest, clock, queued: 0, started: 10, retriesByName: true } as const;
}

function playable(status: "pending" | "executing" | "success", clock: number) {
  return [
    ofJob("1", "compile", "success", { clock: 40, queued: 0, started: 10 }),
    ofJob("2", "release", status, { clock, ...(status === "pending" ? {} : { queued: 80, started: 85 }) }),
  ];
}
