import * as fc from "fast-check";
import { isDeepStrictEqual } from "node:util";
import { withoutEmails } from "../../../src/adapters/redact.ts";
import type { Adapter, Parsed, RawRequest } from "../../../src/core/adapter.ts";
import type { CodeEvent } from "../../../src/core/code-event.ts";
import type { Check } from "./check.ts";
import { anyMutated, parseJson, members, mutated, place } from "./mutations.ts";
import { counterexamples, named, getObservations } from "./parsing.ts";

const source = "some-source";
const address = "canary.person+ci@mail.canary.example.com";

/** How an address stands in a payload: alone, in a trailer, after a line break, without a space before it. */
const settings: readonly ((text: string) => string)[] = [
  () => address,
  (text) => `${text} <${address}>`,
  (text) => `${text}\n${address}\n`,
  (text) => `${text}\t"${address}"`,
  (text) => `mailto:${address}?subject=${text}`,
  (text) => `${text}\\${address}`,
];

/** JSON as different senders write it: plain, with `<`, `>` and `&` escaped (Go, Ruby, Gson), over several lines. */
const writers: readonly ((value: unknown) => string)[] = [
  (value) => JSON.stringify(value),
  (value) => JSON.stringify(value).replaceAll("<", "\\u003c").replaceAll(">", "\\u003e").replaceAll("&", "\\u0026"),
  (value) => JSON.stringify(value, null, 2),
];

export const valid: Check = (adapter, { own }) => {
  const property = fc.property(anyMutated(own.length), (change) => {
    const text = Buffer.from(mutated(own, change).body).toString("utf8");
    const once = adapter.redact(text);
    if (adapter.redact(once) !== once) throw new Error(`redacting twice is not redacting once: ${once.slice(0, 300)}`);
    if (isJson(text) && !isJson(once)) throw new Error("valid JSON is no longer valid");
  });
  return [...counterexamples(fc.check(property, { numRuns: 1000 })), ...checkPlanted(adapter, own, isStillValid)];
};

export const removesAddresses: Check = (adapter, { own }) => {
  const inFixtures = own.flatMap((fixture) => {
    const text = Buffer.from(fixture.request.body).toString("utf8");
    const left = /[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z][a-z-]+/i.exec(adapter.redact(text))?.[0];
    return named(fixture, left === undefined ? [] : [`leaves ${left}`]);
  });
  return [...inFixtures, ...checkPlanted(adapter, own, isGone)];
};

/** What was parsed before must be parsed after, but for the addresses; a replay reads what was redacted. */
export const leavesMeaning: Check = (adapter, { own }) => {
  const inFixtures = own.flatMap((fixture) => {
    const text = Buffer.from(fixture.request.body).toString("utf8");
    const same = Buffer.from(text).equals(fixture.request.body) ? meansTheSame(adapter, fixture.request) : true;
    return named(fixture, same ? [] : ["means something else once it is redacted"]);
  });
  return [...inFixtures, ...checkPlanted(adapter, own, isStillMeant)];
};

/** `text` is what stood in the place of the address. */
type Verdict = (adapter: Adapter, planted: RawRequest, original: RawRequest, text: string) => string | undefined;

/** Plants an address in any text of any fixture that is JSON. */
function checkPlanted(adapter: Adapter, own: readonly { readonly request: RawRequest }[], verdict: Verdict): string[] {
  const bodies = own.map(({ request }) => request).filter(({ body }) => texts(parseJson(body)).length > 0);
  // A provider without JSON is left to its fixtures.
  if (bodies.length === 0) return [];
  const arbitrary = fc.tuple(
    fc.nat(bodies.length - 1),
    place,
    fc.constantFrom(...settings),
    fc.constantFrom(...writers),
  );
  const property = fc.property(arbitrary, ([i, at, setting, write]) => {
    const original = bodies[i] as RawRequest;
    const root = parseJson(original.body);
    const found = texts(root);
    const { holder, key } = found[Math.floor(at * found.length)] as (typeof found)[number];
    const text = String(holder[key]);
    holder[key] = setting(text);
    const planted = { ...original, body: Buffer.from(write(root)) };
    const problem = verdict(adapter, planted, original, text);
    if (problem !== undefined) throw new Error(`${problem}: ${key} = ${JSON.stringify(holder[key])}`);
  });
  return counterexamples(fc.check(property, { numRuns: 1000 }));
}

function texts(value: unknown) {
  return [...members(value)].filter(({ holder, key }) => typeof holder[key] === "string");
}

function isStillValid(adapter: Adapter, { body }: RawRequest): string | undefined {
  return isJson(adapter.redact(Buffer.from(body).toString("utf8"))) ? undefined : "valid JSON is no longer valid";
}

function isGone(adapter: Adapter, { body }: RawRequest): string | undefined {
  return adapter.redact(Buffer.from(body).toString("utf8")).includes("canary") ? "an address is left" : undefined;
}

/**
 * Where the address became part of what identifies a run, or of when it ran, it cannot be taken out without a trace;
 * nor out of a path or a web address, whose parts are read and written with rules of their own.
 */
function isStillMeant(adapter: Adapter, planted: RawRequest, original: RawRequest, text: string): string | undefined {
  if (/^\S*\/\S*$/.test(text)) return undefined;
  if (!isDeepStrictEqual(identitiesIn(adapter, planted), identitiesIn(adapter, original))) return undefined;
  return meansTheSame(adapter, planted) ? undefined : "means something else once it is redacted";
}

function identitiesIn(adapter: Adapter, request: RawRequest): unknown {
  const parsed = adapter.parse(request, source);
  const runs = getObservations(parsed).map(({ run, version, completion, jobs = [] }) => {
    return [run, version, completion, jobs.map(({ job, version: own }) => [job, own])];
  });
  return [...runs, ...getCodeEvents(parsed).map(({ kind, id, version }) => [kind, id, version])];
}

function meansTheSame(adapter: Adapter, request: RawRequest): boolean {
  const redacted = Buffer.from(adapter.redact(Buffer.from(request.body).toString("utf8")));
  const before = adapter.parse(request, source);
  const after = adapter.parse({ ...request, body: redacted }, source);
  return [getObservations, getCodeEvents].every((read) =>
    isDeepStrictEqual(withoutAddresses(read(before)), withoutAddresses(read(after))),
  );
}

function getCodeEvents(parsed: Parsed): readonly CodeEvent[] {
  return ("codeEvents" in parsed ? parsed.codeEvents : undefined) ?? [];
}

function withoutAddresses(value: unknown): unknown {
  if (typeof value === "string") return withoutEmails(value);
  if (Array.isArray(value)) return value.map(withoutAddresses);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutAddresses(part)]));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
