import { expect } from "chai";
import { withoutEmails } from "../../../src/adapters/redact.ts";
import type { Adapter, Parsed, RawRequest } from "../../../src/core/adapter.ts";
import type { Observation } from "../../../src/core/model.ts";
import { checks, runCheck } from "./index.ts";
import { copyRequest } from "./parsing.ts";
import { parseHttp } from "../payloads/http-file.ts";
import { toy, toyFixtures } from "./toy-adapter.ts";

const stranger = parseHttp(Buffer.from('POST / HTTP/1.1\nX: 1\n\n{"a":1}\n')).request;

/** The toy adapter, with observations that `change` alters. */
function alterToy(
  change: (observation: Observation, request: RawRequest, source: string) => Partial<Observation>,
): Adapter {
  return {
    ...toy,
    parse(request, source): Parsed {
      const parsed = toy.parse(request, source);
      if (parsed.kind !== "observed") return parsed;
      const [observation] = parsed.observations;
      return { kind: "observed", observations: [{ ...observation, ...change(observation, request, source) }] };
    },
  };
}

function claiming(facts: Partial<Observation["facts"]>): Adapter {
  return alterToy((observation) => ({ facts: { ...observation.facts, ...facts } }));
}

let remembered = 0;

/** A suite that finds nothing would make every adapter conform. */
const broken: readonly (readonly [fault: string, adapter: Adapter, caughtBy: RegExp])[] = [
  ["understands nothing", { ...toy, parse: () => ({ kind: "invalid", problems: ["what?"] }) }, /is shown/],
  ["takes every sender", { ...toy, verify: () => true }, /is shown/],
  [
    "throws on broken JSON",
    { ...toy, deliveryKey: ({ body }) => String(JSON.parse(Buffer.from(body).toString())) },
    /throws/,
  ],
  [
    "throws on an odd time",
    alterToy(({ facts }) => ({ queuedAt: new Date(facts.project ?? "").toISOString().length })),
    /throws/,
  ],
  [
    "throws in verify",
    { ...toy, verify: ({ headers }, all) => all.includes(decodeURI(headers["x-toy-secret"] ?? "")) },
    /throws/,
  ],
  ["reads the clock", alterToy(() => ({ queuedAt: Date.now() })), /is pure/],
  ["reads the clock with new Date", alterToy(() => ({ queuedAt: new Date().getTime() })), /is pure/],
  ["rolls dice", alterToy(({ run }) => ({ completion: `${run}/${Math.random()}` })), /is pure/],
  ["remembers", alterToy(() => ({ attempt: ++remembered })), /is pure/],
  ["writes on the request", alterToy((_, { body }) => ((body[0] = 0x20), {})), /is pure/],
  ["writes on the query", alterToy((_, { query }) => (query.set("seen", "1"), {})), /is pure/],
  ["speaks for another provider", alterToy(() => ({ provider: "gitlab" })), /of a fixture/],
  ["speaks for another source", alterToy(() => ({ source: "main" })), /of a fixture/],
  ["knows no run", alterToy(() => ({ run: "" })), /of a fixture/],
  ["goes back in time", alterToy(() => ({ startedAt: -1 })), /of a fixture/],
  ["has no time", alterToy(() => ({ version: { epoch: 0, clock: Number.NaN, rank: 0 } })), /of a fixture/],
  ["measures backwards", claiming({ durationSeconds: -0.5 }), /of a fixture/],
  ["waits for ever", claiming({ queueSeconds: Number.POSITIVE_INFINITY }), /of a fixture/],
  ["has a result before the end", claiming({ state: "executing", finishedAt: null }), /of a fixture/],
  ["completes without a result", claiming({ result: null }), /of a fixture/],
  [
    "has an end before the end",
    alterToy(({ facts }) => ({ completion: undefined, facts: { ...facts, state: "pending", result: null } })),
    /of a fixture/,
  ],
  [
    "does not say whether it has ended",
    alterToy(() => ({ completion: undefined, facts: { state: "pending", nativeStatus: "x" } })),
    /of a fixture/,
  ],
  ["says no native status", claiming({ nativeStatus: "" }), /of a fixture/],
  ["links to a script", claiming({ url: "javascript:alert(1)" }), /of a fixture/],
  ["counts attempts from 0", alterToy(() => ({ attempt: 0 })), /of a fixture/],
  ["keeps broken detail", claiming({ detail: "{" }), /of a fixture/],
  [
    "translates the native status",
    alterToy(({ facts }) => ({ facts: { ...facts, nativeStatus: facts.nativeStatus?.toLowerCase() ?? "" } })),
    /own word/,
  ],
  ["makes a native status up", claiming({ nativeStatus: "passed" }), /own word/],
  [
    "observes what others send",
    { ...toy, parse: (_, source) => toy.parse(toyFixtures.own[0]?.request as RawRequest, source) },
    /other providers/,
  ],
  ["makes a key of the arrival", { ...toy, deliveryKey: ({ receivedAt }) => String(receivedAt) }, /identifies/],
  ["makes a key of all headers", { ...toy, deliveryKey: ({ headers }) => Object.keys(headers).join() }, /identifies/],
  ["puts its source into a run", alterToy(({ run }, _, source) => ({ run: `${source}/${run}` })), /names the source/],
  [
    "tries the first secret only",
    { ...toy, verify: (request, [secret = ""]) => toy.verify(request, [secret]) },
    /every secret/,
  ],
  [
    "looks at the beginning of a secret",
    { ...toy, verify: ({ headers }, all) => all.some((one) => one.startsWith(headers["x-toy-secret"] ?? "?")) },
    /secret/,
  ],
  [
    "takes an empty secret",
    { ...toy, verify: ({ headers }, all) => all.includes(headers["x-toy-secret"] ?? "") },
    /no missing and no empty/,
  ],
  [
    "takes anybody where there is no secret",
    { ...toy, verify: (request, all) => all.length === 0 || toy.verify(request, all) },
    /no missing and no empty/,
  ],
  ["refuses a head that is right", { ...toy, mayVerify: () => false }, /every secret/],
  ["reads bodies of anybody", { ...toy, mayVerify: () => true }, /no missing and no empty/],
  ["breaks JSON when it redacts", { ...toy, redact: withoutEmails }, /leaves valid JSON valid/],
  ["redacts more each time", { ...toy, redact: (body) => toy.redact(body).slice(1) }, /once and for all/],
  ["keeps addresses", { ...toy, redact: (body) => body }, /e-mail/],
  [
    "redacts what it reads",
    { ...toy, redact: (body) => toy.redact(body).replaceAll("smooth", "[redacted]") },
    /nothing that parse reads/,
  ],
];

