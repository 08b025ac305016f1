import { expect } from "chai";
import { AppError } from "../../src/core/errors.ts";
import { createLedger } from "../../src/core/ledger.ts";
import type { Entry, Outcome, UnparsedRequest, Recorded, Submission } from "../../src/core/delivery.ts";
import { ofJob, ofRun } from "../support/model/observations.ts";
import { catchRefusal, scripted, submission } from "../support/database/recorders.ts";

type Encoded = Entry | UnparsedRequest;

const isParsed = (item: Encoded): item is Entry => "delivery" in item;
const name = (item: Encoded) => (isParsed(item) ? item.delivery.key : item.context.source);
const accept = (batch: readonly Encoded[]): Recorded[] =>
  batch.map((item) =>
    isParsed(item)
      ? item.delivery.outcome
      : { outcome: "accepted", reason: "reported by the store", clock: "ahead", url: "u" },
  );

/** A request under this name, and how often it was parsed in the ledger's thread. */
function received(key: string, more: Partial<Submission> = {}, bytes = 2) {
  const parses: Submission[] = [];
  const request: UnparsedRequest = {
    context: {
      provider: "gitlab",
      source: key,
      settings: undefined,
      keepBodies: false,
      jobsMax: undefined,
      headers: {},
      query: "",
      receivedAt: 0,
    },
    body: new Uint8Array(bytes),
    parse() {
      parses.push({ ...submission(key), ...more });
      return parses.at(-1) as Submission;
    },
  };
  return { request, parses };
}

/** A ledger on a store that parses bodies of up to 1000 bytes. Of each call: names, in parentheses those that were parsed. */
function parsing(record: (batch: readonly Encoded[], call: number) => readonly Recorded[], batchJobsMax = 100) {
  const calls: string[][] = [];
  const ledger = createLedger<Encoded>({
    recorder: {
      encode: (entry) => entry,
      encodeUnparsed: (request) => (request.body.length > 1000 ? undefined : request),
      async record(batch) {
        calls.push(batch.map((item) => (isParsed(item) ? `(${name(item)})` : name(item))));
        return record(batch, calls.length);
      },
      isTransient: () => false,
    },
    clock: () => 0,
    queueMax: 3,
    batchMax: 10,
    batchJobsMax,
    timeoutMillis: 1000,
    onError: () => undefined,
  });
  return { ledger, calls };
}

const jobs = (count: number) =>
  Array.from({ length: count }, (_, i) => ofJob(String(i), `job ${i}`, "success", { clock: 60 }));

describe("ledger: a request that is not parsed yet", () => {
  it("is parsed at once for a store that cannot parse", async () => {
    const { ledger, calls } = scripted((batch) => batch.map(({ delivery }) => delivery.outcome));
    const { request, parses } = received("a", { clock: "ahead" });

    const receipt = await ledger.receive(request);

    expect(receipt).to.deep.equal({
      outcome: "accepted",
      reason: null,
      clock: "ahead",
      url: "https://ci.example.com/runs/a",
    });
    expect(calls).to.deep.equal([["a"]]);
    expect(parses).to.have.length(1);
  });

  it("is parsed by the store, in one batch with entries and in the order of arrival", async () => {
    const { ledger, calls } = parsing(accept);
    const { request, parses } = received("b");

    const answers = await Promise.all([ledger.submit(submission("a")), ledger.receive(request)]);

    expect(answers).to.deep.equal([
      "accepted",
      { outcome: "accepted", reason: "reported by the store", clock: "ahead", url: "u" },
    ]);
    expect(calls).to.deep.equal([["(a)", "b"]]);
    expect(parses).to.have.length(0);
  });

  it("is parsed before where it is too large for the store", async () => {
    const { ledger, calls } = parsing(accept);

    const { outcome, reason } = await ledger.receive(received("a", {}, 1001).request);

    expect([outcome, reason]).to.deep.equal(["accepted", null]);
    expect(calls).to.deep.equal([["(a)"]]);
  });

  it("is weighed by its bytes", async () => {
    const { ledger, calls } = parsing(accept, 4);
    const requests = ["a", "b", "c"].map((key) => received(key, {}, 400).request);

    await Promise.all(requests.map((request) => ledger.receive(request)));

    expect(calls).to.deep.equal([["a", "b"], ["c"]]);
  });

  it("is parsed here and written in parts where the store postpones it, while the others of its batch are answered", async () => {
    const { ledger, calls } = parsing(
      (batch) =>
        accept(batch).map((answer, i) =>
          name(batch[i] as Encoded) === "b" && calls.length === 1 ? "postponed" : answer,
        ),
      4,
    );
    const observations = [ofRun("b", "success", { clock: 70, jobs: jobs(5) })];
    const { request, parses } = received("b", { observations });

    const answers = await Promise.all([received("a").request, request].map((one) => ledger.receive(one)));

    expect(answers.map(({ outcome, reason }) => [outcome, reason])).to.deep.equal([
      ["accepted", "reported by the store"],
      ["accepted", null],
    ]);
    expect(calls).to.deep.equal([["a", "b"], ["(b)"], ["(b)"]]);
    expect(parses).to.have.length(1);
  });

  it("fails alone where the database refuses it, and is kept as a dead letter", async () => {
    const kept: Entry[] = [];
    const { ledger } = parsing((batch) => {
      if (batch.some((item) => !isParsed(item) && name(item) === "b")) throw new Error("out of range");
      kept.push(...batch.filter(isParsed));
      return accept(batch);
    });
    const partly = { ...submission("b").delivery, outcome: "dead_letter", reason: "item 2: no uid" } as const;
    const requests = [received("a"), received("b", { delivery: partly }), received("c")];

    const receipts = await Promise.all(requests.map(({ request }) => ledger.receive(request)));

    expect(receipts.map(({ outcome }) => outcome)).to.deep.equal(["accepted", "dead_letter", "accepted"]);
    expect(receipts[1]?.reason).to.equal("item 2: no uid");
    expect(kept).to.deep.equal([
      {
        delivery: {
          ...partly,
          reason: "item 2: no uid; the database refused it: out of range",
          content: { headers: "{}", body: "body of b" },
        },
        observations: [],
      },
    ]);
  });

  it("is refused with the adapter's error where it is of a format that the provider never sends", async () => {
    const { ledger, calls } = parsing((batch) => batch.map(() => "postponed"));
    const { request } = received("a");
    const unsupported: UnparsedRequest = {
      ...request,
      parse() {
        throw new AppError("unsupported", "not JSON");
      },
    };

    const refused = await catchRefusal(ledger.receive(unsupported));

    expect([refused.code, refused.message]).to.deep.equal(["unsupported", "not JSON"]);
    expect(calls).to.deep.equal([["a"]]);
    expect(ledger.size()).to.equal(0);
  });

  it("is refused while the queue is full, and not parsed", async () => {
    const { ledger } = parsing(accept);
    const first = Array.from({ length: 3 }, (_, i) => ledger.receive(received(String(i)).request));
    const { request, parses } = received("late");

    const refused = await catchRefusal(ledger.receive(request));

    expect(refused.message).to.equal("the queue is full");
    expect(parses).to.have.length(0);
    expect(ledger.size()).to.equal(3);
    const outcomes: Outcome[] = (await Promise.all(first)).map(({ outcome }) => outcome);
    expect(outcomes).to.deep.equal(["accepted", "accepted", "accepted"]);
  });
});
