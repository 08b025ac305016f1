import { Ajv, type ErrorObject, type SchemaObject } from "ajv";
import { didYouMean } from "../../text/did-you-mean.ts";
import { parseTimeOrAge } from "../../text/parse-time.ts";
import { quote } from "../../text/quote.ts";
import { AppError } from "../../core/errors.ts";
import { timeForms, type Parameters, type Parsed } from "./parameters.ts";
import type { Millis } from "../../core/time.ts";

/** Parses the query parameters of a request. Throws `invalid` with every problem. */
export type ParseParameters<T> = (query: URLSearchParams, now: Millis) => T;

/** Compiled for the first request, not at the start: it takes time. */
const compile = (schema: SchemaObject) =>
  new Ajv({ strict: true, allErrors: true, useDefaults: true, verbose: true }).compile(schema);

/** Empty parameters are ignored, because forms and dashboards send them. */
export function createParameterParser<P extends Parameters>(parameters: P): ParseParameters<Parsed<P>> {
  const properties = Object.fromEntries(Object.entries(parameters).map(([name, { schema }]) => [name, schema]));
  let validate: ReturnType<typeof compile> | undefined;
  return (params, now) => {
    validate ??= compile({ type: "object", properties });
    const query = new URLSearchParams([...params].filter(([, value]) => value !== ""));
    const problems = checkNames(query, Object.keys(parameters));
    const present = Object.entries(parameters).filter(([name]) => query.has(name));
    const values = Object.fromEntries(
      present.map(([name, { schema }]) => [name, convert(schema, query.get(name) ?? "")]),
    );
    if (!validate(values)) problems.push(...new Set((validate.errors ?? []).map(describeError)));
    for (const [name, { isTime }] of present) {
      if (isTime !== true) continue;
      const given = query.get(name) ?? "";
      const parsed = parseTimeOrAge(given, now);
      if (parsed.ok) values[name] = parsed.value;
      else problems.push(`${name} must be ${timeForms}, got ${quote(given)}`);
    }
    if (problems.length > 0) throw new AppError("invalid", problems.join("; "));
    return values as Parsed<P>;
  };
}

function checkNames(query: URLSearchParams, allowed: readonly string[]): string[] {
  const names = [...query.keys()];
  const problems = names.flatMap((name, i) => {
    if (!allowed.includes(name)) return [describeUnknown(name, allowed)];
    return names.indexOf(name) < i ? [`${name} must be given only once`] : [];
  });
  return [...new Set(problems)];
}

function describeUnknown(name: string, allowed: readonly string[]): string {
  const meant = didYouMean(name.slice(0, 60), allowed);
  const all = allowed.length === 0 ? "none are allowed" : `allowed: ${allowed.join(", ")}`;
  return `unknown parameter ${quote(name)}, ${meant === undefined ? all : `did you mean ${meant}?`}`;
}

/** Converts the text to its type; a text that is not of the type is returned as it is, so that the schema rejects it. */
function convert({ type }: SchemaObject, text: string): unknown {
  if (type === "integer") return /^\d{1,15}$/.test(text) ? Number(text) : text;
  if (type === "boolean") return text === "true" || text === "false" ? text === "true" : text;
  return type === "array" ? text.split(",") : text;
}

function describeError({ instancePath, data, parentSchema = {}, keyword, params }: ErrorObject): string {
  const [name = ""] = instancePath.slice(1).split("/");
  const { minimum, maximum, type, minLength, maxLength } = parentSchema;
  switch (keyword) {
    case "enum": {
      const allowedValues = params["allowedValues"] as readonly string[];
      const meant = typeof data === "string" ? didYouMean(data.slice(0, 60).toLowerCase(), allowedValues) : undefined;
      const hint = meant === undefined ? "" : `, did you mean ${meant}?`;
      return `${name} must be one of ${allowedValues.join(", ")}, got ${quote(String(data))}${hint}`;
    }
    case "uniqueItems":
      return `${name} must not contain a value twice`;
    case "minLength":
    case "maxLength":
      return `${name} must be ${Number(minLength)} to ${Number(maxLength)} characters long`;
    default:
      if (type === "boolean") return `${name} must be true or false, got ${quote(String(data))}`;
      return `${name} must be an integer between ${Number(minimum)} and ${Number(maximum)}, got ${quote(String(data))}`;
  }
}

/** The number in a path that names something by our id. Throws `invalid`; `hint` says where else to look. */
export function parseId(id: string, hint = ""): number {
  if (/^[1-9]\d{0,14}$/.test(id)) return Number(id);
  throw new AppError("invalid", `id must be a positive integer, got ${quote(id)}${hint}`);
}
