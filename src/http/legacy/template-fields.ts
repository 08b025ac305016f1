import { decodeJson } from "../../adapters/json.ts";
import { AppError } from "../../core/errors.ts";

const fieldNames = ["started", "status", "project", "name"] as const;

/** One use of a template, as its sender tells it. */
export type TemplateFields = Readonly<Record<(typeof fieldNames)[number], string>>;

/**
 * The fields of a use out of the query, and of a body that is a JSON object or a form (whatever its content type says, as
 * `curl -d` says the same of both); the body's outweigh the query's. Throws `invalid` with the fields that are missing or
 * cannot be used.
 */
export function readFields(query: URLSearchParams, body: Uint8Array): TemplateFields {
  const said = bodyFields(body);
  const fields = fieldNames.map((name) => [name, said(name) ?? query.get(name) ?? undefined] as const);
  // An empty `started` is one that cannot be read: the use still counts.
  const missing = fields.filter(([name, value]) => value === undefined || (value === "" && name !== "started"));
  if (missing.length > 0) throw new AppError("invalid", `missing: ${missing.map(([name]) => name).join(", ")}`);
  for (const [name, value = ""] of fields) refuseControls(name, value);
  return Object.fromEntries(fields) as TemplateFields;
}

function bodyFields(body: Uint8Array): (name: string) => string | undefined {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("utf8").trimStart();
  if (!text.startsWith("{") && !text.startsWith("[")) {
    const form = new URLSearchParams(text);
    return (name) => form.get(name) ?? undefined;
  }
  const decoded = decodeJson(body);
  if (!decoded.ok) throw new AppError("invalid", `the ${decoded.problem}`);
  if (typeof decoded.value !== "object" || decoded.value === null || Array.isArray(decoded.value))
    throw new AppError("invalid", "the body must be a JSON object");
  const input = decoded.value as Readonly<Record<string, unknown>>;
  return (name) => {
    const value = Object.hasOwn(input, name) ? (input[name] ?? undefined) : undefined;
    if (value === undefined || typeof value === "string") return value;
    throw new AppError("invalid", `${name} must be a text`);
  };
}

function refuseControls(name: string, value: string): void {
  // oxlint-disable-next-line no-control-regex -- naming them is the point
  if (/[\u0000-\u001f\u007f]/.test(value) || !value.isWellFormed())
    throw new AppError("invalid", `${name} has characters in it that no text has`);
}
