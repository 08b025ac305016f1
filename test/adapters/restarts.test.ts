import { expect } from "chai";
import type { Observation } from "../../src/core/model.ts";
import { foldAndRelease, permutations, total } from "../support/model/fold.ts";
import { changed, observed as observedByGithub } from "../support/payloads/github.ts";
import { again, broken, jobHook, lint, observed, over, pipelineHook, unit } from "../support/payloads/gitlab.ts";
import { observations as parseObservations, parseBuild } from "../support/payloads/jenkins.ts";
import { condition, event, pipelineRun, parseObservation, at } from "../support/payloads/tekton.ts";

interface Proven {
  readonly restarts: number;
  readonly recovered: number;
  readonly retries: number;
}

const nothing: Proven = { restarts: 0, recovered: 0, retries: 0 };

const manual = { id: 3, name: "release", more: { manual: true, allow_failure: true } };
const ran = { started: "10:10", finished: "10:12" };
const redRun = observed(pipelineHook("failed", [lint, broken], over("10:05", 240)));
const greenRun = observed(pipelineHook("success", [lint, unit], over("10:05", 240)));
const greenAgain = observed(pipelineHook("success", [lint, again], over("10:25", 300)));
const unplayed = observed(pipelineHook("success", [unit, { ...manual, status: "manual" }], over("10:05", 240)));
const played = observed(pipelineHook("success", [unit, { ...manual, ...ran, status: "success" }], over("10:12", 360)));
const playedAgain = observed(
  pipelineHook("success", [unit, { ...manual, id: 9, ...ran, status: "success" }], over("10:30", 480)),
);

/** The end of an attempt of one GitHub run. */
function attempt(number: number, conclusion: string): Observation {
  const times = { run_started_at: `2026-11-20T10:0${number}:00Z`, updated_at: `2026-11-20T10:0${number}:30Z` };
  return observedByGithub(changed("run-succeeded", { run_attempt: number, conclusion, ...times }));
}

const ended = { startTime: at(1), completionTime: at(90) };
const originalTekton = parseObservation(
  event("pipelineRun", "failed", pipelineRun({ ...condition("False", "Failed", 90), ...ended })),
);

/** A green PipelineRun after that one. */
function laterTekton(metadata: Readonly<Record<string, unknown>>): Observation {
  const named = { name: "train-b4k9z-r-x2x2x", uid: "0f0f0f0f-95b0-49f7-9d43-3c1c9a5b2e01", ...metadata };
  return parseObservation(
    event("pipelineRun", "successful", pipelineRun({ ...condition("True", "Succeeded", 95), ...ended }, named)),
  );
}

function ofPipelinesAsCode(type: string): Observation {
  return laterTekton({ annotations: { "pipelinesascode.tekton.dev/event-type": type } });
}

function buildOfJenkins(number: number, status: string): Observation {
  const scm = { branch: "origin/main", commit: "aaaa1111" };
  const url = `job/sweep/${number}/`;
  return parseObservations(parseBuild({ phase: "COMPLETED", status, number, url, scm, duration: 60_000 }))[0];
}

/** Each line of the table in docs/metrics.md, and what it lists as impossible to detect. */
const claims: readonly (readonly [string, readonly Observation[], Partial<Proven>])[] = [
  ["GitLab: red, retried, green", [redRun, greenAgain], { restarts: 1, recovered: 1, retries: 1 }],
  ["GitLab: a job of a green run that runs again", [greenRun, greenAgain], { restarts: 1, retries: 1 }],
  ["GitLab: a manual job that is played", [unplayed, played], {}],
  [
    "GitLab: a manual job that is played, and then run again",
    [unplayed, played, playedAgain],
    { restarts: 1, retries: 1 },
  ],
  ["GitLab: retried before the first result was sent", [observed(jobHook(broken)), greenAgain], { retries: 1 }],
  ["GitLab: retried before any delivery reported the first try", [greenAgain], {}],
  [
    "GitLab: red, a child pipeline retried, green",
    [redRun, observed(pipelineHook("success", [lint, broken], over("10:25", 300)))],
    { restarts: 1, recovered: 1 },
  ],
  [
    "GitLab: a run that failed again with the jobs it had (a child pipeline was retried)",
    ["10:05", "10:25"].map((time) => observed(pipelineHook("failed", [lint], over(time, 60)))),
    { restarts: 1 },
  ],
  ["GitHub: red, re-run, green", [attempt(1, "failure"), attempt(2, "success")], { restarts: 1, recovered: 1 }],
  ["GitHub: timed out, re-run, green", [attempt(1, "timed_out"), attempt(2, "success")], { restarts: 1, recovered: 1 }],
  ["GitHub: cancelled, re-run, green", [attempt(1, "cancelled"), attempt(2, "success")], { restarts: 1 }],
  ["GitHub: green, re-run, red", [attempt(1, "success"), attempt(2, "failure")], { restarts: 1 }],
  ["GitHub: the third attempt is the first that arrives", [attempt(3, "success")], { restarts: 2 }],
  [
    "GitHub: a job of the second attempt alone",
    [observedByGithub(changed("job-succeeded", { run_attempt: 2 }))],
    { restarts: 1 },
  ],
  [
    "GitHub: a job that ran again in the second attempt",
    [
      observedByGithub(changed("job-failed", {})),
      observedByGithub(changed("job-succeeded", { id: 55590188999, run_attempt: 2 })),
    ],
    { restarts: 1 },
  ],
  [
    "Tekton: Rerun of the dashboard",
    [originalTekton, laterTekton({ labels: { "dashboard.tekton.dev/rerunOf": "train-b4k9z" } })],
    { restarts: 1 },
  ],
  ["Tekton: /retest", [originalTekton, ofPipelinesAsCode("retest-all-comment")], { restarts: 1 }],
  ["Tekton: a repeat of what never arrived", [ofPipelinesAsCode("retest-comment")], { restarts: 1 }],
  [
    "Tekton: /test, and a run made by hand",
    [originalTekton, ofPipelinesAsCode("test-all-comment"), laterTekton({ uid: "1" })],
    {},
  ],
  ["Jenkins: Replay, Rebuild, Naginator", [buildOfJenkins(4, "FAILURE"), buildOfJenkins(5, "SUCCESS")], {}],
];

describe("restarts, recovered runs and retries of jobs", () => {
  for (const [what, deliveries, proven] of claims) {
    it(`${what}: ${JSON.stringify(proven)}`, () => {
      for (const order of permutations(deliveries)) {
        for (const arrived of [order, [...order, ...order]])
          expect(provenBy(arrived)).to.deep.equal({ ...nothing, ...proven });
      }
    });
  }
});

function provenBy(deliveries: readonly Observation[]): Proven {
  // What only jobs report counts once their run was waited for long enough.
  const folded = foldAndRelease(deliveries);
  return {
    restarts: total(folded, "cicd_pipeline_run_restarts_total"),
    recovered: total(folded, "cicd_pipeline_runs_recovered_total"),
    retries: total(folded, "cicd_job_retries_total"),
  };
}
