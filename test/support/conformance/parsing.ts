import * as fc from "fast-check";
import { isDeepStrictEqual } from "node:util";
import type { Adapter, Parsed, RawRequest } from "../../../src/core/adapter.ts";
import type { Observation } from "../../../src/core/model.ts";
import type { Check, Fixture } from "./check.ts";
import { anyMutated, mutated } from "./mutations.ts";
import { problemsOfParsed } from "./observations.ts";
import { withoutChance } from "./without-chance.ts";

const source = "some-source";

/** A check that never meets an observation, or a refused secret, would find nothing wrong with either. */
export const coverage: Check = async (adapter, { own, secrets, foreign: others }) => {
  const kinds = new Set<string>(own.map(({ request }) => adapter.parse(request, source).kind));
  const verdicts = new Set(await Promise.all(own.map(async ({ request }) => adapter.verify(request, secrets))));
  const seen: readonly (readonly [boolean, string])[] = [
    ...["observed", "ignored", "invalid"].map((kind) => [kinds.has(kind), `no fixture is ${kind}`] as const),
    [verdicts.has(true), "no fixture is authentic"],
    [verdicts.has(false), "every fixture is authentic"],
    [others.length > 0, "no fixture is another provider's"],
  ];
  return seen.filter(([is]) => !is).map(([, problem]) => problem);
};

export const robust: Check = async (adapter, { own, secrets }) => {
  const property = fc.asyncProperty(anyMutated(own.length), async (change) => {
    const request = mutated(own, change);
    adapter.deliveryKey(request);
    adapter.redact(Buffer.from(request.body).toString("utf8"));
    await adapter.verify(request, secrets);
    const problems = problemsOfParsed(adapter.parse(request, source), adapter.name, source);
    if (problems.length > 0) throw new Error(problems.join("; "));
  });
  return counterexamples(await fc.check(property, { numRuns: 2000 }));
};

export const clean: Check = (adapter, { own }) =>
  own.flatMap((fixture) =>
    named(fixture, problemsOfParsed(adapter.parse(fixture.request, source), adapter.name, source)),
  );

export const pure: Check = async (adapter, { own, secrets }) => {
  const all = (requests: readonly Fixture[]) => requests.map(({ request }) => sayAll(adapter, copyRequest(request)));
  const first = all(own);
  // Anything remembered of one request would show in the next.
  const again = all(own.toReversed()).toReversed();
  const problems = own.flatMap((fixture, i) => {
    const differs = isDeepStrictEqual(first[i], again[i]) ? [] : ["does not mean the same a second time"];
    return named(fixture, [...differs, ...problemsOfEffects(adapter, fixture.request)]);
  });
  for (const { name, request } of own) {
    const before = snapshot(request);
    await adapter.verify(request, secrets);
    if (!isDeepStrictEqual(snapshot(request), before)) problems.push(`${name}: verify changed the request`);
  }
  const property = fc.property(anyMutated(own.length), (change) => {
    const request = mutated(own, change);
    const found = problemsOfEffects(adapter, request);
    if (!isDeepStrictEqual(sayAll(adapter, request), sayAll(adapter, copyRequest(request))))
      found.push("differs for a copy");
    if (found.length > 0) throw new Error(found.join("; "));
  });
  return [...problems, ...counterexamples(fc.check(property, { numRuns: 300 }))];
};

function problemsOfEffects(adapter: Adapter, request: RawRequest): string[] {
  const before = snapshot(request);
  const frozen = { ...request, headers: Object.freeze({ ...request.headers }) };
  const { touched } = withoutChance(() => sayAll(adapter, frozen));
  const problems = touched.map((what) => `reads ${what}`);
  return isDeepStrictEqual(snapshot(frozen), before) ? problems : [...problems, "changed the request"];
}

function sayAll(adapter: Adapter, request: RawRequest): unknown {
  const text = Buffer.from(request.body).toString("utf8");
  return [adapter.parse(request, source), adapter.deliveryKey(request), adapter.redact(text)];
}

export function copyRequest({ headers, query, body, receivedAt }: RawRequest): RawRequest {
  return { headers: { ...headers }, query: new URLSearchParams(query), body: Uint8Array.from(body), receivedAt };
}

function snapshot({ headers, query, body, receivedAt }: RawRequest): unknown {
  return { headers: { ...headers }, query: query.toString(), body: Buffer.from(body).toString("base64"), receivedAt };
}

