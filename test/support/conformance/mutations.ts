import * as fc from "fast-check";
import type { RawRequest } from "../../../src/core/adapter.ts";

/** One thing that can go wrong with a request on its way. Plain data, so that a counterexample can be read. */
export type Mutation =
  | { readonly kind: "flip"; readonly at: number; readonly byte: number }
  | { readonly kind: "cut"; readonly from: number; readonly to: number }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "value"; readonly at: number; readonly value: unknown }
  | { readonly kind: "rename"; readonly at: number; readonly name: string }
  | { readonly kind: "remove"; readonly at: number }
  | { readonly kind: "header"; readonly at: number; readonly value: string | undefined };

/** Stands for a number that JSON can write and no number can hold. */
const infinite = "\u0001infinite";

/** What has broken decoders before: other types, ends of ranges, times that are none, text that cannot be stored. */
const nasty: readonly unknown[] = [
  [null, true, "", " ", [], [null], {}, [{}], { id: 1 }, "constructor", "javascript:alert(1)"],
  [-1, -0, 0, 0.5, -1e15, 1e15, 1e308, 2 ** 53, 10_000_000, infinite, "7", "-7"],
  ["0001-01-01T00:00:00Z", "1970-01-01 00:00:00 UTC", "2026-02-30T00:00:00Z", "9999-12-31T23:59:59.999Z", "soon"],
  ["\u0000", "\ud800", "a\nb", "x".repeat(3000), "\u202e", "<b>", "mira@example.com", "%zz", "%40"],
].flat();

/** Where to change something: a part of the whole, every part as likely as any other (doubles are mostly tiny). */
export const place = fc.noBias(fc.nat(9999).map((part) => part / 10_000));

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("value" as const), at: place, value: fc.constantFrom(...nasty) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("value" as const), at: place, value: fc.jsonValue() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), at: place }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("rename" as const),
      at: place,
      name: fc.constantFrom("__proto__", "toString", "id", "status", "x"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("flip" as const), at: place, byte: fc.nat(255) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut" as const), from: place, to: place }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("bytes" as const), bytes: fc.uint8Array({ maxLength: 200 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("header" as const),
      at: place,
      value: fc.oneof(
        fc.constant(undefined),
        fc.constantFrom("", " ", "Bearer", "Basic Og==", "Basic %", "application/xml", "a,b", "v1,", "sha256="),
        // What an HTTP parser lets through.
        fc.stringMatching(/^[\t -~\u0080-\u00ff]{0,60}$/),
      ),
    }),
  },
);

/** One of several requests, and what happened to it. */
export interface Mutated {
  readonly request: number;
  readonly mutations: readonly Mutation[];
}

/** Any of `count` requests, changed in one to four ways. */
export function anyMutated(count: number): fc.Arbitrary<Mutated> {
  return fc.record({
    request: fc.noBias(fc.nat(count - 1)),
    mutations: fc.array(mutation, { minLength: 1, maxLength: 4 }),
  });
}

/** The changed request itself. */
export function mutated(own: readonly { readonly request: RawRequest }[], { request, mutations }: Mutated): RawRequest {
  return mutations.reduce(mutate, own[request]?.request as RawRequest);
}

function mutate(request: RawRequest, change: Mutation): RawRequest {
  const { body, headers } = request;
  if (change.kind === "header") {
    const names = Object.keys(headers);
    const name = names[Math.floor(change.at * names.length)];
    return name === undefined ? request : { ...request, headers: { ...headers, [name]: change.value } };
  }
  if (change.kind === "bytes") return { ...request, body: change.bytes };
  if (change.kind === "flip") return { ...request, body: flipped(body, change) };
  if (change.kind !== "cut") return { ...request, body: changedJson(body, change) };
  const [from, to] = [Math.min(change.from, change.to), Math.max(change.from, change.to)];
  return { ...request, body: body.slice(Math.floor(from * body.length), Math.ceil(to * body.length)) };
}

function flipped(body: Uint8Array, { at, byte }: { readonly at: number; readonly byte: number }): Uint8Array {
  const copy = Uint8Array.from(body);
  if (copy.length > 0) copy[Math.floor(at * copy.length)] = byte;
  return copy;
}

/** A body that is not JSON stays as it is: bytes are flipped in it, that is all. */
function changedJson(
  body: Uint8Array,
  change: Exclude<Mutation, { readonly kind: "flip" | "cut" | "bytes" | "header" }>,
) {
  const root = parseJson(body);
  const nodes = [...members(root)];
  const node = nodes[Math.floor(change.at * nodes.length)];
  if (node === undefined) return body;
  const { holder, key } = node;
  if (change.kind === "value") holder[key] = change.value;
  else {
    const value = holder[key];
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
    if (change.kind === "rename")
      Object.defineProperty(holder, change.name, { value, enumerable: true, configurable: true });
  }
  return Buffer.from(JSON.stringify(root).replaceAll(JSON.stringify(infinite), "1e999"));
}

export function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return undefined;
  }
}

interface Member {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

/** Every member of every object and array in `value`, so that any of them can be replaced. */
export function* members(value: unknown): Generator<Member> {
  if (typeof value !== "object" || value === null) return;
  const holder = value as Record<string, unknown>;
  for (const key of Object.keys(holder)) {
    yield { holder, key };
    yield* members(holder[key]);
  }
}
