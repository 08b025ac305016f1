import { expect } from "chai";
import { CloudEvent, HTTP, type CloudEventV1, type Message } from "cloudevents";
import * as fc from "fast-check";
import { decodeEvents } from "../../src/adapters/tekton/decode-events.ts";
import { tekton } from "../../src/adapters/tekton/index.ts";
import type { RawRequest } from "../../src/core/adapter.ts";
import { at, condition, event, pipelineRun, request, parseObservation } from "../support/payloads/tekton.ts";

const attributes = {
  id: "a-1",
  source: "/apis///namespaces/team-a//train",
  type: "dev.tekton.event.taskrun.started.v1",
};
const binaryHeaders = {
  "content-type": "application/json",
  "ce-specversion": "1.0",
  "ce-id": attributes.id,
  "ce-source": attributes.source,
  "ce-type": attributes.type,
};
const structuredMode = "application/cloudevents+json";
const batchMode = "application/cloudevents-batch+json";

/** A message of the SDK as the request that Node's HTTP server would hand over. */
function delivered({ headers, body }: Message): RawRequest {
  return request(headers as Record<string, string>, String(body));
}

/** The SDK's reading of the same bytes. */
function sdk(headers: Record<string, string>, body: string): CloudEventV1<unknown> {
  return HTTP.toEvent({ headers, body }) as CloudEventV1<unknown>;
}

/** The data of an event, as we read it. */
function readData(delivery: RawRequest): unknown {
  const envelope = decodeEvents(delivery);
  const item = envelope.kind === "unsupported" ? undefined : envelope.items[0];
  if (item?.ok !== true) throw new Error(JSON.stringify(item));
  const data = item.value.data();
  return data.ok ? data.value : data;
}

function readProblems(delivery: RawRequest): readonly string[] {
  const envelope = decodeEvents(delivery);
  if (envelope.kind === "unsupported") throw new Error(envelope.reason);
  return envelope.items.flatMap((item) => (item.ok ? [] : item.problems));
}

describe("tekton adapter: the envelope", () => {
  const graphic = fc.stringMatching(/^[!-~]{1,40}$/);
  const anyEvent = fc.record({
    id: graphic,
    source: fc.stringMatching(/^\/[\w\-./:]{0,40}$/),
    type: fc.stringMatching(/^[a-z][a-z0-9.]{0,40}$/),
    data: fc.dictionary(fc.string(), fc.jsonValue()),
  });

  for (const mode of ["binary", "structured"] as const) {
    it(`reads what the SDK sends in ${mode} mode as the SDK itself does`, () => {
      fc.assert(
        fc.property(anyEvent, (sent) => {
          const message = HTTP[mode](new CloudEvent(sent));
          const oracle = HTTP.toEvent(message) as CloudEventV1<unknown>;

          const envelope = decodeEvents(delivered(message));

          if (envelope.kind !== "single") throw new Error(envelope.kind);
          const [item] = envelope.items;
          if (item?.ok !== true) throw new Error(JSON.stringify(item));
          const { id, source, type } = item.value;
          expect({ id, source, type, data: readData(delivered(message)) }).to.deep.equal({
            id: oracle.id,
            source: oracle.source,
            type: oracle.type,
            data: oracle.data,
          });
        }),
      );
    });
  }

  it("gives one key to one event in both modes, and none to a batch", () => {
    const sent = new CloudEvent({ ...attributes, data: {} });
    const batch = request({ "content-type": batchMode }, JSON.stringify([sent.toJSON()]));

    expect(tekton.deliveryKey(delivered(HTTP.binary(sent)))).to.equal(`${attributes.source} ${attributes.id}`);
    expect(tekton.deliveryKey(delivered(HTTP.structured(sent)))).to.equal(`${attributes.source} ${attributes.id}`);
    expect(tekton.deliveryKey(batch)).to.equal(undefined);
  });

  it("says the same of a run in all three modes", () => {
    const done = pipelineRun({ ...condition("True", "Succeeded", 90), startTime: at(1), completionTime: at(90) });
    const binary = event("pipelineRun", "successful", done);
    const type = "dev.tekton.event.pipelinerun.successful.v1";
    const one = new CloudEvent({ ...attributes, type, data: { pipelineRun: done } });

    const structured = parseObservation(delivered(HTTP.structured(one)));
    const batched = parseObservation(request({ "content-type": batchMode }, JSON.stringify([one.toJSON()])));

    expect(structured).to.deep.equal(parseObservation(binary));
    expect(batched).to.deep.equal(parseObservation(binary));
  });

  for (const contentType of ["application/x-www-form-urlencoded", "text/plain", "application/octet-stream"]) {
    it(`reads JSON that a client calls ${contentType}, once the headers show that it is an event`, () => {
      const headers = { ...binaryHeaders, "content-type": contentType };

      expect(readData(request(headers, '{"a":1}'))).to.deep.equal({ a: 1 });
      expect(readData(request(headers, "a=1"))).to.deep.equal({
        ok: false,
        problems: [`data of content-type ${contentType} is not JSON`],
      });
    });
  }

  it("reads data that a client wrote as one string of JSON", () => {
    const data = (value: unknown) =>
      readData(
        request({ "content-type": structuredMode }, JSON.stringify({ specversion: "1.0", ...attributes, data: value })),
      );

    expect(data('{"a":1}')).to.deep.equal({ a: 1 });
    expect(data("no JSON")).to.equal("no JSON");
  });

  const types: [contentType: string, kind: string][] = [
    ["application/json", "single"],
    ["Application/JSON;charset=UTF-8", "single"],
    ["application/problem+json", "single"],
    ["application/cloudevents+json ; charset=utf-8", "single"],
    ["APPLICATION/CLOUDEVENTS-BATCH+JSON", "batch"],
    ["application/cloudevents+xml", "unsupported"],
    ["text/plain", "unsupported"],
    ["application/jsonp", "unsupported"],
    ["", "unsupported"],
  ];
  for (const [contentType, kind] of types) {
    it(`takes ${contentType || "no content type"} without event headers as ${kind}`, () => {
      expect(decodeEvents(request({ "content-type": contentType }, "[]")).kind).to.equal(kind);
    });
  }

  for (const name of ["ce-id", "ce-source", "ce-type", "ce-specversion"] as const) {
    it(`never makes up ${name}`, () => {
      const without: Record<string, string | undefined> = { ...binaryHeaders };
      delete without[name];

      expect(tekton.parse(request(without, "{}"), "tekton")).to.deep.equal({
        kind: "invalid",
        problems: [`${name} is missing`],
      });
      expect(readProblems(request({ ...binaryHeaders, [name]: "" }, "{}"))).to.deep.equal([`${name} is missing`]);
    });
  }

  it("takes every 1.x and no other version", () => {
    const versions = ["1.0", "1.1", "1.42", "0.3", "2.0", "10.0", "1", "v1.0", "1.0.2"];

    const taken = versions.filter(
      (v) => readProblems(request({ ...binaryHeaders, "ce-specversion": v }, "{}")).length === 0,
    );

    expect(taken).to.deep.equal(["1.0", "1.1", "1.42"]);
  });

  it("refuses a batch that is not a list, or has more events than any sender sends", () => {
    expect(readProblems(request({ "content-type": batchMode }, "{}"))).to.deep.equal(["body is not a JSON array"]);
    expect(readProblems(request({ "content-type": batchMode }, `[${"1,".repeat(1000)}1]`))).to.have.length(1);
  });
});