describe("conformance suite", () => {
  const caught = new Set<string>();

  it("finds nothing wrong with the toy", async () => {
    expect(await failing(toy, /./)).to.deep.equal([]);
  });

  for (const [fault, adapter, caughtBy] of broken) {
    it(`catches an adapter that ${fault}`, async () => {
      const names = await failing(adapter, caughtBy);

      expect(names).to.not.be.empty;
      for (const name of names) caught.add(name);
    });
  }

  it("has no check that nothing fails", () => {
    expect(Object.keys(checks).filter((name) => !caught.has(name))).to.deep.equal([]);
  });
});

/** Of the checks whose name fits, those that find something. */
async function failing(adapter: Adapter, name: RegExp): Promise<string[]> {
  const names: string[] = [];
  for (const [each, check] of Object.entries(checks).filter(([candidate]) => name.test(candidate))) {
    // Copies: an adapter that writes on its requests must not spoil them for the next.
    const own = toyFixtures.own.map((fixture) => ({ name: fixture.name, request: copyRequest(fixture.request) }));
    const fixtures = { ...toyFixtures, own, foreign: [{ name: "a stranger", request: copyRequest(stranger) }] };
    if ((await runCheck(check, adapter, fixtures)).length > 0) names.push(each);
  }
  return names;
}
