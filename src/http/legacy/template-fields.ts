import { decodeJson } from "../../adapters/json.ts";
import { AppError } from "../../core/errors.ts";

const fieldNames = ["started", "status", "project", "name"] as const;

/** One use of a template, as its sender tells it. */
export type TemplateFields = Readonly<Record<(typeof fieldNames)[number], string>>;

/**
 * The fields of a use out of the query, and of a body that is a JSON object or a form (whatever its content type says, as
 * `curl -d` says the same of both); the body's outweigh the query's. Without a name there is no metric to count in; any other
 * field may be missing, which is the same as empty: the template was used. Throws `invalid` with what cannot be used.
 */
export function readFields(query: URLSearchParams, body: Uint8Array): TemplateFields {
  const said = bodyFields(body);
  const fields = fieldNames.map((name) => [name, said(name) ?? query.get(name) ?? ""] as const);
  if (fields.some(([name, value]) => name === "name" && value === "")) throw new AppError("invalid", "missing: name");
  for (const [name, value] of fields) refuseControls(name, value);
  return Object.fromEntries(fields) as TemplateFields;
}

function bodyFields(body: Uint8Array): (name: string) => string | undefined {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8").trimStart();
  if (!text.startsWith("{") && !text.startsWith("[")) {
    const form = new URLSearchParams(text);
    return (name) => form.get(name) ?? undefined;
  }
  const decoded = decodeJson(body);
  if (!decoded.ok) throw new AppError("invalid", `the ${decoded.problems.join("; ")}`);
  if (typeof decoded.value !== "object" || decoded.value === null || Array.isArray(decoded.value))
    throw new AppError("invalid", "the body must be a JSON object");
  const input = decoded.value as Readonly<Record<string, unknown>>;
  return (name) => {
    const value = Object.hasOwn(input, name) ? (input[name] ?? undefined) : undefined;
    if (value === undefined || typeof value === "string") return value;
    throw new AppError("invalid", `${name} must be a string`);
  };
}

function refuseControls(name: string, value: string): void {
  // oxlint-disable-next-line no-control-regex -- naming them is the point
  if (/[\u0000-\u001f\u007f]/.test(value)) throw new AppError("invalid", `${name} contains control characters`);
  if (!value.isWellFormed()) throw new AppError("invalid", `${name} contains invalid Unicode`);
}
