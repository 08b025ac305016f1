import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { toText } from "../../src/rest/json.ts";
import { readHttpFile } from "../support/payloads/http-file.ts";
import { startPeer, type Peer, type Reply, type Seen } from "../support/server/peer.ts";

/** A webhook as GitLab keeps it; the two secrets never leave. */
export interface PeerHook {
  readonly id: number;
  readonly fields: Record<string, unknown>;
  token?: string | undefined;
  signingToken?: string | undefined;
  recentFailures: number;
}

export interface GitLabPeer extends Peer {
  readonly hooks: PeerHook[];
  /** Adds a webhook that somebody made before. */
  add(fields: Record<string, unknown>, secrets?: Partial<Pick<PeerHook, "token" | "signingToken">>): PeerHook;
}

export interface GitLabOptions {
  /** Major version: 19 signs, 16 (before 16.11) has no test endpoint. */
  readonly version?: number;
  readonly hasPipelines?: boolean;
  readonly hasCommits?: boolean;
}

export const token = "glpat-fixture";
const guest = "glpat-guest";
const paths = ["/api/v4/projects/shop%2Fbackend%2Fcheckout", "/api/v4/projects/shop%2Fcheckout", "/api/v4/groups/shop"];

/** Four failures in a row switch a hook off, forty for good. */
const graceFailures = 3;

/** Attributes that an edit may change, with what they are in a new hook. */
const attributes: Readonly<Record<string, unknown>> = {
  url: "",
  name: null,
  push_events: true,
  tag_push_events: false,
  issues_events: false,
  note_events: false,
  merge_requests_events: false,
  deployment_events: false,
  job_events: false,
  pipeline_events: false,
  enable_ssl_verification: true,
  custom_webhook_template: null,
};

/**
 * As GitLab's API for webhooks is documented, deliveries included.
 * https://docs.gitlab.com/api/project_webhooks/ and https://docs.gitlab.com/api/rest/#pagination
 */
