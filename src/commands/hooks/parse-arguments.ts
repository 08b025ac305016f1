import type { Flags, ReadFlags } from "../../config/flags.ts";
import type { Config, Source } from "../../config/index.ts";
import { AppError } from "../../core/errors.ts";
import { outputFlags } from "../output.ts";
import { quote } from "../../text/quote.ts";
import { createDeliveryUrl, type Target } from "../../hooks/hook.ts";

export const hookFlags: Flags = {
  url: {
    type: "string",
    value: "<url>",
    help: "where the provider reaches this server: https://pipegauge.example.com",
  },
  project: {
    type: "string",
    value: "<path>",
    help: "GitLab project (group/project) or GitHub repository (owner/name)",
  },
  group: { type: "string", value: "<path>", help: "GitLab group, with all projects in it" },
  org: { type: "string", value: "<name>", help: "GitHub organization, with all its repositories" },
  source: { type: "string", value: "<name>", help: "source that the deliveries are for (the provider's name)" },
  api: { type: "string", value: "<url>", help: "GitLab or GitHub Enterprise of your own: https://gitlab.example.com" },
  "old-url": {
    type: "string",
    value: "<url>",
    help: "where the provider reached this server before: its webhook moves",
  },
  "without-jobs": { type: "boolean", help: "no events of single jobs: fewer deliveries, no metrics of GitHub's jobs" },
  "without-code": { type: "boolean", help: "no events of deployments, merges and pushes" },
  "dry-run": { type: "boolean", help: "change nothing, print what would be done" },
  ...outputFlags,
};

export const hookProviders = ["gitlab", "github"] as const;
export type HookProvider = (typeof hookProviders)[number];

/** The arguments of `pipegauge hooks`, checked against the settings. */
export interface HookCall {
  readonly provider: HookProvider;
  /** Without a slash at the end. */
  readonly apiBase: string;
  readonly token: string;
  readonly source: Source;
  readonly target: Target;
  readonly url: string;
  readonly formerUrl: string | undefined;
  readonly jobs: boolean;
  readonly code: boolean;
  readonly dryRun: boolean;
}

/** Where each provider's targets stand among the flags, its API, and what its token must be able to do. */
const providers = {
  gitlab: {
    kinds: ["project", "group"],
    api: "https://gitlab.com",
    apiPath: "/api/v4",
    path: /^(\d+|[^/\s]+(\/[^/\s]+)*)$/,
    token: "PIPEGAUGE_GITLAB_TOKEN to an access token with the scope api",
  },
  github: {
    kinds: ["project", "org"],
    api: "https://api.github.com",
    apiPath: "/api/v3",
    path: /^[\w.-]+(\/[\w.-]+)?$/,
    token: "PIPEGAUGE_GITHUB_TOKEN to a token that may administer webhooks",
  },
} as const;

/** Throws `config` with one line for every fault. */
export function readHookCall(given: string | undefined, config: Config, { values }: ReadFlags): HookCall {
  if (given !== "gitlab" && given !== "github") throw new AppError("usage", describeProvider(given));
  const faults: string[] = [];
  const text = (name: string) => (typeof values[name] === "string" ? values[name] : undefined);
  const url = parseBaseUrl("url", text("url"), faults);
  const former = text("old-url") === undefined ? undefined : parseBaseUrl("old-url", text("old-url"), faults);
  const api = parseBaseUrl("api", text("api") ?? providers[given].api, faults);
  const target = parseTarget(given, text, faults);
  const source = findSource(given, text("source") ?? given, config, faults);
  const [token] = config.providerTokens[given]();
  if (token === undefined)
    faults.push(`the token is missing: set ${providers[given].token} (or _FILE to a file with it)`);
  if (url === undefined || api === undefined || target === undefined || source === undefined || token === undefined)
    throw new AppError("usage", faults.join("\n"));
  if (faults.length > 0) throw new AppError("usage", faults.join("\n"));
  return {
    provider: given,
    apiBase: toApiBase(given, api),
    token,
    source,
    target,
    url: createDeliveryUrl(url, source.name),
    formerUrl: former === undefined ? undefined : createDeliveryUrl(former, source.name),
    jobs: values["without-jobs"] !== true,
    code: values["without-code"] !== true,
    dryRun: values["dry-run"] === true,
  };
}

function describeProvider(given: string | undefined): string {
  const problem = given === undefined ? "the provider is missing" : `${quote(given)} is not gitlab or github`;
  return `${problem}: pipegauge hooks gitlab … or pipegauge hooks github …`;
}

function parseBaseUrl(name: string, text: string | undefined, faults: string[]): URL | undefined {
  const example = `write --${name} https://${name === "api" ? "gitlab" : "pipegauge"}.example.com`;
  if (text === undefined) {
    faults.push(`--${name} is missing: ${example}`);
    return undefined;
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) faults.push(`--${name} is not a web address: ${example}`);
  else if (url.username !== "" || url.password !== "" || url.search !== "")
    faults.push(`--${name} holds more than an address: ${example}, without user, password or query`);
  else if (/\/webhooks(\/|$)/.test(url.pathname))
    faults.push(`--${name} is the address of the server, without /webhooks/…: ${example}`);
  else return url;
  return undefined;
}

/** The URL of the API, derived from that of the server. https://docs.github.com/en/enterprise-server@latest/rest/quickstart */
function toApiBase(provider: HookProvider, { origin, pathname, hostname }: URL): string {
  const path = pathname.replace(/\/+$/, "");
  const isApi = /\/api\/v\d+$/.test(path) || (provider === "github" && hostname.startsWith("api."));
  return isApi ? origin + path : origin + path + providers[provider].apiPath;
}

function parseTarget(
  provider: HookProvider,
  text: (name: string) => string | undefined,
  faults: string[],
): Target | undefined {
  const { kinds, path: shape } = providers[provider];
  const own = kinds.map((kind) => `--${kind}`).join(" or ");
  const given = (["project", "group", "org"] as const).filter((kind) => text(kind) !== undefined);
  const [kind] = given;
  if (given.length !== 1 || kind === undefined || !(kinds as readonly string[]).includes(kind)) {
    faults.push(
      `give one of ${own}, which is what ${provider} has${given.length === 0 ? "" : `; not ${listFlags(given)}`}`,
    );
    return undefined;
  }
  const path = (text(kind) ?? "").replace(/^\/|\/$/g, "");
  const fits = shape.test(path) && (provider === "gitlab" || path.includes("/") === (kind === "project"));
  if (fits) return { kind, path };
  faults.push(
    `--${kind}: ${JSON.stringify(path.slice(0, 60))} is no ${kind === "project" ? "path such as shop/cart" : "name"}`,
  );
  return undefined;
}

function listFlags(names: readonly string[]): string {
  return names.map((name) => `--${name}`).join(" and ");
}

function findSource(provider: HookProvider, name: string, config: Config, faults: string[]): Source | undefined {
  const source = config.sources.find((candidate) => candidate.name === name);
  if (source?.provider !== provider) {
    const names = config.sources.flatMap((one) => (one.provider === provider ? [one.name] : []));
    faults.push(
      `--source: ${JSON.stringify(name.slice(0, 60))} is no ${provider} source; there are ${names.join(", ")}`,
    );
    return undefined;
  }
  if (source.secrets().length > 0 || config.allowUnauthenticated) return source;
  faults.push(
    `the source ${name} has no secret: run this with the settings of the server, and give both a secret` +
      ` (PIPEGAUGE_${provider.toUpperCase()}_SECRET, or secretFile in the YAML file)`,
  );
  return undefined;
}
