import { expect } from "chai";
import * as fc from "fast-check";
import { createHmac } from "node:crypto";
import { github } from "../../src/adapters/github/index.ts";
import type { Parsed, RawRequest } from "../../src/core/adapter.ts";
import { changed, fixture, fixtures, request, secrets } from "../support/payloads/github.ts";
import { runResults, states } from "../../src/core/states.ts";

function signature(body: Uint8Array, secret = secrets[0] ?? ""): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

describe("github adapter: signature", () => {
  const verify = (body: Uint8Array, headers: RawRequest["headers"], given = secrets) =>
    github.verify(request("workflow_run", body, headers), given);

  it("proves any bytes that were signed with any of the secrets, text or not, and no others", async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.constantFrom(Buffer.from("\uFEFF{}"), Buffer.from([0xff])),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.constantFrom(...secrets), async (body, secret) => {
        const signed = { "x-hub-signature-256": signature(body, secret) };
        expect(await verify(body, signed)).to.equal(true);
        expect(await verify(Buffer.concat([body, Buffer.from([0])]), signed)).to.equal(false);
        expect(await verify(body, signed, ["another secret", ""])).to.equal(false);
        expect(await verify(body, signed, [])).to.equal(false);
      }),
      { numRuns: 60 },
    );
  });

  it("refuses, and never throws at, a header that is missing, empty, cut, of another kind or under an empty secret", async () => {
    for (const body of [Buffer.from("{}"), Buffer.from([0xc3, 0x28]), Buffer.alloc(0)]) {
      const right = signature(body);
      const sha1 = `sha1=${createHmac("sha1", secrets[0] ?? "")
        .update(body)
        .digest("hex")}`;
      for (const header of [undefined, "", right.slice(0, -1), right.slice(7), `${right}0`, sha1, "sha256=é"]) {
        expect(await verify(body, { "x-hub-signature-256": header, "x-hub-signature": sha1 })).to.equal(false);
      }
      expect(await verify(body, { "x-hub-signature-256": signature(body, "") }, [""])).to.equal(false);
    }
  });
});

describe("github adapter: any input", () => {
  const kinds = ["observed", "code", "ignored", "invalid"];
  const check = (parsed: Parsed) => {
    expect(kinds).to.include(parsed.kind);
    if (parsed.kind === "invalid") expect(parsed.problems).to.not.be.empty;
    if (parsed.kind !== "observed") return;
    const { facts, jobs = [] } = parsed.observations[0];
    for (const of of facts.state === undefined ? jobs.map((job) => job.facts) : [facts]) {
      // A deployment states of its job only how long it waited.
      if (of.state === undefined && parsed.codeEvents !== undefined) {
        expect(of).to.include.any.keys("gatedAt", "gateOpenedAt");
        continue;
      }
      expect(states).to.include(of.state);
      expect([null, ...runResults]).to.include(of.result);
      for (const seconds of [of.queueSeconds, of.durationSeconds])
        if (seconds !== null) expect(seconds).to.be.at.least(0);
    }
  };

  it("parses random bytes without throwing", () => {
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => Buffer.from(text)),
      fc.string().map((text) => Buffer.from(`payload=${text}`)),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(
          "workflow_run",
          "workflow_job",
          "deployment_status",
          "deployment",
          "pull_request",
          "push",
          "ping",
          "",
        ),
        body,
        (event, bytes) => check(github.parse(request(event, bytes), "github")),
      ),
    );
  });

  it("parses and redacts mutated fixtures without throwing", () => {
    const splice = fc.record({
      name: fc.constantFrom(...fixtures),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.nat(40),
      put: fc.uint8Array({ maxLength: 20 }),
    });
    fc.assert(
      fc.property(splice, ({ name, at, cut, put }) => {
        const { headers, body } = fixture(name);
        const from = Math.floor(at * body.length);
        const bytes = Buffer.concat([body.subarray(0, from), put, body.subarray(from + cut)]);
        check(github.parse({ ...request("", bytes), headers }, "github"));
        github.redact(bytes.toString());
      }),
      { numRuns: 500 },
    );
  });

  it("parses any value in any field without throwing", () => {
    const listFields = (kind: string) =>
      Object.keys(
        (JSON.parse(Buffer.from(fixture(`${kind}-succeeded`).body).toString()) as object)[`workflow_${kind}` as never],
      );
    const field = fc.constantFrom(
      ...["run", "job"].flatMap((kind) => listFields(kind).map((key) => [kind, key] as const)),
    );
    fc.assert(
      fc.property(field, fc.jsonValue(), ([kind, key], value) => check(changed(`${kind}-succeeded`, { [key]: value }))),
      { numRuns: 500 },
    );
  });
});
