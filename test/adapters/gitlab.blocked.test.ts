import { expect } from "chai";
import { inEveryOrder, run700 } from "../support/payloads/gitlab-orders.ts";
import { going, jobHook, lint, over, pipelineHook, unit, type JobInput } from "../support/payloads/gitlab.ts";

const ship: JobInput = { id: 3, name: "ship", status: "manual" };
const shipping: JobInput = { ...ship, status: "running", started: "11:00" };
const shipped: JobInput = { ...ship, status: "success", started: "11:00", finished: "11:02" };
/** Begins and ends within one second, so that all that follows carries one clock. */
const quick: JobInput = { ...lint, started: "10:01:07", finished: "10:01:07" };
const blocked = { state: "blocked", result: null, finishedAt: null };

function getFacts(...bodies: readonly unknown[]) {
  return run700(inEveryOrder(bodies, {})).folded.facts;
}

describe("gitlab scenarios: runs and jobs that wait for a person or a set time", () => {
  it("a run whose manual job is not played after its automatic jobs stays blocked, with the reason", () => {
    const deliveries = [
      pipelineHook("pending", [
        { id: 1, name: "lint", status: "pending" },
        { id: 3, name: "ship", status: "created" },
      ]),
      pipelineHook("running", [
        { ...lint, status: "running", finished: undefined },
        { id: 3, name: "ship", status: "created" },
      ]),
      pipelineHook("manual", [lint, ship], { duration: 60, queued_duration: 60 }),
    ];

    const folded = inEveryOrder(deliveries, {});

    expect(run700(folded).folded.facts).to.include({ ...blocked, nativeStatus: "manual" });
    expect(run700(folded).jobs.get("3")?.folded.facts).to.include({ ...blocked, nativeStatus: "manual" });
  });

  it("a delayed job blocks until its time has come", () => {
    const wait: JobInput = { ...ship, status: "scheduled" };
    const facts = getFacts(
      pipelineHook("running", [{ ...lint, status: "running" }, wait]),
      pipelineHook("scheduled", [lint, wait]),
    );

    expect(facts).to.include({ ...blocked, nativeStatus: "scheduled" });
  });

  it("a delayed job that was unscheduled waits for a person from then on", () => {
    const facts = getFacts(
      pipelineHook("scheduled", [lint, { ...ship, status: "scheduled" }]),
      pipelineHook("manual", [lint, ship]),
    );

    expect(facts).to.include({ ...blocked, nativeStatus: "manual" });
  });

  it("a played run goes on to its end in every order", () => {
    const deliveries = [
      pipelineHook("manual", [unit, ship], going),
      pipelineHook("pending", [unit, { ...ship, status: "pending" }], going),
      jobHook({ ...ship, status: "pending" }),
      pipelineHook("running", [unit, shipping], going),
      pipelineHook("success", [unit, shipped], over("11:02", 360)),
    ];

    const folded = inEveryOrder(deliveries, { results: { success: 1 } });

    expect(run700(folded).folded.facts).to.include({ state: "finished", result: "success", durationSeconds: 360 });
    expect(run700(folded).jobs.get("3")?.folded.facts).to.include({ state: "finished", result: "success" });
  });

  const waiting = [quick, { ...ship, status: "created" }];
  const held = [quick, ship];
  const played = [quick, { ...ship, status: "pending" }];
  const working = [quick, { ...ship, status: "running", started: "10:01:07" }];
  const first = [
    { ...quick, status: "running", finished: undefined },
    { ...ship, status: "created" },
  ];
  const orders: [what: string, earlier: Record<string, unknown>, later: Record<string, unknown>, state: string][] = [
    ["manual after running", pipelineHook("running", first), pipelineHook("manual", held), "blocked"],
    [
      "manual after a running that was read late",
      pipelineHook("running", held),
      pipelineHook("manual", held),
      "blocked",
    ],
    [
      "manual after a running between two jobs",
      pipelineHook("running", waiting),
      pipelineHook("manual", held),
      "blocked",
    ],
    ["pending after manual", pipelineHook("manual", held), pipelineHook("pending", played), "pending"],
    [
      "pending after a manual that was read late",
      pipelineHook("manual", played),
      pipelineHook("pending", played),
      "pending",
    ],
    ["running after manual", pipelineHook("manual", held), pipelineHook("running", working), "executing"],
    [
      "running after a manual that was read late",
      pipelineHook("manual", working),
      pipelineHook("running", working),
      "executing",
    ],
    [
      "pending after success, when a manual job is played",
      pipelineHook("success", held),
      pipelineHook("pending", played),
      "pending",
    ],
  ];
  for (const [what, earlier, later, state] of orders) {
    it(`${what} of the same second is ${state}`, () => {
      const results = earlier["object_attributes"] as { status: string };
      const folded = inEveryOrder([earlier, later], results.status === "success" ? { results: { success: 1 } } : {});

      expect(run700(folded).folded.facts).to.include({ state, result: null });
    });
  }
});
