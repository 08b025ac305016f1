import type { Parsed, RawRequest, SourceSettings } from "../../core/adapter.ts";
import type { Observation } from "../../core/model.ts";
import { decodeEvents, type CloudEvent } from "./decode-events.ts";
import { parsePipelineRun } from "./parse-run.ts";
import { parseTaskRun } from "./parse-task.ts";
import { checkResource } from "./schema.ts";
import { kinds } from "./status.ts";

/** The third part of an event's type where the body holds a run. Other events are about triggers, or of a later Tekton. */
const runResources: ReadonlySet<string> = new Set(kinds.map((kind) => kind.toLowerCase()));

/** Parses one CloudEvent, or a batch, each item of it for itself. */
export function parse(request: RawRequest, source: string, settings: SourceSettings = {}): Parsed {
  const envelope = decodeEvents(request);
  if (envelope.kind === "unsupported") return envelope;
  const items = envelope.items.map(
    (item): Parsed =>
      item.ok ? parseEvent(item.value, source, settings) : { kind: "invalid", problems: item.problems },
  );
  const [first] = items;
  return envelope.kind === "single" && first !== undefined ? first : joinItems(items);
}

/** A batch is observed if one of its items is; the problems of the others are kept with it. */
function joinItems(items: readonly Parsed[]): Parsed {
  const observations: Observation[] = [];
  const problems: string[] = [];
  let reason: string | undefined;
  for (const [i, item] of items.entries()) {
    if (item.kind === "observed") observations.push(...item.observations);
    else if (item.kind === "invalid") problems.push(...item.problems.map((problem) => `item ${i + 1}: ${problem}`));
    else if (item.kind !== "code") reason ??= item.reason;
  }
  const [first, ...rest] = observations;
  if (first !== undefined)
    return { kind: "observed", observations: [first, ...rest], ...(problems.length === 0 ? {} : { problems }) };
  return problems.length > 0 ? { kind: "invalid", problems } : { kind: "ignored", reason: reason ?? "an empty batch" };
}

function parseEvent({ type, data }: CloudEvent, source: string, settings: SourceSettings): Parsed {
  const [, , , resource = "", word = ""] = type.split(".");
  if (!type.startsWith("dev.tekton.event.") || !runResources.has(resource))
    return { kind: "ignored", reason: `event type ${type.slice(0, 100)} is not about runs` };
  const decoded = data();
  if (!decoded.ok) return { kind: "invalid", problems: decoded.problems };
  const body = decoded.value;
  if (typeof body !== "object" || body === null) return { kind: "invalid", problems: ["data is not a JSON object"] };
  const members = body as Readonly<Record<string, unknown>>;
  // A relay that decodes events into a typed model writes null for the kinds that an event is not about.
  const [kind, second] = kinds.filter((key) => members[key] !== undefined && members[key] !== null);
  if (kind === undefined) return { kind: "invalid", problems: [`data has none of ${kinds.join(", ")}`] };
  if (second !== undefined) return { kind: "invalid", problems: [`data has both ${kind} and ${second}`] };
  const checked = checkResource(members[kind]);
  if (!checked.ok) return { kind: "invalid", problems: checked.problems.map((problem) => `${kind}: ${problem}`) };
  const reported = { resource: checked.value, kind, word, source, settings };
  return kind === "pipelineRun" ? parsePipelineRun(reported) : parseTaskRun(reported);
}
