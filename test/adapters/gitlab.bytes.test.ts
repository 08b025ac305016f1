import { expect } from "chai";
import * as fc from "fast-check";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { gitlab } from "../../src/adapters/gitlab/index.ts";
import { readHttpFile } from "../support/payloads/http-file.ts";
import { parsed, request } from "../support/payloads/gitlab.ts";

const testdata = join(import.meta.dirname, "../../src/adapters/gitlab/testdata");
const fixtures = readdirSync(testdata).filter((name) => name.endsWith(".http"));

describe("gitlab adapter: any bytes", () => {
  it("never throws, and says why when it does not understand", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(gitlab.parse(request(bytes), "gitlab").kind).to.be.oneOf(["ignored", "invalid"]);
      }),
    );
  });

  it("never throws for fixtures with any value put in any place", () => {
    const bodies = fixtures
      .filter((name) => /^(pipeline|job)-/.test(name))
      .map((name) => Buffer.from(readHttpFile(join(testdata, name)).request.body).toString())
      .map((body) => JSON.parse(body) as unknown);
    fc.assert(
      fc.property(fc.constantFrom(...bodies), fc.nat(), fc.jsonValue(), (body, place, value) => {
        const outcome = parsed(mutated(body, place, value));
        if (outcome.kind === "invalid") expect(outcome.problems).to.not.be.empty;
        if (outcome.kind === "observed")
          expect(Number.isSafeInteger(outcome.observations[0].version.epoch)).to.equal(true);
      }),
      { numRuns: 3000 },
    );
  });

  it("never throws for fixtures with bytes cut out", () => {
    fc.assert(
      fc.property(fc.constantFrom(...fixtures), fc.nat(4000), fc.nat(200), (name, from, length) => {
        const { body } = readHttpFile(join(testdata, name)).request;
        const cut = Buffer.concat([body.subarray(0, from), body.subarray(from + length)]);
        expect(gitlab.parse(request(cut), "gitlab").kind).to.be.oneOf(["observed", "code", "ignored", "invalid"]);
      }),
    );
  });
});

/** A copy of `body` in which the `place`-th value (counted round and round) is `value`. */
function mutated(body: unknown, place: number, value: unknown): unknown {
  let count = 0;
  JSON.stringify(body, (_, v: unknown) => (count++, v));
  let seen = 0;
  return JSON.parse(JSON.stringify(body, (_, v: unknown) => (seen++ === place % count ? value : v))) as unknown;
}

describe("gitlab adapter: redaction", () => {
  for (const name of fixtures) {
    it(`keeps neither variables nor addresses of ${name.replace(".http", "")}, and changes nothing that is read`, () => {
      const { request: original } = readHttpFile(join(testdata, name));
      const clean = gitlab.redact(Buffer.from(original.body).toString());

      expect(clean).to.not.match(/do-not-keep-me|robin@example\.com/);
      expect(parsed(Buffer.from(clean)).kind).to.equal(gitlab.parse(original, "gitlab").kind);
      if (parsed(Buffer.from(clean)).kind === "observed") {
        expect(parsed(Buffer.from(clean))).to.deep.equal(gitlab.parse(original, "gitlab"));
      }
    });
  }
});