export async function startGitLab({
  version = 19,
  hasPipelines = true,
  hasCommits = true,
}: GitLabOptions = {}): Promise<GitLabPeer> {
  const hooks: PeerHook[] = [];
  let lastId = 40;
  let tests = 0;
  const peer = await startPeer((request) => {
    const given = request.headers["private-token"];
    if (given !== token && given !== guest) return { status: 401, json: { message: "401 Unauthorized" } };
    const [path = "", query = ""] = request.path.split("?");
    const owner = paths.find((root) => path === `${root}/hooks` || path.startsWith(`${root}/hooks/`));
    if (owner === undefined) return { status: 404, json: { message: "404 Project Not Found" } };
    if (given === guest) return { status: 403, json: { message: "403 Forbidden" } };
    const [id, test, trigger] = path.slice(`${owner}/hooks`.length).split("/").slice(1);
    if (id === undefined) return request.method === "POST" ? create(request) : page(new URLSearchParams(query), path);
    const hook = hooks.find((candidate) => candidate.id === Number(id));
    if (hook === undefined) return { status: 404, json: { message: "404 Not found" } };
    if (test !== undefined)
      return version < 17 ? { status: 404, json: { error: "404 Not Found" } } : tested(hook, trigger);
    return one(hook, request);
  });

  function one(hook: PeerHook, { method, json }: Seen): Reply {
    if (method === "DELETE") {
      hooks.splice(hooks.indexOf(hook), 1);
      return { status: 204 };
    }
    return method === "PUT" ? update(hook, json) : { status: 200, json: shown(hook) };
  }

  function add(fields: Record<string, unknown>, secrets: Partial<PeerHook> = {}): PeerHook {
    const hook: PeerHook = { id: ++lastId, fields: { ...attributes, ...fields }, recentFailures: 0, ...secrets };
    hooks.push(hook);
    return hook;
  }

  function create({ json }: Seen): Reply {
    if (typeof json["url"] !== "string") return { status: 400, json: { error: "url is missing" } };
    if (!/^https?:\/\//.test(json["url"])) return { status: 422, json: { error: "Invalid url given" } };
    const hook = add({});
    const reply = update(hook, json);
    if (reply.status === 200) return { ...reply, status: 201 };
    hooks.splice(hooks.indexOf(hook), 1);
    return reply;
  }

  function update(hook: PeerHook, json: Seen["json"]): Reply {
    const signing = json["signing_token"];
    if (version >= 19 && signing !== undefined) {
      const key = /^whsec_(.*)$/.exec(toText(signing))?.[1] ?? "";
      if (Buffer.from(key, "base64").length !== 32)
        return { status: 422, json: { message: { signing_token: ["must be whsec_ and 32 bytes in Base64"] } } };
      hook.signingToken = toText(signing);
    }
    if (json["url"] !== undefined && json["url"] !== hook.fields["url"]) hook.token = undefined;
    if (json["token"] !== undefined) hook.token = toText(json["token"]);
    for (const name of Object.keys(attributes)) if (json[name] !== undefined) hook.fields[name] = json[name];
    return { status: 200, json: shown(hook) };
  }

  function shown({ id, fields, token: secret, signingToken, recentFailures }: PeerHook): object {
    const off = recentFailures > graceFailures;
    const present = { token_present: secret !== undefined, signing_token_present: signingToken !== undefined };
    return {
      id,
      ...fields,
      alert_status: off ? "temporarily_disabled" : "executable",
      disabled_until: off ? "2026-11-22T09:00:00.000Z" : null,
      ...(version >= 19 ? present : {}),
    };
  }

  function page(query: URLSearchParams, path: string): Reply {
    const [number, size] = [Number(query.get("page") ?? 1), Math.min(Number(query.get("per_page") ?? 20), 100)];
    const rest = hooks.length - number * size;
    // GitLab names itself by its configured address, which need not be the one that was asked.
    const link = `<https://gitlab.internal${path}?page=${number + 1}&per_page=${size}>; rel="next"`;
    return {
      status: 200,
      json: hooks.slice((number - 1) * size, number * size).map(shown),
      headers: { "x-next-page": rest > 0 ? String(number + 1) : "", ...(rest > 0 ? { link } : {}) },
    };
  }

  async function tested(hook: PeerHook, trigger = ""): Promise<Reply> {
    if (++tests > 5) {
      const message = { error: "This endpoint has been requested too many times. Try again later." };
      return { status: 429, json: { message }, headers: { "retry-after": "60" } };
    }
    if (trigger === "pipeline_events" && !hasPipelines)
      return { status: 422, json: { message: "Ensure the project has CI pipelines." } };
    if (trigger === "push_events" && !hasCommits)
      return { status: 422, json: { message: "Ensure the project has at least one commit." } };
    const fault = await deliver(hook, trigger);
    hook.recentFailures = fault === undefined ? 0 : hook.recentFailures + 1;
    return fault === undefined
      ? { status: 201, json: { message: "201 Created" } }
      : { status: 422, json: { message: fault } };
  }

  return { ...peer, hooks, add };
}

const sample = readHttpFile(
  join(import.meta.dirname, "../../src/adapters/gitlab/testdata/pipeline-from-the-test-button.http"),
).request;

/** Sends what the Test button sends. Resolves to what went wrong: the receiver's answer, or why there was none. */
async function deliver(
  { fields, token: secret, signingToken }: PeerHook,
  trigger: string,
): Promise<string | undefined> {
  const [id, now] = [randomUUID(), new Date()];
  const body = trigger === "push_events" ? '{"object_kind":"push"}' : Buffer.from(sample.body).toString();
  const headers = {
    "content-type": "application/json",
    "user-agent": "GitLab/19.1.0",
    "x-gitlab-event": trigger === "push_events" ? "Push Hook" : "Pipeline Hook",
    "idempotency-key": id,
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
    ...(secret === undefined ? {} : { "x-gitlab-token": secret }),
    ...(signingToken === undefined ? {} : { "webhook-signature": new Webhook(signingToken).sign(id, now, body) }),
  };
  try {
    const response = await fetch(toText(fields["url"]), { method: "POST", headers, body });
    const text = await response.text();
    return response.ok ? undefined : text;
  } catch (error) {
    return `Failed to open TCP connection (${String(error)})`;
  }
}
