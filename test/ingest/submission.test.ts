import { expect } from "chai";
import { gitlab } from "../../src/adapters/gitlab/index.ts";
import { tekton } from "../../src/adapters/tekton/index.ts";
import type { Adapter, Parsed, RawRequest } from "../../src/core/adapter.ts";
import { AppError } from "../../src/core/errors.ts";
import { restoreRequest } from "../../src/ingest/kept-content.ts";
import { createSubmission } from "../../src/ingest/submission.ts";
import { build, pipelineHook } from "../support/payloads/gitlab.ts";
import { fixtureNow } from "../support/payloads/http-file.ts";

const options = { source: "ci", keepBodies: false };

function request(body: string, headers: RawRequest["headers"] = {}): RawRequest {
  return { headers, query: new URLSearchParams(), body: Buffer.from(body), receivedAt: fixtureNow };
}

/** An adapter that says `parsed`, whatever it is given. */
function saying(parsed: () => Parsed, key?: string): Adapter {
  return {
    name: "fake",
    deliveryKey: () => key,
    verify: () => true,
    mayVerify: () => true,
    explainRefusal: () => "",
    parse: parsed,
    redact: (body) => body,
  };
}

const ignored = (): Parsed => ({ kind: "ignored", reason: "not about runs" });

describe("what the ledger gets for a request", () => {
  it("keeps the delivery of an adapter that throws", () => {
    const broken = saying(() => {
      throw new TypeError("cannot read properties of undefined");
    });

    const { delivery, observations } = createSubmission(broken, request("{}"), options);

    expect(observations).to.deep.equal([]);
    expect(delivery).to.include({ outcome: "dead_letter" });
    expect(delivery.reason).to.equal("the fake adapter failed: TypeError: cannot read properties of undefined");
    expect(delivery.content?.body).to.equal("{}");
  });

  it("keeps a delivery with too many jobs as a dead letter with the reason, and takes it with a higher limit", () => {
    const builds = Array.from({ length: 6 }, (_, i) => build({ id: i + 1, name: `job ${i}`, status: "success" }));
    const body = JSON.stringify(pipelineHook("success", [], {}, { builds }));
    const limited = (jobsMax: number) => createSubmission(gitlab, request(body), { ...options, jobsMax });

    const { delivery, observations } = limited(5);

    expect(observations).to.deep.equal([]);
    expect(delivery).to.include({
      outcome: "dead_letter",
      reason: "it has 6 jobs, and 5 are taken: raise PIPEGAUGE_MAX_JOBS and call `pipegauge replay --dead`",
    });
    expect(delivery.content?.body).to.equal(body);
    const taken = limited(6);
    expect(taken.delivery).to.include({ outcome: "accepted", key: delivery.key });
    expect(taken.observations[0]?.jobs).to.have.length(6);
  });

  it("keeps the title of a run, and leaves it out where the settings say so", () => {
    const body = JSON.stringify(pipelineHook("success", [], { name: "Nightly of mira@example.com" }));
    const take = (settings: { keepTitles?: false }) =>
      createSubmission(gitlab, request(body), { ...options, settings }).observations[0]?.facts;

    expect(take({})).to.include({ title: "Nightly of [redacted]" });
    expect(take({ keepTitles: false })).to.not.have.property("title");
    expect(take({ keepTitles: false })).to.include({ project: take({})?.project });
  });

  it("keeps what an adapter reads of the request for a replay, and none of its secrets", () => {
    const headers = { "x-gitlab-event": "Pipeline Hook", "x-gitlab-token": "canary", authorization: "Bearer canary" };
    const query = new URLSearchParams("multibranch=true&token=canary");
    const keeping = { ...options, keepBodies: true };

    const { delivery } = createSubmission(saying(ignored), { ...request("{}", headers), query }, keeping);

    const { content, receivedAt } = delivery;
    expect(JSON.stringify(content)).to.not.include("canary");
    const stored = { headers: JSON.parse(content?.headers ?? "{}"), body: content?.body ?? "", receivedAt };
    const again = restoreRequest(stored);
    expect(again.headers).to.deep.equal({ "x-gitlab-event": "Pipeline Hook" });
    expect(again.query.toString()).to.equal("multibranch=true");
    expect(Buffer.from(again.body).toString()).to.equal("{}");
  });

  it("marks it where the kept text is not the body that came, and then keeps the beginning", () => {
    const long = Buffer.concat([Buffer.from("{"), Buffer.alloc(100_000, 0xff)]);
    const createContent = (body: string | Buffer, redact = (text: string) => text) =>
      createSubmission(
        { ...saying(ignored), redact },
        { ...request(""), body: Buffer.from(body) },
        { ...options, keepBodies: true },
      ).delivery.content;

    expect(createContent("{}")).to.deep.equal({ headers: "{}", body: "{}" });
    expect(createContent("a\u0000b")).to.deep.equal({ headers: '{":changed":"true"}', body: "a\uFFFDb" });
    expect(createContent(long)?.body).to.have.length(65_536);
    expect(
      createContent("by mira", () => "by X"),
      "redaction alone changes no meaning",
    ).to.deep.equal({
      headers: "{}",
      body: "by X",
    });
  });

  it("gives a reason that every database and log can hold, for any content of a delivery", () => {
    const hostile = "\u0000\u001b\ud800" + "a\udfff".repeat(600);
    const parsed: Parsed[] = [
      { kind: "ignored", reason: hostile },
      { kind: "invalid", problems: [hostile, "second"] },
    ];

    for (const one of parsed) {
      const { reason } = createSubmission(
        saying(() => one),
        request("{}"),
        options,
      ).delivery;
      expect(reason?.isWellFormed()).to.be.true;
      // oxlint-disable-next-line no-control-regex -- what PostgreSQL refuses
      expect(reason).to.not.match(/[\u0000-\u001f]/);
      expect(reason?.length).to.equal(500);
    }
  });

  it("does so for an event whose type is half a character", () => {
    const event = { specversion: "1.0", id: "1", source: "/a", type: "x\ud800", data: {} };
    const structured = request(JSON.stringify(event), { "content-type": "application/cloudevents+json" });

    expect(createSubmission(tekton, structured, options).delivery).to.include({
      outcome: "ignored",
      reason: "event type x\ufffd is not about runs",
    });
  });

  it("keeps a body that is not text, or contains bytes that are not", () => {
    const bytes = { ...request(""), body: Uint8Array.of(0x7b, 0x00, 0xff, 0xed, 0xa0, 0x80) };

    const { delivery } = createSubmission(
      saying(() => ({ kind: "invalid", problems: [] })),
      bytes,
      options,
    );

    expect(delivery.content?.body).to.match(/^\{\ufffd+$/);
    expect(delivery.bytes).to.equal(6);
  });

  it("makes a key of fixed length of any key of a sender", () => {
    const createKey = (adapter: Adapter, source = "ci", body = "{}") =>
      createSubmission(adapter, request(body), { ...options, source }).delivery.key;

    const keys = [
      createKey(saying(ignored, "k".repeat(9000))),
      createKey(saying(ignored, "k")),
      createKey(saying(ignored, "k"), "other"),
      createKey(saying(ignored)),
      createKey(saying(ignored), "other"),
      createKey(saying(ignored), "ci", "[]"),
    ];

    expect(new Set(keys)).to.have.property("size", keys.length);
    for (const key of keys) expect(key).to.match(/^[\w-]{24}$/);
    expect(createKey(saying(ignored, "k"), "ci", "[]"), "the sender's key outweighs the body").to.equal(keys[1]);
  });

  it("refuses a format that is not the provider's, but keeps it a dead letter in a replay", () => {
    const unsupported = saying(() => ({ kind: "unsupported", reason: "Avro" }));

    expect(() => createSubmission(unsupported, request("{}"), options))
      .to.throw(AppError, "Avro")
      .with.property("code", "unsupported");
    expect(createSubmission(unsupported, request("{}"), { ...options, replayOf: "key" }).delivery).to.include({
      key: "key",
      outcome: "dead_letter",
      reason: "Avro",
    });
  });

  it("keeps no header that could hold a secret", () => {
    const headers = {
      "x-gitlab-token": "canary",
      authorization: "canary",
      cookie: "canary",
      "webhook-signature": "canary",
      "x-hub-signature-256": "canary",
      "ce-id": "1",
      "x-github-event": "ping",
      "idempotency-key": "2",
    };
    const body = JSON.stringify(pipelineHook("success", []));

    const { content } = createSubmission(
      saying(() => ({ kind: "invalid", problems: ["x"] })),
      request(body, headers),
      options,
    ).delivery;

    expect(JSON.parse(content?.headers ?? "")).to.deep.equal({
      "ce-id": "1",
      "x-github-event": "ping",
      "idempotency-key": "2",
    });
  });
});
