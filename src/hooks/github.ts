import { createApi, type Api } from "../rest/api.ts";
import { describeRetryDelay, type ApiResponse } from "../rest/describe-response.ts";
import { toRecord, toText } from "../rest/json.ts";
import { listPages } from "../rest/list-pages.ts";
import { pingGitHubHook } from "./github-ping.ts";
import { findOurHooks, type SetupRequest, type Target, type WantedHook } from "./hook.ts";

/** A webhook as GitHub describes it. The secret shows as asterisks. */
interface GitHubHook {
  readonly id: number;
  readonly url: string;
  readonly active: boolean;
  readonly events: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
}

/** No provider allows this many webhooks in one place. */
const pagesMax = 50;
const timeoutMillis = 20_000;

/** `base` is https://api.github.com, or ends in `/api/v3`. https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api */
export function createGitHubApi(base: string, token: string, userAgent: string, target: Target): Api {
  const headers = {
    authorization: `Bearer ${token}`,
    accept: "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",
    "user-agent": userAgent,
  };
  return createApi({
    name: "GitHub",
    base,
    headers,
    timeoutMillis,
    setting: "--api",
    advise: (response) => advise(response, target),
  });
}

/** https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api */
function advise(response: ApiResponse, { kind, path }: Target): string {
  const rights =
    kind === "org"
      ? "the scope admin:org_hook (fine-grained: organization permission Webhooks, read and write) of an owner"
      : "the scope admin:repo_hook (fine-grained: repository permission Webhooks, read and write) of an administrator";
  const isLimit = response.headers.get("x-ratelimit-remaining") === "0" || response.headers.has("retry-after");
  if (response.status === 429 || (response.status === 403 && isLimit)) return describeRetryDelay(response);
  const advices: Readonly<Record<number, string>> = {
    401: "the token is not valid, or no longer: make a new one and set PIPEGAUGE_GITHUB_TOKEN",
    403: `the token may not do that: it needs ${rights}; where the organization asks for single sign-on, authorize it there`,
    404: `${kind === "org" ? "organization" : "repository"} ${path} not found, or not visible to the token, which needs ${rights}`,
    422: "GitHub refuses an address it cannot reach (localhost), and a second webhook to the same one; it may have one that this token does not see",
  };
  return advices[response.status] ?? (response.status >= 500 ? "try again in a moment" : "see GitHub's message");
}

/**
 * Creates or repairs the webhook, and sends its ping. Resolves to whether the ping was accepted.
 * https://docs.github.com/en/rest/repos/webhooks and https://docs.github.com/en/rest/orgs/webhooks
 */
export async function setUpGitHubHook(api: Api, request: SetupRequest): Promise<boolean> {
  const { target, wanted, dryRun, print, pause } = request;
  const owner = target.path.split("/").map(encodeURIComponent).join("/");
  const path = `/${target.kind === "org" ? "orgs" : "repos"}/${owner}/hooks`;
  const { rows } = await listPages(api, path, pagesMax);
  const [found, ...others] = findOurHooks(rows.map(toHook), wanted);
  for (const { id, url } of others)
    print(`webhook ${id} also sends to this server (${url}): delete it, it sends everything twice`);
  const body = createBody(wanted);
  for (const line of plan(found, body, dryRun)) print(line);
  if (dryRun) return true;
  const { json } =
    found === undefined
      ? await api.request("POST", path, { name: "web", ...body })
      : await api.request("PATCH", `${path}/${found.id}`, body);
  const { id } = toHook(json);
  if (found === undefined) print(`  it is webhook ${id}`);
  return pingGitHubHook(api, `${path}/${id}`, print, pause);
}

function toHook(value: unknown): GitHubHook {
  const { id, active, events, config } = toRecord(value);
  const settings = toRecord(config);
  return {
    id: Number(id),
    url: toText(settings["url"]),
    active: active === true,
    events: Array.isArray(events) ? events.map(toText) : [],
    config: settings,
  };
}

interface HookBody {
  readonly active: true;
  readonly events: readonly string[];
  readonly config: Readonly<Record<string, string>>;
}

/**
 * Deployments, merges and pushes to the default branch, which answers need. A `deployment` has the same as its first status, so it is
 * not asked for.
 */
const codeEvents = ["deployment_status", "pull_request", "push"] as const;

/** An update without the secret would remove it, so it is always sent. */
function createBody({ url, secrets: [secret], jobs, code }: WantedHook): HookBody {
  return {
    active: true,
    events: ["workflow_run", ...(jobs ? ["workflow_job"] : []), ...(code ? codeEvents : [])],
    config: { url, content_type: "json", insecure_ssl: "0", ...(secret === undefined ? {} : { secret }) },
  };
}

/** The changes, to be printed. */
function plan(found: GitHubHook | undefined, { events, config }: HookBody, dryRun: boolean): string[] {
  const would = dryRun ? "would be " : "";
  const secret = config["secret"] === undefined ? "no secret" : "the secret";
  const list = (names: readonly string[]) => (names.length === 0 ? "none" : names.toSorted().join(", "));
  if (found === undefined) return [`webhook ${would}created: ${config["url"]}, ${list(events)}, ${secret}`];
  const changes = [
    ...(["url", "content_type", "insecure_ssl"] as const).map((name) => [
      name,
      found.config[name] ?? "none",
      config[name],
    ]),
    ["active", found.active, true],
    ["events", list(found.events), list(events)],
  ]
    .filter(([, before, after]) => toText(before) !== toText(after))
    .map(([name, before, after]) => `  ${toText(name)}: ${toText(before)} → ${toText(after)}`);
  return [
    `webhook ${found.id} exists${changes.length === 0 ? " and is up to date" : `; ${would}repaired:`}`,
    ...changes,
    ...(secret === "no secret" ? [] : [`  the secret ${would}set again: GitHub does not show which one it has`]),
  ];
}
