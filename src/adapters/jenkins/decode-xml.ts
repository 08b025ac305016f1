import { XMLParser } from "fast-xml-parser";
import { fail, succeed, type Result } from "../../core/result.ts";

/** Characters. Without its log a notification has some kilobytes: about one line per artifact and failed test. */
const sizeMax = 1024 * 1024;
/** job/build/artifacts/entry/map/entry/string is the deepest that the plugin writes. */
const depthMax = 16;

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  trimValues: false,
  maxNestedTags: depthMax,
  isArray: (name) => name === "entry" || name === "string",
});

/**
 * The plugin's XML (written by XStream) as the objects of its JSON, with the names of the XML. In XML a map is a list of `entry`, a
 * list is a list of `string`, and every number is a text. A document type is refused before anything is parsed, so that only XML's
 * own five entities are expanded. Never throws.
 */
export function decodeXml(text: string): Result<unknown> {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) return fail("body is XML with a document type");
  if (text.length > sizeMax) return fail(`body is XML of more than ${sizeMax} characters`);
  try {
    const root: unknown = parser.parse(text, true);
    return succeed(toObject(toObject(root)["job"], toJob));
  } catch (error) {
    return fail(`body is not valid XML: ${String(error).slice(0, 200)}`);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function toJob(name: string, value: unknown): unknown {
  return name === "build" ? toObject(value, toBuild) : value;
}

function toBuild(name: string, value: unknown): unknown {
  if (["number", "queueId", "timestamp", "duration"].includes(name)) return toNumber(value);
  if (name === "parameters") return toMap(value);
  if (name === "testSummary") return toObject(value, toTests);
  // An empty element is parsed as the text "".
  return name === "scm" ? toObject(value) : value;
}

function toTests(name: string, value: unknown): unknown {
  return name === "failedTests" ? toList(toObject(value)["string"]) : toNumber(value);
}

function toObject(value: unknown, convert = (_name: string, field: unknown) => field): Fields {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, convert(name, field)]));
}

/** A text that is no number stays as it is; the schema names it as a problem then. */
function toNumber(value: unknown): unknown {
  return typeof value === "string" && /^\s*-?\d{1,15}\s*$/.test(value) ? Number(value) : value;
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function toMap(value: unknown): Fields {
  const pairs = toList(toObject(value)["entry"]).map((entry) => toList(toObject(entry)["string"]));
  return Object.fromEntries(pairs.filter((pair) => pair.length === 2).map(([key, field]) => [String(key), field]));
}
