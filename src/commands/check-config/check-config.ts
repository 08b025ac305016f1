import { isLoopback } from "../../config/address.ts";
import type { Config } from "../../config/index.ts";
import type { Source } from "../../config/sources.ts";
import { describeDatabase } from "../../config/describe-database.ts";
import { listWeakSecrets } from "../../config/weak-secrets.ts";

/** `pipegauge check-config`: prints what a server with these settings would do; invalid settings were reported before. */
export function checkConfig(config: Config): number {
  const { host, port, databaseUrl, sources } = config;
  const lines = [
    "ok",
    `listens on ${host.includes(":") ? `[${host}]` : host}:${port}${isLoopback(host) ? " (this host only)" : ""}`,
    `stores in ${describeDatabase(databaseUrl)}`,
    ...sources.map((source) => describeSource(source, config)),
    `/metrics is ${describeTokens(config.metricsTokens())}`,
    `the page and the read API are ${describeReaders(config)}`,
    describeStale(config),
    ...listWeakSecrets(config).map(
      (name) => `warning: ${name} has a secret of less than 16 characters, which can be guessed`,
    ),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
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
