import type { Parsed, RawRequest } from "../../core/adapter.ts";
import { decodeBody } from "./decode-body.ts";
import { parseDeployment, parseDeploymentStatus } from "./parse-deployment.ts";
import { parseJob } from "./parse-job.ts";
import { parsePullRequest } from "./parse-change.ts";
import { parsePush } from "./parse-push.ts";
import { parseRun } from "./parse-run.ts";

const parsers: ReadonlyMap<string, (body: unknown, source: string) => Parsed> = new Map([
  ["workflow_run", parseRun],
  ["workflow_job", parseJob],
  ["deployment", parseDeployment],
  ["deployment_status", parseDeploymentStatus],
  ["pull_request", parsePullRequest],
  ["push", parsePush],
]);

/**
 * `X-GitHub-Event` says what a body is about. Any event but those above is ignored by its name; its body is not read.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers
 */
export function parse(request: RawRequest, source: string): Parsed {
  const event = request.headers["x-github-event"] ?? "";
  if (event === "") return { kind: "invalid", problems: ["header x-github-event is missing"] };
  const parseBody = parsers.get(event);
  // The header is not signed, so only what looks like an event's name is repeated.
  if (parseBody === undefined)
    return { kind: "ignored", reason: /^[a-z_]{1,64}$/.test(event) ? event : "unknown event" };
  const body = decodeBody(request.body);
  return body.ok ? parseBody(body.value, source) : { kind: "invalid", problems: body.problems };
}
