import { createHmac, randomUUID } from "node:crypto";
import { startPeer, type Peer, type Reply, type Seen } from "../support/server/peer.ts";

export interface PeerHook {
  readonly id: number;
  active: boolean;
  events: string[];
  config: Record<string, string>;
  /** Made by an OAuth app: then no one else sees it. */
  readonly hidden: boolean;
  readonly deliveries: { id: number; event: string; status_code: number; status: string }[];
}

export interface GitHubPeer extends Peer {
  readonly hooks: PeerHook[];
  /** Adds a webhook that somebody made before. */
  add(hook: Partial<Pick<PeerHook, "active" | "events" | "config" | "hidden">>): PeerHook;
}

export const token = "ghp_fixture";
const roots = ["/api/v3/repos/northwind/storefront", "/api/v3/orgs/northwind"];

/**
 * As GitHub's API for webhooks is documented, pings included: they are sent after the answer.
 * https://docs.github.com/en/rest/repos/webhooks and https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
 */
export async function startGitHub({ limited = false, silent = false } = {}): Promise<GitHubPeer> {
  const hooks: PeerHook[] = [];
  let lastId = 480112232;
  const peer = await startPeer((request) => {
    if (request.headers.authorization !== `Bearer ${token}`)
      return { status: 401, json: { message: "Bad credentials" } };
    if (request.headers["user-agent"] === undefined) return { status: 403, json: { message: "User-Agent is missing" } };
    if (limited) {
      const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795255200" };
      return { status: 403, json: { message: "API rate limit exceeded" }, headers };
    }
    const [path = "", query = ""] = request.path.split("?");
    const root = roots.find((one) => path === `${one}/hooks` || path.startsWith(`${one}/hooks/`));
    if (root === undefined) return { status: 404, json: { message: "Not Found" } };
    const [id, part] = path.slice(`${root}/hooks`.length).split("/").slice(1);
    if (id === undefined) return request.method === "POST" ? create(request) : page(new URLSearchParams(query), path);
    const hook = hooks.find((one) => one.id === Number(id));
    if (hook === undefined) return { status: 404, json: { message: "Not Found" } };
    if (part === "deliveries") return { status: 200, json: hook.deliveries };
    if (part === "pings") return ping(hook);
    return request.method === "PATCH" ? update(hook, request.json) : { status: 200, json: shown(hook) };
  });

  function add({ active = true, events = ["push"], config = {}, hidden = false }: Partial<PeerHook>): PeerHook {
    const hook: PeerHook = { id: ++lastId, active, events, config, hidden, deliveries: [] };
    hooks.push(hook);
    return hook;
  }

  function create({ json }: Seen): Reply {
    const config = json["config"] as Record<string, string> | undefined;
    if (config?.["url"] === undefined)
      return { status: 422, json: { message: "Validation Failed", errors: [{ message: "url is missing" }] } };
    if (hooks.some((hook) => hook.config["url"] === config["url"])) {
      const errors = [{ resource: "Hook", code: "custom", message: "Hook already exists on this repository" }];
      return { status: 422, json: { message: "Validation Failed", errors } };
    }
    return { ...update(add({}), json), status: 201 };
  }

  /** A configuration is replaced as a whole: one without a secret leaves none. */
  function update(hook: PeerHook, json: Seen["json"]): Reply {
    if (json["config"] !== undefined) hook.config = json["config"] as Record<string, string>;
    if (Array.isArray(json["events"])) hook.events = json["events"] as string[];
    if (typeof json["active"] === "boolean") hook.active = json["active"];
    return { status: 200, json: shown(hook) };
  }

  function shown({ id, active, events, config }: PeerHook): object {
    const { secret, ...rest } = config;
    return {
      type: "Repository",
      id,
      name: "web",
      active,
      events,
      config: secret === undefined ? rest : { ...rest, secret: "********" },
    };
  }

  function page(query: URLSearchParams, path: string): Reply {
    const [number, size] = [Number(query.get("page") ?? 1), Math.min(Number(query.get("per_page") ?? 30), 100)];
    const link = `<https://git.example.com${path}?page=${number + 1}&per_page=${size}>; rel="next", <https://git.example.com${path}?page=9>; rel="last"`;
    const listed = hooks.filter((hook) => !hook.hidden);
    const hasNext = listed.length > number * size;
    return {
      status: 200,
      json: listed.slice((number - 1) * size, number * size).map(shown),
      headers: hasNext ? { link } : {},
    };
  }

  function ping(hook: PeerHook): Reply {
    if (!silent) setTimeout(() => void deliver(hook), 20);
    return { status: 204 };
  }

  return { ...peer, hooks, add };
}

async function deliver(hook: PeerHook): Promise<void> {
  const { url = "", secret } = hook.config;
  const body = JSON.stringify({ zen: "Measure twice.", hook_id: hook.id, hook: { type: "Repository", id: hook.id } });
  const signature = secret === undefined ? undefined : createHmac("sha256", secret).update(body).digest("hex");
  const headers = {
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/7a1b9c2",
    "x-github-event": "ping",
    "x-github-delivery": randomUUID(),
    ...(signature === undefined ? {} : { "x-hub-signature-256": `sha256=${signature}` }),
  };
  const result = await fetch(url, { method: "POST", headers, body }).then(
    ({ status, statusText }) => ({ status_code: status, status: statusText }),
    () => ({ status_code: 0, status: "failed to connect to host" }),
  );
  hook.deliveries.unshift({ id: 1000 + hook.deliveries.length, event: "ping", ...result });
}
