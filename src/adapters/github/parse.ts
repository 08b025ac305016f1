import type { Parsed, RawRequest } from "../../core/adapter.ts";
import { decodeBody } from "./body.ts";
import { parseJob } from "./parse-job.ts";
import { parseRun } from "./parse-run.ts";

const readers: ReadonlyMap<string, (body: unknown, source: string) => Parsed> = new Map([
  ["workflow_run", parseRun],
  ["workflow_job", parseJob],
]);

/**
 * `X-GitHub-Event` tells what a body is about; every other event than the two above is ignored unread, by its name.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
 */
export function parse(request: RawRequest, source: string): Parsed {
  const event = request.headers["x-github-event"] ?? "";
  if (event === "") return { kind: "invalid", problems: ["header x-github-event is missing"] };
  const read = readers.get(event);
  // The header is not signed, so only what looks like an event's name is repeated.
  if (read === undefined) return { kind: "ignored", reason: /^[a-z_]{1,64}$/.test(event) ? event : "unknown event" };
  const body = decodeBody(request.body);
  return body.ok ? read(body.value, source) : { kind: "invalid", problems: body.problems };
}
