import type { Parsed, RawRequest } from "../../core/adapter.ts";
import { fail, type Result } from "../../core/result.ts";
import { decodeJson } from "../json.ts";
import { isXml, withoutXmlLog } from "./redact.ts";
import { decodeXml } from "./decode-xml.ts";

type Body = { readonly kind: "build"; readonly value: unknown } | Exclude<Parsed, { readonly kind: "observed" }>;
type Fields = Readonly<Record<string, unknown>>;

/** Decodes a body of any of the senders into one shape: the JSON of the notification plugin. */
export function decodeBody({ body, headers }: RawRequest): Body {
  if (body.length === 0) return { kind: "invalid", problems: [describeEmptyBody(headers["ce-type"])] };
  const decoded = decode(body);
  if (!decoded.ok) return { kind: "invalid", problems: decoded.problems };
  const event = decodeCloudEvent(headers["ce-type"], decoded.value);
  if (event.type !== undefined && !buildEvents.test(event.type)) {
    return { kind: "ignored", reason: describeIgnored(event.type, event.data) };
  }
  return { kind: "build", value: toSnakeCase(event.data) };
}

function decode(body: Uint8Array): Result<unknown> {
  // The beginning shows whether it is XML. Bytes that are not valid UTF-8 are refused by decodeJson.
  if (!isXml(Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 1024)).toString("utf8")))
    return decodeJson(body);
  try {
    return decodeXml(withoutXmlLog(new TextDecoder("utf-8", { fatal: true }).decode(body)));
  } catch {
    return fail("body is not valid UTF-8");
  }
}

/**
 * The events of the cloudevents plugin that have a build; its README spells the last phase `finalzed`.
 * https://github.com/jenkinsci/cloudevents-plugin
 */
const buildEvents = /^org\.jenkinsci\.job\.(?:started|completed|finali?zed|failed)$/;

/**
 * Version 1.0.0 of the cloudevents plugin, the only one, fails to serialize a build (JobModel.getCreatedDate() takes the time of a
 * date that is null) and sends an empty body. https://github.com/jenkinsci/cloudevents-plugin/tree/cloudevents-1.0.0
 */
function describeEmptyBody(type: string | undefined): string {
  if (type === undefined || !buildEvents.test(type)) return "body is empty";
  return "body is empty: the cloudevents plugin 1.0.0 sends its events of builds so; use the notification plugin";
}

/** The plugin sends binary mode only. A broker between it and this server may turn that into structured mode. */
function decodeCloudEvent(header: string | undefined, value: unknown): { type: string | undefined; data: unknown } {
  if (header !== undefined) return { type: header, data: value };
  const fields = toFields(value);
  if (typeof fields["specversion"] !== "string" || typeof fields["type"] !== "string") {
    return { type: undefined, data: value };
  }
  return { type: fields["type"], data: fields["data"] };
}

function describeIgnored(type: string, data: unknown): string {
  const item = toFields(data)["jenkinsQueueId"];
  if (type.startsWith("org.jenkinsci.queue.") && typeof item === "number") {
    return `queue item ${item} names no build, and nothing in one delivery joins it to one`;
  }
  return `${JSON.stringify(type.slice(0, 60))} is not about builds`;
}

/** XML and the cloudevents plugin have the fields of the notification plugin's JSON in camelCase. */
const snakeCase: ReadonlyMap<string, string> = new Map([
  ["fullUrl", "full_url"],
  ["queueId", "queue_id"],
  ["testSummary", "test_summary"],
  ["failedTests", "failed_tests"],
  ["scmState", "scm"],
]);

/** Renames the fields of the plugin only. Names that people chose, such as the keys of `parameters`, stay as they are. */
function toSnakeCase(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { build } = value;
  if (!isObject(build)) return value;
  const fields = renameFields(build);
  const { test_summary: tests } = fields;
  const named = isObject(tests) ? renameFields(tests) : tests;
  return { ...value, build: named === tests ? fields : { ...fields, test_summary: named } };
}

function renameFields(fields: Fields): Fields {
  // Nearly always the sender is the notification plugin, and nothing has to be renamed.
  if (!Object.keys(fields).some((name) => snakeCase.has(name))) return fields;
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [snakeCase.get(name) ?? name, field]));
}

function toFields(value: unknown): Fields {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
