import { Ajv, type ErrorObject, type SchemaObject } from "ajv";
import { didYouMean } from "../../text/did-you-mean.ts";
import { parseTimeOrAge } from "../../text/parse-time.ts";
import { quote } from "../../text/quote.ts";
import { AppError } from "../../core/errors.ts";
import type { Millis } from "../../core/model.ts";

/** One parameter of a query, as it is checked and as openapi.json tells of it. A list is written with commas. */
export interface Parameter {
  readonly schema: SchemaObject;
  readonly description: string;
  /** A time, or how long ago; its value is epoch milliseconds. */
  readonly moment?: true;
}

export type Parameters = Readonly<Record<string, Parameter>>;

/** Reads the parameters of a request. Throws `invalid` with every fault. */
export type ReadParameters<T> = (query: URLSearchParams, now: Millis) => T;

/** Not before it is needed: a server that nobody asks anything starts without it. */
const validatorOf = (schema: SchemaObject) =>
  new Ajv({ strict: true, allErrors: true, useDefaults: true, verbose: true }).compile(schema);

/**
 * `T` is the caller's claim about what the schemas admit. What was left empty, as forms and dashboards do, was not asked.
 */
export function parametersReader<T>(parameters: Parameters): ReadParameters<T> {
  const properties = Object.fromEntries(Object.entries(parameters).map(([name, { schema }]) => [name, schema]));
  let validate: ReturnType<typeof validatorOf> | undefined;
  return (given, now) => {
    validate ??= validatorOf({ type: "object", properties });
    const query = new URLSearchParams([...given].filter(([, value]) => value !== ""));
    const faults = namesAtFault(query, Object.keys(parameters));
    const known = Object.entries(parameters).filter(([name]) => query.has(name));
    const values = Object.fromEntries(
      known.map(([name, { schema }]) => [name, converted(schema, query.get(name) ?? "")]),
    );
    if (!validate(values)) faults.push(...new Set((validate.errors ?? []).map(faultOf)));
    for (const [name, { moment }] of known) {
      if (moment !== true) continue;
      const read = parseTimeOrAge(query.get(name) ?? "", now);
      if (read.ok) values[name] = read.value;
      else faults.push(`${name}: ${read.problems.join("; ")}`);
    }
    if (faults.length > 0) throw new AppError("invalid", faults.join("; "));
    return values as T;
  };
}

function namesAtFault(query: URLSearchParams, known: readonly string[]): string[] {
  const names = [...query.keys()];
  const faults = names.flatMap((name, i) => {
    if (!known.includes(name)) return [unknownName(name, known)];
    return names.indexOf(name) < i ? [`${name} is given more than once: give it once`] : [];
  });
  return [...new Set(faults)];
}

function unknownName(name: string, known: readonly string[]): string {
  const meant = didYouMean(name.slice(0, 60), known);
  const hint = meant === undefined ? `there are ${known.join(", ") || "none"}` : `did you mean ${meant}?`;
  return `${quote(name)} is not a parameter: ${hint}`;
}

/** What the text stands for, where it stands for anything of the type; else the schema complains about the text. */
function converted({ type }: SchemaObject, text: string): unknown {
  if (type === "integer") return /^\d{1,15}$/.test(text) ? Number(text) : text;
  if (type === "boolean") return text === "true" || text === "false" ? text === "true" : text;
  return type === "array" ? text.split(",") : text;
}

function faultOf({ instancePath, data, parentSchema = {}, keyword, params }: ErrorObject): string {
  const [name = ""] = instancePath.slice(1).split("/");
  const { minimum, maximum, type, minLength, maxLength } = parentSchema;
  switch (keyword) {
    case "enum": {
      const words = params["allowedValues"] as readonly string[];
      const meant = typeof data === "string" ? didYouMean(data.slice(0, 60).toLowerCase(), words) : undefined;
      const hint = meant === undefined ? "" : `: did you mean ${meant}?`;
      return `${name}: ${quote(String(data))} is not one of ${words.join(", ")}${hint}`;
    }
    case "uniqueItems":
      return `${name} has the same word twice: give it once`;
    case "minLength":
    case "maxLength":
      return `${name}: give ${Number(minLength)} to ${Number(maxLength)} characters, or leave it out`;
    default:
      if (type === "boolean") return `${name}: ${quote(String(data))} is neither true nor false`;
      return `${name}: ${quote(String(data))} is not possible: give a whole number from ${Number(minimum)} to ${Number(maximum)}`;
  }
}
