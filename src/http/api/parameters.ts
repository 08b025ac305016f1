import type { SchemaObject } from "ajv";
import type { Millis } from "../../core/time.ts";

/**
 * One query parameter: how it is checked and how openapi.json describes it. `T` is the type of its parsed value, with
 * `undefined` where it may be left out.
 */
export interface Parameter<T> {
  readonly schema: SchemaObject;
  readonly description: string;
  /** It is a time, or how long ago. */
  readonly isTime?: true;
  /** Never set: it only holds the type. */
  readonly value?: T;
}

export type Parameters = Readonly<Record<string, Parameter<unknown>>>;

type Value<P> = P extends Parameter<infer T> ? T : never;
type OptionalNames<P> = { [K in keyof P]: undefined extends Value<P[K]> ? K : never }[keyof P];

/** The parsed values of these parameters; those that have no default may be missing. */
export type Parsed<P extends Parameters> = { readonly [K in Exclude<keyof P, OptionalNames<P>>]: Value<P[K]> } & {
  readonly [K in OptionalNames<P>]?: Value<P[K]>;
};

type Words<W> = readonly [W, ...W[]];

const textSchema: SchemaObject = { type: "string", minLength: 1, maxLength: 1024 };

export function text(description: string): Parameter<string | undefined> {
  return { schema: textSchema, description };
}

export function boolean(description: string): Parameter<boolean | undefined> {
  return { schema: { type: "boolean" }, description };
}

/** A parameter that is `false` unless it is given. */
export function flag(description: string): Parameter<boolean> {
  return { schema: { type: "boolean", default: false }, description };
}

/** Epoch milliseconds when parsed. */
export function time(description: string): Parameter<Millis | undefined> {
  return { schema: textSchema, isTime: true, description };
}

export function createChoice<W extends string>(words: readonly W[], description: string): Parameter<W | undefined> {
  return { schema: { type: "string", enum: words }, description };
}

/** One of these words, `fallback` unless it is given. */
export function oneOfOr<W extends string>(words: readonly W[], fallback: W, description: string): Parameter<W> {
  return { schema: { type: "string", enum: words, default: fallback }, description };
}

/** One or several of these words, separated by commas. */
export function createChoices<W extends string>(
  words: readonly W[],
  description: string,
): Parameter<Words<W> | undefined> {
  return { schema: { type: "array", items: { type: "string", enum: words }, uniqueItems: true }, description };
}

/** The same, `fallback` unless it is given. */
export function someOfOr<W extends string>(
  words: readonly W[],
  fallback: Words<W>,
  description: string,
): Parameter<Words<W>> {
  const schema = { type: "array", items: { type: "string", enum: words }, uniqueItems: true, default: fallback };
  return { schema, description };
}

export function limit(maximum: number, fallback: number, description: string): Parameter<number> {
  return whole({ minimum: 1, maximum, fallback }, description);
}

/** A whole number, `fallback` unless it is given. */
export function whole(
  { minimum, maximum, fallback }: { readonly minimum: number; readonly maximum: number; readonly fallback: number },
  description: string,
): Parameter<number> {
  return { schema: { type: "integer", minimum, maximum, default: fallback }, description };
}

/** How a time may be written, for descriptions and errors. */
export const timeForms = "a date (2026-11-20, UTC), a time (2026-11-20T12:00:00Z) or an age (90m, 24h, 7d)";

/** What runs, and completions by their runs, are filtered by. */
export const runFilter = {
  source: text("Name of a configured source"),
  provider: text("CI system: gitlab, tekton, jenkins or github"),
  project: text("Owner of the pipeline: repository, folder or namespace"),
  pipeline: text("Name of the pipeline definition"),
  default_branch: boolean("true: only runs on the default branch; false: only other runs"),
};

export const cursor = text("next_cursor of the previous page");
