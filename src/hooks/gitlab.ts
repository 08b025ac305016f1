import { AppError } from "../core/errors.ts";
import { createApi, type Api } from "../rest/api.ts";
import { describeRetryDelay, type ApiResponse } from "../rest/describe-response.ts";
import { toRecord, toText } from "../rest/json.ts";
import { listPages } from "../rest/list-pages.ts";
import { testGitLabHook } from "./gitlab-test.ts";
import { findOurHooks, type SetupRequest, type Target, type WantedHook } from "./hook.ts";

/** A webhook as GitLab describes it. Secrets are never returned, only whether there are any (from 19.0). */
interface GitLabHook {
  readonly id: number;
  readonly url: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** All events of GitLab that Pipegauge ignores: https://docs.gitlab.com/api/project_webhooks/#edit-a-project-webhook */
const otherEvents = [
  "tag_push_events",
  "issues_events",
  "confidential_issues_events",
  "note_events",
  "confidential_note_events",
  "wiki_page_events",
  "feature_flag_events",
  "releases_events",
  "emoji_events",
  "resource_access_token_events",
  "subgroup_events",
  "member_events",
];

/** No provider allows this many webhooks in one place. */
const pagesMax = 50;

/** GitLab waits up to 10 s for the receiver of a test, and longer where an administrator says so. */
const timeoutMillis = 30_000;

/** `base` ends in `/api/v4`. Authentication: https://docs.gitlab.com/api/rest/authentication/#personalprojectgroup-access-tokens */
export function createGitLabApi(base: string, token: string, userAgent: string, target: Target): Api {
  const headers = { "private-token": token, accept: "application/json", "user-agent": userAgent };
  return createApi({
    name: "GitLab",
    base,
    headers,
    timeoutMillis,
    setting: "--api",
    advise: (response) => advise(response, target),
  });
}

function advise(response: ApiResponse, { kind, path }: Target): string {
  const role =
    kind === "group" ? "the Owner role in the group (and GitLab Premium)" : "the Maintainer role in the project";
  const advices: Readonly<Record<number, string>> = {
    401: "the token is not valid, or no longer: make a new one with the scope api and set PIPEGAUGE_GITLAB_TOKEN",
    403: `the token may not do that: it needs the scope api, and its owner ${role}`,
    404: `${kind} ${path} not found, or not visible to the token's owner, who needs ${role}`,
    422: "if it is about the URL: GitLab does not send to private addresses until an administrator allows it (Admin → Settings → Network → Outbound requests)",
    429: describeRetryDelay(response),
  };
  return advices[response.status] ?? (response.status >= 500 ? "try again in a moment" : "see GitLab's message");
}

/**
 * Creates or repairs the webhook, and sends its test. Resolves to whether GitLab reports that it works.
 * https://docs.gitlab.com/api/project_webhooks/ and https://docs.gitlab.com/api/group_webhooks/
 */
export async function setUpGitLabHook(api: Api, request: SetupRequest): Promise<boolean> {
  const { target, wanted, dryRun, print } = request;
  const path = `/${target.kind}s/${encodeURIComponent(target.path)}/hooks`;
  const { rows } = await listPages(api, path, pagesMax);
  const [found, ...others] = findOurHooks(rows.map(toHook), wanted);
  for (const { id, url } of others)
    print(`webhook ${id} also sends to this server (${url}): delete it, it sends everything twice`);
  if (found !== undefined) refuseUnknownSignature(found, wanted);
  const fields = createFields(wanted, found);
  for (const line of plan(found, fields, dryRun)) print(line);
  if (dryRun) return true;
  const saved = await save(api, path, found, fields, request);
  return testGitLabHook(api, `${path}/${saved.id}`, found?.fields, print);
}

function toHook(value: unknown): GitLabHook {
  const fields = toRecord(value);
  return { id: Number(fields["id"]), url: toText(fields["url"]), fields };
}

/** A signature that is sent must be right (docs/providers/gitlab.md), and the API cannot remove a signing token. */
function refuseUnknownSignature({ id, fields }: GitLabHook, { secrets }: WantedHook): void {
  if (fields["signing_token_present"] !== true || secrets.some(isSigningToken)) return;
  throw new AppError(
    "unavailable",
    `webhook ${id} has a signing token that the source was not given: add it to the source's secrets, or remove it` +
      " from the webhook (Settings → Webhooks → Edit)",
  );
}

function isSigningToken(secret: string): boolean {
  return secret.startsWith("whsec_");
}

function createFields(wanted: WantedHook, found: GitLabHook | undefined): Readonly<Record<string, unknown>> {
  const { url, secrets, jobs, code } = wanted;
  const secret = secrets.find(isSigningToken) ?? secrets[0];
  const on = otherEvents.filter((name) => found?.fields[name] === true);
  const template = found?.fields["custom_webhook_template"] ?? "";
  return {
    url,
    ...(found === undefined ? { name: "pipegauge" } : {}),
    ...Object.fromEntries(on.map((name) => [name, false])),
    pipeline_events: true,
    job_events: jobs,
    deployment_events: code,
    merge_requests_events: code,
    push_events: code,
    enable_ssl_verification: true,
    // A template replaces the body by one that cannot contain a pipeline's jobs.
    ...(template === "" ? {} : { custom_webhook_template: "" }),
    ...(secret === undefined ? {} : { [isSigningToken(secret) ? "signing_token" : "token"]: secret }),
  };
}

/** The changes, to be printed. */
function plan(found: GitLabHook | undefined, fields: Readonly<Record<string, unknown>>, dryRun: boolean): string[] {
  const secret = "signing_token" in fields ? "the signing token" : "token" in fields ? "the secret token" : undefined;
  const events = listEvents(fields);
  const would = dryRun ? "would be " : "";
  if (found === undefined)
    return [`webhook ${would}created: ${toText(fields["url"])}, ${events}, ${secret ?? "no secret"}`];
  const secretFields = new Set(["token", "signing_token"]);
  const changes = Object.entries(fields)
    .filter(
      ([name, value]) => !secretFields.has(name) && found.fields[name] !== undefined && found.fields[name] !== value,
    )
    .map(([name, value]) => `  ${name}: ${toText(found.fields[name])} → ${value === "" ? "none" : toText(value)}`);
  return [
    `webhook ${found.id} exists${changes.length === 0 ? " and is up to date" : `; ${would}repaired:`}`,
    ...changes,
    ...(secret === undefined ? [] : [`  ${secret} ${would}set again: GitLab does not show which one it has`]),
  ];
}

const eventNames: readonly (readonly [field: string, name: string])[] = [
  ["pipeline_events", "Pipeline"],
  ["job_events", "Job"],
  ["deployment_events", "Deployment"],
  ["merge_requests_events", "Merge request"],
  ["push_events", "Push"],
];

function listEvents(fields: Readonly<Record<string, unknown>>): string {
  const names = eventNames.flatMap(([field, name]) => (fields[field] === true ? [name] : []));
  const last = names.pop() ?? "";
  return `${names.length === 0 ? last : `${names.join(", ")} and ${last}`} events`;
}

async function save(
  api: Api,
  path: string,
  found: GitLabHook | undefined,
  fields: Readonly<Record<string, unknown>>,
  { wanted, print }: SetupRequest,
): Promise<GitLabHook> {
  const { json } =
    found === undefined
      ? await api.request("POST", path, fields)
      : await api.request("PUT", `${path}/${found.id}`, fields);
  const saved = toHook(json);
  if (found === undefined) print(`  it is webhook ${saved.id}`);
  for (const name of ["url", "pipeline_events", "job_events"]) {
    if (saved.fields[name] !== fields[name])
      throw new AppError("unavailable", `GitLab took the request, but left ${name} at ${toText(saved.fields[name])}`);
  }
  if ("signing_token" in fields && saved.fields["signing_token_present"] !== true)
    await useSecretToken(api, path, saved, { created: found === undefined, wanted, print });
  return saved;
}

/**
 * A GitLab without signing tokens silently ignores the field. Its hooks get the first secret that is not a signing token;
 * without such a secret the new hook is removed, because it would send unauthenticated deliveries.
 */
async function useSecretToken(
  api: Api,
  path: string,
  { id, url }: GitLabHook,
  { created, wanted, print }: Pick<SetupRequest, "wanted" | "print"> & { readonly created: boolean },
): Promise<void> {
  const token = wanted.secrets.find((secret) => !isSigningToken(secret));
  if (token !== undefined) {
    await api.request("PUT", `${path}/${id}`, { url, token });
    print("  this GitLab has no signing tokens (19.0 brought them): the source's secret token is set instead");
    return;
  }
  if (created) await api.request("DELETE", `${path}/${id}`);
  throw new AppError(
    "unavailable",
    "this GitLab has no signing tokens (19.0 brought them): give the source a secret that does not begin with whsec_" +
      `, beside or instead of the other${created ? "; the new webhook was removed again" : ""}`,
  );
}
