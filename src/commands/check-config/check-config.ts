import { isLoopback } from "../../config/address.ts";
import type { Config } from "../../config/index.ts";
import type { Source } from "../../config/sources.ts";
import { printResult } from "../output.ts";
import { createStyle } from "../style.ts";
import { describeDatabase } from "../../config/describe-database.ts";
import { describeWeakSecret, listWeakSecrets } from "../../config/weak-secrets.ts";

/** `pipegauge check-config`: prints what a server with these settings would do; invalid settings were reported before. */
export function checkConfig(
  config: Config,
  { json, env }: { readonly json: boolean; readonly env: NodeJS.ProcessEnv },
): number {
  const { host, port, databaseUrl, sources } = config;
  const style = createStyle(process.stdout, env);
  const warnings = listWeakSecrets(config).map(describeWeakSecret);
  const lines = [
    style.good("ok"),
    `listens on ${host.includes(":") ? `[${host}]` : host}:${port}${isLoopback(host) ? " (this host only)" : ""}`,
    `stores in ${describeDatabase(databaseUrl)}`,
    ...sources.map((source) => describeSource(source, config)),
    `/metrics is ${describeTokens(config.metricsTokens())}`,
    `the page and the read API are ${describeReaders(config)}`,
    describeStale(config),
    ...warnings.map((warning) => style.warn(`warning: ${warning}`)),
  ];
  printResult(json, lines, { ok: true, ...summarise(config), warnings });
  return 0;
}

/** The same as JSON: numbers of secrets and tokens, never themselves. */
function summarise(config: Config): object {
  const { host, port, databaseUrl, sources, staleDays } = config;
  return {
    host,
    port,
    this_host_only: isLoopback(host),
    database: describeDatabase(databaseUrl),
    sources: sources.map((source) => {
      return { name: source.name, provider: source.provider, secrets: source.secrets().length };
    }),
    metrics_tokens: config.metricsTokens().length,
    api_tokens: config.apiTokens().length,
    stale_days: staleDays,
  };
}

function describeSource({ name, provider, secrets }: Source, config: Config): string {
  const count = secrets().length;
  return `source ${name} (${provider}): ${count === 0 ? `no secret: ${describeOpenSource(config)}` : formatCount(count, "secret")}`;
}

function describeOpenSource({ allowUnauthenticated, trustLocal }: Config): string {
  if (allowUnauthenticated) return "accepts deliveries from anyone";
  return trustLocal ? "accepts deliveries from this host only" : "refuses all deliveries";
}

function describeReaders({ apiTokens, allowUnauthenticated, trustLocal }: Config): string {
  const tokens = apiTokens();
  if (tokens.length > 0 || allowUnauthenticated) return describeTokens(tokens);
  return trustLocal ? "open to this host only" : "closed: set PIPEGAUGE_API_TOKEN";
}

function describeStale({ staleDays }: Config): string {
  return staleDays === 0
    ? "unfinished runs are never shown as stale"
    : `unfinished runs are shown as stale after ${formatCount(staleDays, "day")} without a delivery`;
}

function describeTokens(tokens: readonly string[]): string {
  return tokens.length === 0 ? "open" : `protected by ${formatCount(tokens.length, "token")}`;
}

function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
