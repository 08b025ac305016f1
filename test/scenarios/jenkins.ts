import { root, start } from "../support/payloads/jenkins.ts";
import { inOtherBytes, type Sent, type Stories } from "./scenario.ts";

type Build = Readonly<Record<string, string | number>>;

/** What the notification plugin sends of build 4 of the job `sweep`, unless `build` says otherwise. */
function sent(build: Build): Sent {
  const number = build["number"] ?? 4;
  const url = `job/sweep/${number}/`;
  const body = { name: "sweep", url: "job/sweep/", build: { url, full_url: `${root}${url}`, number, ...build } };
  return { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

/** The four phases of a build that waited 7 s and worked 60 s. */
function phases(status: string, more: Build = {}, begun = start) {
  const end = begun + 60_000;
  return {
    queued: sent({ phase: "QUEUED", timestamp: begun - 7000, duration: 0, ...more }),
    started: sent({ phase: "STARTED", timestamp: begun, duration: 0, ...more }),
    completed: sent({ phase: "COMPLETED", timestamp: end, duration: 60_000, status, ...more }),
    finalized: sent({ phase: "FINALIZED", timestamp: end + 400, duration: 60_000, status, ...more }),
  };
}

const green = phases("SUCCESS");
const red = phases("FAILURE", { number: 5 });
const skipped = phases("NOT_BUILT");

/** The same number of a job that was deleted and made again, forty minutes later. */
const before = phases("FAILURE", { queue_id: 11 }, start - 40 * 60_000);
const again = phases("SUCCESS", { queue_id: 12 });
const unwell = phases("FAILURE", { queue_id: 11 });
const daysAgo = start - 4 * 86_400_000;

export const jenkinsStories: Stories = {
  provider: "jenkins",
  project: "sweep",
  anew: inOtherBytes,
  scenarios: [
    {
      name: "one green build",
      sent: Object.values(green),
      counts: { results: { success: 1 }, timed: 1, queued: 1 },
      run: { state: "finished", result: "success", duration_seconds: 60, queue_seconds: 7 },
      varying: "ends",
    },
    {
      name: "STARTED after FINALIZED, and each request made again and again",
      sent: [
        green.completed,
        green.finalized,
        green.started,
        green.started,
        green.completed,
        green.finalized,
        green.started,
      ],
      counts: { results: { success: 1 }, timed: 1 },
      run: { state: "finished", result: "success", duration_seconds: 60 },
      varying: "ends",
    },
    {
      name: "FINALIZED alone",
      sent: [phases("UNSTABLE").finalized],
      counts: { results: { failure: 1 }, timed: 1 },
      run: { result: "failure", native_status: "UNSTABLE" },
    },
    {
      name: "two overlapping builds of one job",
      sent: [green.started, red.started, green.completed, red.completed],
      counts: { results: { success: 1, failure: 1 }, timed: 2 },
    },
    {
      name: "aborted",
      sent: Object.values(phases("ABORTED")),
      counts: { results: { cancellation: 1 }, timed: 1, queued: 1 },
      varying: "ends",
    },
    {
      name: "not built",
      sent: [skipped.started, skipped.completed, skipped.finalized],
      counts: { results: { skip: 1 } },
      run: { result: "skip" },
      varying: "ends",
    },
    {
      name: "a job made again: COMPLETED of both builds of one number",
      sent: [before.completed, again.completed],
      counts: { results: { failure: 1, success: 1 }, timed: 2 },
      run: { state: "finished", result: "success", started_at: start, duration_seconds: 60 },
    },
    {
      name: "a job made again: both lives, of which the second lacks its QUEUED",
      sent: [...Object.values(before), again.started, again.completed, again.finalized],
      counts: { results: { failure: 1, success: 1 }, timed: 2, queued: 1 },
      run: { state: "finished", result: "success", started_at: start, queue_seconds: null },
      varying: "ends",
    },
    {
      name: "a job made again: the second build works",
      sent: [...Object.values(before), again.queued, again.started],
      counts: { results: { failure: 1 }, timed: 1, queued: 1 },
      run: { state: "executing", result: null, started_at: start, queue_seconds: 7, duration_seconds: null },
      varying: "ends",
    },
    {
      name: "FINALIZED three days after COMPLETED",
      sent: [
        phases("SUCCESS", {}, daysAgo).started,
        phases("SUCCESS", {}, daysAgo).completed,
        sent({ phase: "FINALIZED", timestamp: daysAgo + 3 * 86_400_000, duration: 60_000, status: "SUCCESS" }),
      ],
      counts: { results: { success: 1 }, timed: 1 },
      run: { finished_at: daysAgo + 60_000, duration_seconds: 60 },
      varying: "ends",
    },
    {
      name: "COMPLETED by notifyEndpoints in the middle of a build",
      sent: [
        unwell.started,
        sent({ phase: "COMPLETED", timestamp: start + 10_000, duration: 0, status: "FAILURE", queue_id: 11 }),
        unwell.completed,
      ],
      counts: { results: { failure: 1 }, timed: 1 },
      run: { started_at: start, duration_seconds: 60 },
      varying: "ends",
    },
    {
      name: "QUEUED two seconds and a half after STARTED",
      sent: [sent({ phase: "QUEUED", timestamp: start + 2500, duration: 0 }), green.started, green.completed],
      counts: { results: { success: 1 }, timed: 1, queued: 1 },
      run: { queue_seconds: 0, queued_at: start },
    },
    {
      name: "two builds whose address has a # that is not encoded",
      sent: [
        sent({ phase: "FINALIZED", timestamp: start, status: "SUCCESS", number: 48, url: "job/#{sweep}/48/" }),
        sent({ phase: "FINALIZED", timestamp: start, status: "FAILURE", number: 49, url: "job/#{sweep}/49/" }),
      ],
      counts: { results: { success: 1, failure: 1 } },
    },
    {
      name: "the same build in two sources",
      sent: [green.completed, { ...green.completed, elsewhere: true }],
      counts: { results: { success: 2 }, timed: 2 },
    },
  ],
};
