import type { RawRequest } from "../../core/adapter.ts";
import { fail, succeed, type Result } from "../../core/result.ts";
import { decodeJson } from "../json.ts";

/** The attributes that are read, and no others: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md */
export interface CloudEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** Apart from the envelope: a foreign event is not called broken, and a key costs no decoding of a body. */
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

/** Relays batch tens of events; a million empty ones would only exhaust the memory with problems to report. */
const batchMax = 1000;

/**
 * Decodes the HTTP binding in its three content modes. Nothing is made up: an attribute that is missing or malformed
 * is a problem. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 */
export function decodeEvents({ headers, body }: RawRequest): Envelope {
  const type = mediaType(headers["content-type"]);
  if (type === "application/cloudevents+json") return { kind: "single", items: [structured(decodeJson(body))] };
  if (type === "application/cloudevents-batch+json") return batch(decodeJson(body));
  if (type.startsWith("application/cloudevents"))
    return { kind: "unsupported", reason: `CloudEvents format ${type} is not JSON` };
  const isEvent = Object.keys(required).some((name) => headers[`ce-${name}`] !== undefined);
  // An absent content type means JSON by the specification, but only once the headers show that it is an event.
  const isJson = /^(application|text)\/([^/]+\+)?json$/.test(type) || (type === "" && isEvent);
  if (!isEvent && !isJson)
    return { kind: "unsupported", reason: `content-type ${type || "(none)"} is neither CloudEvents nor JSON` };
  // A client that sets no content type sends what its HTTP library fills in: curl -d and Python's urllib say it is a form.
  const data = (): Result<unknown> => {
    const decoded = decodeJson(body);
    return isJson || decoded.ok ? decoded : fail(`data of content-type ${type} is not JSON`);
  };
  return { kind: "single", items: [event((name) => headers[`ce-${name}`], data, "ce-")] };
}

function batch(decoded: Result<unknown>): Envelope {
  if (!decoded.ok) return { kind: "batch", items: [decoded] };
  if (!Array.isArray(decoded.value)) return { kind: "batch", items: [fail("body is not a JSON array")] };
  if (decoded.value.length > batchMax)
    return { kind: "batch", items: [fail(`batch holds more than ${batchMax} events`)] };
  return { kind: "batch", items: decoded.value.map((value: unknown) => structured(succeed(value))) };
}

function structured(decoded: Result<unknown>): Result<CloudEvent> {
  if (!decoded.ok) return decoded;
  const value = decoded.value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return fail("event is not a JSON object");
  const members = value as Readonly<Record<string, unknown>>;
  return event(
    (name) => members[name],
    () => dataOf(members),
    "",
  );
}

function dataOf(members: Readonly<Record<string, unknown>>): Result<unknown> {
  const encoded = members["data_base64"];
  if (typeof encoded === "string") return decodeJson(Buffer.from(encoded, "base64"));
  const value = members["data"];
  if (value === undefined) return fail("data is missing");
  // Clients that are given the data as text (npm, PyPI 1.x) write it as one string.
  const text = typeof value === "string" ? decodeJson(Buffer.from(value)) : undefined;
  return text?.ok === true ? text : succeed(value);
}

function event(read: (name: string) => unknown, data: () => Result<unknown>, prefix: string): Result<CloudEvent> {
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
function mediaType(header = ""): string {
  return (header.split(";", 1)[0] ?? "").trim().toLowerCase().slice(0, 100);
}
