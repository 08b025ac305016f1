import { expect } from "chai";
import * as fc from "fast-check";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { tekton } from "../../src/adapters/tekton/index.ts";
import type { RawRequest } from "../../src/core/adapter.ts";
import { fold } from "../support/model/fold.ts";
import { readHttpFile } from "../support/payloads/http-file.ts";
import { event, pipelineRun, request, taskRun, type Json } from "../support/payloads/tekton.ts";
import { runResults, states } from "../../src/core/states.ts";

const testdata = join(import.meta.dirname, "../../src/adapters/tekton/testdata");
const fixtures = readdirSync(testdata)
  .filter((name) => name.endsWith(".http"))
  .map((name) => readHttpFile(join(testdata, name)).request);

describe("tekton adapter: who may deliver", () => {
  const delivery = (authorization: string | undefined, query = ""): RawRequest => ({
    ...request({ authorization }, ""),
    query: new URLSearchParams(query),
  });
  const basic = (userinfo: string) => `Basic ${Buffer.from(userinfo).toString("base64")}`;
  const secrets = ["older", "newer"];

  it("takes each secret in each of its places", () => {
    for (const secret of secrets) {
      expect(tekton.verify(delivery(undefined, `token=${secret}`), secrets)).to.equal(true);
      expect(tekton.verify(delivery(`Bearer ${secret}`), secrets)).to.equal(true);
      expect(tekton.verify(delivery(basic(`any:${secret}`)), secrets)).to.equal(true);
    }
  });

  it("takes nothing else", () => {
    const refused = [delivery(undefined), delivery(undefined, "token="), delivery("Bearer "), delivery("older")];
    for (const one of [...refused, delivery(basic("older:")), delivery(undefined, "token=olde")])
      expect(tekton.verify(one, secrets)).to.equal(false);
    expect(tekton.verify(delivery("Bearer older"), [])).to.equal(false);
  });
});

describe("tekton adapter: what is not understood", () => {
  const parseProblems = (delivery: RawRequest) => {
    const parsed = tekton.parse(delivery, "tekton");
    return parsed.kind === "invalid" ? parsed.problems : parsed;
  };

  it("names every field that is no time", () => {
    const bad = { startTime: "soon", conditions: [{ type: "Succeeded", status: "Unknown", lastTransitionTime: "1" }] };
    const status = {
      ...bad,
      steps: [{ running: { startedAt: "2026-11-20" } }],
      retriesStatus: [{ completionTime: "?" }],
    };

    expect(parseProblems(event("taskRun", "running", taskRun(status, { creationTimestamp: "" })))).to.have.members([
      "metadata.creationTimestamp is not a time",
      "status.startTime is not a time",
      "status.conditions.lastTransitionTime is not a time",
      "status.steps.0.startedAt is not a time",
      "status.retriesStatus.0.completionTime is not a time",
    ]);
  });

  for (const field of ["name", "namespace", "uid", "creationTimestamp"]) {
    it(`a run without metadata.${field}`, () => {
      const problem = `pipelineRun: metadata must have required property '${field}'`;

      expect(parseProblems(event("pipelineRun", "running", pipelineRun({}, { [field]: undefined })))).to.deep.equal([
        problem,
      ]);
    });
  }

  it("an event with two kinds of run, or with none", () => {
    const headers = event("run", "started", {}).headers;
    const both = JSON.stringify({ taskRun: taskRun({}), pipelineRun: pipelineRun({}) });

    expect(parseProblems(request(headers, both))).to.deep.equal(["data has both pipelineRun and taskRun"]);
    expect(parseProblems(request(headers, "null"))).to.deep.equal(["data is not a JSON object"]);
    expect(parseProblems(request(headers, "[]"))).to.deep.equal([
      "data has none of pipelineRun, taskRun, customRun, run",
    ]);
  });

  it("takes null for a kind that the event is not about", () => {
    const { headers, body } = event("taskRun", "running", taskRun({}));
    const typed = { pipelineRun: null, customRun: null, ...(JSON.parse(Buffer.from(body).toString()) as Json) };

    expect(tekton.parse(request(headers, JSON.stringify(typed)), "tekton").kind).to.equal("observed");
    expect(parseProblems(request(headers, '{"taskRun":null}'))).to.deep.equal([
      "data has none of pipelineRun, taskRun, customRun, run",
    ]);
  });

  it("keeps no e-mail address", () => {
    expect(tekton.redact('{"message":"by dana@shop.example.com","cut')).to.equal('{"message":"by [redacted]","cut');
  });
});

/** Whatever it says must be something that core can store. */
function sound(delivery: RawRequest): void {
  const parsed = tekton.parse(delivery, "tekton");
  tekton.deliveryKey(delivery);
  if (parsed.kind !== "observed") return;
  for (const { facts, version, jobs = [], completion } of parsed.observations) {
    for (const observation of [{ facts, version }, ...jobs]) {
      const { state, result, finishedAt, queueSeconds, durationSeconds } = observation.facts;
      expect(Object.values(observation.version).every(Number.isSafeInteger)).to.equal(true);
      if (state === undefined) continue;
      expect(states).to.include(state);
      expect([...runResults, null]).to.include(result);
      expect(state === "finished").to.equal(result !== null);
      if (state !== "finished") expect([finishedAt, completion]).to.deep.equal([null, undefined]);
      for (const seconds of [queueSeconds, durationSeconds]) expect((seconds ?? 0) >= 0).to.equal(true);
    }
  }
  fold(parsed.observations);
}

/** `value` with whatever `path` leads to replaced; a number picks the nth member. */
function replaced(value: unknown, path: readonly number[], by: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== "object" || value === null) return by;
  const keys = Object.keys(value);
  const key = keys[step % Math.max(1, keys.length)];
  if (key === undefined) return by;
  const changed = replaced((value as Json)[key], rest, by);
  return Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed };
}

describe("tekton adapter: parse never throws", () => {
  const json = fixtures.filter(({ body }) => /^[[{].*[}\]]$/s.test(Buffer.from(body).toString()));

  it("for random bytes under any headers", () => {
    const types = ["application/json", "application/cloudevents+json", "application/cloudevents-batch+json", "", "a;b"];
    const headers = fc.record({
      "content-type": fc.constantFrom(...types),
      "ce-id": fc.string(),
      "ce-type": fc.string(),
    });
    fc.assert(
      fc.property(headers, fc.uint8Array({ maxLength: 200 }), (some, bytes) => {
        sound(request(some, bytes));
      }),
    );
  });

  it("for bytes of a fixture that were overwritten, and for a fixture cut short", () => {
    fc.assert(
      fc.property(fc.constantFrom(...fixtures), fc.nat(), fc.nat(255), fc.boolean(), (fixture, where, byte, cut) => {
        const body = Uint8Array.from(fixture.body);
        body[where % Math.max(1, body.length)] = byte;
        sound({ ...fixture, body: cut ? body.subarray(0, where % Math.max(1, body.length)) : body });
      }),
      { numRuns: 500 },
    );
  });

  it("for any value in any place of a fixture", () => {
    expect(json.length).to.be.above(50);
    const path = fc.array(fc.nat(20), { minLength: 1, maxLength: 7 });
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(null, "", "0001-01-01T00:00:00Z", "2999-01-01T00:00:00Z"),
    );
    fc.assert(
      fc.property(fc.constantFrom(...json), path, anything, (fixture, where, value) => {
        const body = replaced(JSON.parse(Buffer.from(fixture.body).toString()), where, value);
        sound({ ...fixture, body: Buffer.from(JSON.stringify(body)) });
      }),
      { numRuns: 2000 },
    );
  });
});
