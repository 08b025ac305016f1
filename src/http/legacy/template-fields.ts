import { decodeJson } from "../../adapters/json.ts";
import { AppError } from "../../core/errors.ts";

const fieldNames = ["started", "status", "project", "name"] as const;

/** One use of a template, as sent. */
export type TemplateFields = Readonly<Record<(typeof fieldNames)[number], string>>;

/**
 * Reads the fields from the query and from a body that is a JSON object or a form; the body takes precedence. The content
 * type is ignored, because `curl -d` sends the same one for both. `name` is required; other fields default to an empty text,
 * because the template was used anyway. Throws `invalid`.
 */
export function readFields(query: URLSearchParams, body: Uint8Array): TemplateFields {
  const getFromBody = parseBody(body);
  const fields = fieldNames.map((name) => [name, getFromBody(name) ?? query.get(name) ?? ""] as const);
  if (fields.some(([name, value]) => name === "name" && value === "")) throw new AppError("invalid", "missing: name");
  for (const [name, value] of fields) rejectUnprintable(name, value);
  return Object.fromEntries(fields) as TemplateFields;
}

function parseBody(body: Uint8Array): (name: string) => string | undefined {
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

function rejectUnprintable(name: string, value: string): void {
  // oxlint-disable-next-line no-control-regex -- naming them is the point
  if (/[\u0000-\u001f\u007f]/.test(value)) throw new AppError("invalid", `${name} contains control characters`);
  if (!value.isWellFormed()) throw new AppError("invalid", `${name} contains invalid Unicode`);
}
