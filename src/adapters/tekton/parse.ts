import type { Parsed, RawRequest } from "../../core/adapter.ts";
import type { Observation } from "../../core/model.ts";
import { decodeEvents, type CloudEvent } from "./cloudevent.ts";
import { observePipelineRun } from "./parse-run.ts";
import { observeTask } from "./parse-task.ts";
import type { Outcome } from "./read.ts";
import { checkResource } from "./schema.ts";
import { kinds } from "./status.ts";

/** The third part of an event's type whose body holds a run; others are about triggers and what may yet come. */
const runResources: ReadonlySet<string> = new Set(kinds.map((kind) => kind.toLowerCase()));

/**
 * `ce-source` and `ce-id`, which stay the same while Tekton repeats a delivery. After a restart of its controller the
 * same state comes with a new id, and then only the merge recognises it. A batch has no key of its own.
 */
export function deliveryKey(request: RawRequest): string | undefined {
  const envelope = decodeEvents(request);
  if (envelope.kind !== "single") return undefined;
  const [item] = envelope.items;
  return item?.ok === true ? `${item.value.source} ${item.value.id}` : undefined;
}

/** One CloudEvent, or a batch of which every item is taken for itself. */
export function parse(request: RawRequest, source: string): Parsed {
  const envelope = decodeEvents(request);
  if (envelope.kind === "unsupported") return envelope;
  const observations: Observation[] = [];
  const problems: string[] = [];
  const ignored: string[] = [];
  for (const [i, item] of envelope.items.entries()) {
    const outcome = item.ok ? observe(item.value, source) : item;
    if ("ignored" in outcome) ignored.push(outcome.ignored);
    else if ("observations" in outcome) observations.push(...outcome.observations);
    else problems.push(...outcome.problems.map((p) => (envelope.kind === "batch" ? `item ${i + 1}: ${p}` : p)));
  }
  const [first, ...rest] = observations;
  if (first !== undefined)
    return { kind: "observed", observations: [first, ...rest], ...(problems.length === 0 ? {} : { problems }) };
  if (problems.length > 0) return { kind: "invalid", problems };
  return { kind: "ignored", reason: ignored[0] ?? "an empty batch" };
}

function observe(item: CloudEvent, source: string): Outcome {
  const [, , , resource = "", word = ""] = item.type.split(".");
  if (!item.type.startsWith("dev.tekton.event.") || !runResources.has(resource))
    return { ignored: `event type ${item.type.slice(0, 100)} is not about runs` };
  const data = item.data();
  if (!data.ok) return data;
  const body = data.value;
  if (typeof body !== "object" || body === null) return { problems: ["data is not a JSON object"] };
  const members = body as Readonly<Record<string, unknown>>;
  // A relay with a typed model writes null for the kinds that an event is not about.
  const [kind, second] = kinds.filter((key) => members[key] !== undefined && members[key] !== null);
  if (kind === undefined) return { problems: [`data has none of ${kinds.join(", ")}`] };
  if (second !== undefined) return { problems: [`data has both ${kind} and ${second}`] };
  const checked = checkResource(members[kind]);
  if (!checked.ok) return { problems: checked.problems.map((problem) => `${kind}: ${problem}`) };
  const reported = { resource: checked.value, kind, word, source };
  return kind === "pipelineRun" ? observePipelineRun(reported) : observeTask(reported);
}
