import { root, start } from "../adapters/jenkins.payloads.ts";
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
function phases(status: string, more: Build = {}) {
  const end = start + 60_000;
  return {
    queued: sent({ phase: "QUEUED", timestamp: start - 7000, duration: 0, ...more }),
    started: sent({ phase: "STARTED", timestamp: start, duration: 0, ...more }),
    completed: sent({ phase: "COMPLETED", timestamp: end, duration: 60_000, status, ...more }),
    finalized: sent({ phase: "FINALIZED", timestamp: end + 400, duration: 60_000, status, ...more }),
  };
}

const green = phases("SUCCESS");
const red = phases("FAILURE", { number: 5 });
const skipped = phases("NOT_BUILT");

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
      name: "the same build in two sources",
      sent: [green.completed, { ...green.completed, elsewhere: true }],
      counts: { results: { success: 2 }, timed: 2 },
    },
  ],
};
