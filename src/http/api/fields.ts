import type { SchemaObject } from "ajv";
import type { Millis } from "../../core/time.ts";

/**
 * One field of a response. `get` returns its value; `schema` is its entry in openapi.json. A value of `undefined` leaves the
 * field out of the response; such a field is `optional`.
 */
export type Field<T> = readonly [name: string, get: (item: T) => unknown, schema: SchemaObject, presence?: "optional"];

/** An object of the API: its JSON and its schema, made of one list of fields. */
export interface View<T> {
  readonly render: (item: T) => Readonly<Record<string, unknown>>;
  readonly schema: SchemaObject;
}

export function defineView<T>(fields: readonly Field<T>[]): View<T> {
  const required = fields.filter(([, , , presence]) => presence === undefined).map(([name]) => name);
  return {
    render: (item) => Object.fromEntries(fields.map(([name, get]) => [name, get(item)])),
    schema: describeObject(Object.fromEntries(fields.map(([name, , schema]) => [name, schema])), required),
  };
}

/** The schema of an object with exactly these properties. */
export function describeObject(
  properties: Readonly<Record<string, SchemaObject>>,
  required: readonly string[] = Object.keys(properties),
): SchemaObject {
  return { type: "object", additionalProperties: false, required, properties };
}

/** A reference to a schema by its name in openapi.json. */
export function refer(name: string): SchemaObject {
  return { $ref: `#/components/schemas/${name}` };
}

export function createArraySchema(name: string): SchemaObject {
  return { type: "array", items: refer(name) };
}

/** `2026-11-20T09:01:07.000Z`; `null` for an unknown time. */
export function toIsoTime(at: Millis | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

const timePattern = "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$";

export const text: SchemaObject = { type: "string" };
export const nullableText: SchemaObject = { type: ["string", "null"] };
export const boolean: SchemaObject = { type: "boolean" };
export const nullableBoolean: SchemaObject = { type: ["boolean", "null"] };
export const positive: SchemaObject = { type: "integer", minimum: 1 };
export const nullablePositive: SchemaObject = { type: ["integer", "null"], minimum: 1 };
export const count: SchemaObject = { type: "integer", minimum: 0 };
export const seconds: SchemaObject = { type: "number", minimum: 0 };
export const nullableSeconds: SchemaObject = { type: ["number", "null"], minimum: 0 };
export const time: SchemaObject = { type: "string", pattern: timePattern, description: "UTC" };
export const nullableTime: SchemaObject = { type: ["string", "null"], pattern: timePattern, description: "UTC" };

/** In the currency of the configured prices. */
export const cost: SchemaObject = { type: ["number", "null"], minimum: 0 };
/** From 0 to 1. */
export const share: SchemaObject = { type: "number", minimum: 0, maximum: 1 };

/** The cursor of a page's end. */
export const nextCursor: SchemaObject = {
  ...nullableText,
  description: "Pass as `cursor` for the next page; null on the last page",
};
