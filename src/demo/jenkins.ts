import type { DemoDelivery, Run } from "./story.ts";
import type { Millis } from "../core/time.ts";
import type { World } from "./world.ts";

const root = "https://jenkins.example.com/";

/** https://javadoc.jenkins.io/hudson/model/Result.html; a build that ran out of time is aborted. */
const statuses = {
  success: "SUCCESS",
  failure: "FAILURE",
  timeout: "ABORTED",
  error: "FAILURE",
  cancellation: "ABORTED",
  skip: "NOT_BUILT",
} as const;

/** What FINALIZED takes after COMPLETED. */
const archivingMillis = 400;

/**
 * The notification plugin's four phases of a build. A rebuild is one more build of the same commit; no field connects the
 * two. A build that is aborted in the queue sends nothing. https://plugins.jenkins.io/notification/
 */
export function createJenkinsDeliveries(run: Run, world: World): DemoDelivery[] {
  const { readyAt, startedAt, endedAt, outcome, jobs } = run.attempts[0];
  if (startedAt === null && outcome === "cancellation") return [];
  const begun = startedAt ?? readyAt;
  const status = isUnstable(run) ? "UNSTABLE" : statuses[outcome];
  const duration = Math.max(1, endedAt - begun);
  const end = { duration, status, ...(jobs.length === 0 ? {} : { test_summary: createTestSummary(run) }) };
  return [
    phase(run, world, "QUEUED", begun, { timestamp: readyAt, duration: 0 }),
    phase(run, world, "STARTED", begun, { timestamp: begun, duration: 0 }),
    phase(run, world, "COMPLETED", endedAt, { timestamp: endedAt, ...end }),
    phase(run, world, "FINALIZED", endedAt + archivingMillis, { timestamp: endedAt + archivingMillis, ...end }),
  ];
}

/** Tests that fail leave a build unstable; a build without a good reason to fail is one of those. */
function isUnstable(run: Run): boolean {
  return run.attempts[0].outcome === "failure" && run.index % 3 !== 0;
}

function createTestSummary(run: Run) {
  const failed = isUnstable(run) ? 1 + (run.index % 3) : 0;
  const names = ["cart.SumTest.rounds", "login.SessionTest.expires", "search.RankTest.ties"].slice(0, failed);
  return { total: 412, failed, passed: 408 - failed, skipped: 4, failed_tests: names };
}

function phase(run: Run, world: World, name: string, at: Millis, times: object): DemoDelivery {
  const folders = run.plan.project.split("/");
  const item = folders.at(-1) ?? "";
  // A change request has a job of its own in a multibranch project.
  const branch = run.plan.mainOnly === true ? "" : `job/${run.cause === "change" ? `PR-${run.change}` : run.branch}/`;
  const job = `${folders.map((folder) => `job/${folder}/`).join("")}${branch}`;
  const number = world.numberBase + run.index;
  const last = branch === "" ? item : decodeURIComponent(branch.slice(4, -1));
  const body = {
    name: last,
    display_name: last,
    url: job,
    build: {
      full_url: `${root}${job}${number}/`,
      number,
      queue_id: number,
      ...times,
      phase: name,
      url: `${job}${number}/`,
      scm: {
        url: `https://git.example.com/${run.plan.project}.git`,
        branch: run.plan.mainOnly === true ? `origin/${run.branch}` : last,
        commit: run.sha,
        changes: [],
        culprits: [run.author],
      },
      log: "",
      notes: run.title,
      artifacts: {},
    },
  };
  const headers = { "content-type": "application/json;charset=UTF-8", "user-agent": "Java/21.0.8" };
  return { provider: "jenkins", at, headers, body: JSON.stringify(body) };
}
