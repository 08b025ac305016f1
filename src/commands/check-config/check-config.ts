import { isLoopback } from "../../config/address.ts";
import type { Config } from "../../config/index.ts";
import type { Source } from "../../config/sources.ts";
import { describeDatabase } from "../../config/describe-database.ts";
import { listWeakSecrets } from "../../config/weak-secrets.ts";

/** `pipegauge check-config`: says what a server with these settings would do; faulty ones never come this far. */
export function checkConfig(config: Config): number {
  const { host, port, databaseUrl, sources } = config;
  const lines = [
    "ok",
    `listens on ${host.includes(":") ? `[${host}]` : host}:${port}${isLoopback(host) ? ", for this host only" : ""}`,
    `stores in ${describeDatabase(databaseUrl)}`,
    ...sources.map((source) => describeSource(source, config)),
    `/metrics is ${guarded(config.metricsTokens())}`,
    `the page and the read API are ${readable(config)}`,
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
  return `source ${name} (${provider}): ${count === 0 ? `no secret: ${believed(config)}` : counted(count, "secret")}`;
}

function believed({ allowUnauthenticated, trustLocal }: Config): string {
  if (allowUnauthenticated) return "takes deliveries from anybody";
  return trustLocal ? "this host only" : "takes no deliveries";
}

function readable({ apiTokens, allowUnauthenticated, trustLocal }: Config): string {
  const tokens = apiTokens();
  if (tokens.length > 0 || allowUnauthenticated) return guarded(tokens);
  return trustLocal ? "for this host only" : "for nobody: set PIPEGAUGE_API_TOKEN";
}

function describeStale({ staleDays }: Config): string {
  return staleDays === 0
    ? "unfinished runs are never shown as stale"
    : `unfinished runs are shown as stale after ${counted(staleDays, "day")} without a delivery`;
}

function guarded(tokens: readonly string[]): string {
  return tokens.length === 0 ? "open" : `guarded by ${counted(tokens.length, "token")}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
