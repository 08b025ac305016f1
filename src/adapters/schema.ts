import { Ajv, type ErrorObject, type SchemaObject } from "ajv";

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly string[] };

const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: false });

/**
 * Compiles a schema of the fields that an adapter reads, and of no others, so that a sender's new field breaks nothing.
 * `T` is the caller's claim about what the schema admits.
 */
export function checker<T>(schema: SchemaObject): (value: unknown) => Checked<T> {
  const validate = ajv.compile<T>(schema);
  return (value) => {
    if (validate(value)) return { ok: true, value };
    return { ok: false, problems: (validate.errors ?? []).map(describe) };
  };
}

function describe(error: ErrorObject): string {
  const at = error.instancePath === "" ? "body" : error.instancePath.slice(1).replaceAll("/", ".");
  return `${at} ${error.message ?? "is not valid"}`;
}
