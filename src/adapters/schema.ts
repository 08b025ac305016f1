import { Ajv, type ErrorObject, type SchemaObject, type ValidateFunction } from "ajv";
import { fail, succeed, type Result } from "../core/result.ts";

const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: false });

/**
 * Checks the fields that an adapter reads, and no others, so that a new field of a sender breaks nothing. The schema is compiled
 * when it is first needed: most servers receive from one or two providers, and the others would only slow down their start.
 */
export function createChecker<T>(schema: JsonSchema<T>): (value: unknown) => Result<T> {
  let validate: ValidateFunction<T> | undefined;
  return (value) => {
    validate ??= ajv.compile<T>(schema);
    if (validate(value)) return succeed(value);
    return fail(...(validate.errors ?? []).map(describe));
  };
}

function describe(error: ErrorObject): string {
  const at = error.instancePath === "" ? "body" : error.instancePath.slice(1).replaceAll("/", ".");
  return `${at} ${error.message ?? "is not valid"}`;
}

/** The names that JSON Schema has for the types in `T`. */
type TypeName<T> = T extends string
  ? "string"
  : T extends number
    ? "number" | "integer"
    : T extends boolean
      ? "boolean"
      : T extends readonly unknown[]
        ? "array"
        : T extends object
          ? "object"
          : T extends null
            ? "null"
            : never;

interface Typed<T> {
  readonly type: TypeName<T> | readonly TypeName<T>[];
}

interface ScalarSchema<T> extends Typed<T> {
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

interface ListSchema<T, Item> extends Typed<T> {
  readonly items: JsonSchema<Item>;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** An object with any keys. */
interface MapSchema<T, Value> extends Typed<T> {
  readonly additionalProperties: JsonSchema<Value>;
  readonly minProperties?: number;
}

interface Properties<T> {
  readonly required: readonly string[];
  readonly properties: { readonly [K in keyof T]-?: JsonSchema<T[K]> };
}

export interface ObjectSchema<T> extends Properties<T> {
  readonly type: "object";
}

interface NullableObjectSchema<T> extends Properties<T> {
  readonly type: readonly ["object", "null"];
}

interface EnumSchema<T> {
  readonly enum: readonly T[];
}

interface UnionSchema<T> {
  readonly anyOf: readonly (T extends unknown ? JsonSchema<T> : never)[];
}

type Present<T> = Exclude<T, null | undefined>;

/**
 * A JSON schema of exactly `T`. A property that is misspelt, missing or of another type does not compile: a property of the
 * interface without one of the schema would be read unchecked.
 */
export type JsonSchema<T> = unknown extends T
  ? SchemaObject
  : Present<T> extends readonly (infer Item)[]
    ? ListSchema<T, Item>
    : Present<T> extends object
      ? string extends keyof Present<T>
        ? MapSchema<T, Present<T>[keyof Present<T>]>
        : ObjectSchema<Present<T>> | (null extends T ? NullableObjectSchema<Present<T>> : never)
      : ScalarSchema<T> | EnumSchema<Present<T>> | UnionSchema<Present<T>>;

type RequiredKey<T> = { [K in keyof T]-?: undefined extends T[K] ? never : K }[keyof T];
type OptionalKey<T> = Exclude<keyof T, RequiredKey<T>>;

/** The schema of an object that has all of `required` and may have any of `optional`, as `T` says. */
export function objectSchema<T>(
  required: { readonly [K in RequiredKey<T>]: JsonSchema<T[K]> },
  optional: { readonly [K in OptionalKey<T>]-?: JsonSchema<T[K]> },
): ObjectSchema<T> {
  const properties = { ...required, ...optional } as unknown as ObjectSchema<T>["properties"];
  return { type: "object", required: Object.keys(required), properties };
}

export function nullable<T>(schema: ObjectSchema<T>): NullableObjectSchema<T> {
  return { ...schema, type: ["object", "null"] };
}