/** Why docs/adr/0005 does not read events with the SDK. Should one of these fail after an upgrade, look at it again. */
describe("tekton adapter: faults of the SDK that keep us from reading with it", () => {
  it("leaves the data a text when the charset is written as Java and many proxies write it", () => {
    const headers = { ...binaryHeaders, "content-type": "application/json;charset=UTF-8" };

    expect(sdk(headers, '{"a":1}').data).to.equal('{"a":1}');
    expect(readData(request(headers, '{"a":1}'))).to.deep.equal({ a: 1 });
  });

  it("throws at a structured event whose charset is in capitals", () => {
    const headers = { "content-type": `${structuredMode}; charset=UTF-8` };
    const body = JSON.stringify({ specversion: "1.0", ...attributes, data: {} });

    expect(() => sdk(headers, body)).to.throw(TypeError);
    expect(readProblems(request(headers, body))).to.deep.equal([]);
  });

  it("makes up a new id at each reading of an event that has none, so nothing is ever a duplicate", () => {
    const headers = { "content-type": structuredMode };
    const body = JSON.stringify({ specversion: "1.0", source: attributes.source, type: attributes.type, data: {} });

    expect(sdk(headers, body).id).to.be.a("string").that.is.not.equal(sdk(headers, body).id);
    expect(readProblems(request(headers, body))).to.deep.equal(["id is missing"]);
  });

  it("replaces a time that it cannot read by its own clock", () => {
    const before = Date.now();

    const { time } = sdk({ ...binaryHeaders, "ce-time": "yesterday" }, "{}");

    expect(Date.parse(time ?? "")).to.be.at.least(before);
  });

  it("accepts a version of the specification that does not exist", () => {
    expect(sdk({ ...binaryHeaders, "ce-specversion": "9.9" }, "{}").specversion).to.equal("9.9");
  });

  it("refuses a whole batch for one element without a type", () => {
    const good = { specversion: "1.0", ...attributes, data: {} };
    const body = JSON.stringify([good, { ...good, type: undefined }]);

    expect(() => sdk({ "content-type": batchMode }, body)).to.throw(TypeError);
    expect(readProblems(request({ "content-type": batchMode }, body))).to.deep.equal(["type is missing"]);
  });
});