/**
 * A request of another provider is at the wrong address. Whether it is ignored or kept as a dead letter is the
 * adapter's choice (it may not know what it sees); a run made out of it would be wrong for every pair.
 */
export const foreign: Check = (adapter, { foreign: others }) =>
  others.flatMap((fixture) => {
    const parsed = adapter.parse(fixture.request, source);
    return named(fixture, parsed.kind === "observed" ? ["is observed"] : []);
  });

export const keys: Check = (adapter, { own }) =>
  own.flatMap((fixture) => {
    const { request } = fixture;
    const key = adapter.deliveryKey(request);
    const later = { ...request, receivedAt: request.receivedAt + 86_400_000 };
    const { authorization: _, ...headers } = request.headers;
    const rotated = { ...later, headers: { ...headers, "x-request-id": "hop-1" }, query: new URLSearchParams() };
    const same = [later, rotated].every((sentAgain) => adapter.deliveryKey(sentAgain) === key);
    return named(fixture, [...(key === "" ? ["an empty key"] : []), ...(same ? [] : ["another key when sent again"])]);
  });

export const stable: Check = (adapter, { own }) =>
  own.flatMap((fixture) => {
    const [one, other] = ["one", "other"].map((name) => getObservations(adapter.parse(fixture.request, name)));
    const renamed = one?.map((observation) => ({ ...observation, source: "other" }));
    return named(fixture, isDeepStrictEqual(renamed, other) ? [] : ["depends on the name of its source"]);
  });

/**
 * Whatever stands for the native status in the request is written in other letters, one place after the other: the
 * adapter must repeat them. Jobs that a provider only lists as skipped may have no word of their own.
 */
export const verbatim: Check = (adapter, fixtures) =>
  fixtures.own.flatMap((fixture) => {
    const words = listWords(adapter.parse(fixture.request, source)).filter((word) => swapped(word) !== word);
    const lost = words.filter((word) => !isRepeated(adapter, fixture.request, word));
    return named(
      fixture,
      lost.map((word) => `native status ${JSON.stringify(word)} is not as it came`),
    );
  });

function listWords(parsed: Parsed): string[] {
  const all = getObservations(parsed).flatMap(({ facts, jobs = [] }) => [
    facts.nativeStatus,
    ...jobs.filter((job) => job.facts.result !== "skip").map((job) => job.facts.nativeStatus),
  ]);
  return [...new Set(all.filter((word) => word !== undefined))];
}

function isRepeated(adapter: Adapter, request: RawRequest, word: string): boolean {
  const body = encoded(request.body);
  const inBody = swaps(body.text, word).map((text) => ({ ...request, body: body.decode(text) }));
  const inHeaders = Object.entries(request.headers).flatMap(([name, value = ""]) =>
    swaps(value, word).map((text) => ({ ...request, headers: { ...request.headers, [name]: text } })),
  );
  return [...inBody, ...inHeaders].some((variant) => listWords(adapter.parse(variant, source)).includes(swapped(word)));
}

/** A payload in Base64 is unpacked, to be written in. */
function encoded(body: Uint8Array): { readonly text: string; readonly decode: (text: string) => Uint8Array } {
  const text = Buffer.from(body).toString("utf8");
  // What begins like this is JSON.
  const packed = /"(e[yw][A-Za-z0-9+/]{100,}={0,2})"/.exec(text)?.[1];
  if (packed === undefined) return { text, decode: (changed) => Buffer.from(changed) };
  const inner = Buffer.from(packed, "base64").toString("utf8");
  const pack = (changed: string) => Buffer.from(text.replace(packed, Buffer.from(changed).toString("base64")));
  return { text: inner, decode: pack };
}

function swaps(text: string, word: string): string[] {
  const variants: string[] = [];
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
    variants.push(text.slice(0, at) + swapped(word) + text.slice(at + word.length));
  return variants;
}

function swapped(word: string): string {
  return word
    .split("")
    .map((char) => (char === char.toUpperCase() ? char.toLowerCase() : char.toUpperCase()))
    .join("");
}

export function getObservations(parsed: Parsed): readonly Observation[] {
  return parsed.kind === "observed" ? parsed.observations : [];
}

export function named({ name }: Fixture, problems: readonly string[]): string[] {
  return problems.map((problem) => `${name}: ${problem}`);
}

/** What fast-check found, in its own words; the seed and the path in them find it again. */
export function counterexamples<T>(details: fc.RunDetails<T>): string[] {
  if (!details.failed) return [];
  return [`${fc.defaultReportMessage(details) ?? "failed"}\n${String(details.errorInstance)}`];
}
