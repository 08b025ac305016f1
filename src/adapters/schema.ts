import { Ajv, type ErrorObject, type SchemaObject, type ValidateFunction } from "ajv";
import { fail, succeed, type Result } from "../core/result.ts";

const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: false });

/**
 * Checks the fields that an adapter reads, and no others, so that a sender's new field breaks nothing. The schema is
 * compiled when it is first needed: few servers hear of every provider, and each would pay for all of them at its start.
 * `T` is the caller's claim about what the schema admits.
 */
export function checker<T>(schema: SchemaObject): (value: unknown) => Result<T> {
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
