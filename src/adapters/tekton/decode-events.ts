import type { RawRequest } from "../../core/adapter.ts";
import { fail, succeed, type Result } from "../../core/result.ts";
import { decodeJson } from "../json.ts";

/** The attributes that are read, and no others: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md */
export interface CloudEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** Decodes the data, which need not be read for the key of a delivery, or of an event that is about something else. */
  readonly data: () => Result<unknown>;
}

/** One item per event sent. */
export type Envelope =
  | { readonly kind: "single" | "batch"; readonly items: readonly Result<CloudEvent>[] }
  | { readonly kind: "unsupported"; readonly reason: string };

/** What each required attribute must look like. `source` is a URI reference; Tekton's has empty segments. */
const required = {
  specversion: /^1\.\d{1,3}$/,
  id: /^[^\p{Cc}]+$/u,
  source: /^[\w\-.~:/?#[\]@!$&'()*+,;=%]+$/,
  type: /^[^\p{Cc}\s]+$/u,
} as const;

/** Relays send tens of events in a batch. A million empty ones would use up the memory with problems to report. */
const batchMax = 1000;

/**
 * Decodes the three content modes of the HTTP binding. An attribute that is missing or malformed is a problem. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 */
export function decodeEvents({ headers, body }: RawRequest): Envelope {
  const type = readMediaType(headers["content-type"]);
  if (type === "application/cloudevents+json") return { kind: "single", items: [readStructured(decodeJson(body))] };
  if (type === "application/cloudevents-batch+json") return readBatch(decodeJson(body));
  if (type.startsWith("application/cloudevents"))
    return { kind: "unsupported", reason: `CloudEvents format ${type} is not JSON` };
  const isEvent = Object.keys(required).some((name) => headers[`ce-${name}`] !== undefined);
  // By the specification a missing content type means JSON, but only where the headers show that the request is an event.
  const isJson = /^(application|text)\/([^/]+\+)?json$/.test(type) || (type === "" && isEvent);
  if (!isEvent && !isJson)
    return { kind: "unsupported", reason: `content-type ${type || "(none)"} is neither CloudEvents nor JSON` };
  // The HTTP library of a client that sets no content type fills one in: curl -d and Python's urllib say that it is a form.
  const data = (): Result<unknown> => {
    const decoded = decodeJson(body);
    return isJson || decoded.ok ? decoded : fail(`data of content-type ${type} is not JSON`);
  };
  return { kind: "single", items: [readEvent((name) => headers[`ce-${name}`], data, "ce-")] };
}

function readBatch(decoded: Result<unknown>): Envelope {
  if (!decoded.ok) return { kind: "batch", items: [decoded] };
  if (!Array.isArray(decoded.value)) return { kind: "batch", items: [fail("body is not a JSON array")] };
  if (decoded.value.length > batchMax)
    return { kind: "batch", items: [fail(`batch holds more than ${batchMax} events`)] };
  return { kind: "batch", items: decoded.value.map((value: unknown) => readStructured(succeed(value))) };
}

function readStructured(decoded: Result<unknown>): Result<CloudEvent> {
  if (!decoded.ok) return decoded;
  const value = decoded.value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return fail("event is not a JSON object");
  const members = value as Readonly<Record<string, unknown>>;
  return readEvent(
    (name) => members[name],
    () => readData(members),
    "",
  );
}

function readData(members: Readonly<Record<string, unknown>>): Result<unknown> {
  const encoded = members["data_base64"];
  if (typeof encoded === "string") return decodeJson(Buffer.from(encoded, "base64"));
  const value = members["data"];
  if (value === undefined) return fail("data is missing");
  // Some clients (npm, PyPI 1.x) write the data as one string if they are given it as text.
  const text = typeof value === "string" ? decodeJson(Buffer.from(value)) : undefined;
  return text?.ok === true ? text : succeed(value);
}

function readEvent(read: (name: string) => unknown, data: () => Result<unknown>, prefix: string): Result<CloudEvent> {
  const problems: string[] = [];
  const attribute = (name: keyof typeof required) => {
    const value = read(name);
    if (typeof value === "string" && required[name].test(value)) return value;
    problems.push(`${prefix}${name} ${value === undefined || value === "" ? "is missing" : "is not valid"}`);
    return "";
  };
  attribute("specversion");
  const id = attribute("id");
  const source = attribute("source");
  const type = attribute("type");
  return problems.length > 0 ? fail(...problems) : succeed({ id, source, type, data });
}

/** `Application/JSON;charset=UTF-8` → `application/json`. The charset is not read: JSON is UTF-8 (RFC 8259). */
function readMediaType(header = ""): string {
  return (header.split(";", 1)[0] ?? "").trim().toLowerCase().slice(0, 100);
}
