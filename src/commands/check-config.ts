import { isLoopback, type Config } from "../config.ts";
import type { Source } from "../config/sources.ts";
import { databaseInWords } from "../config/url.ts";

/** `pipegauge check-config`: says what a server with these settings would do; faulty ones never come this far. */
export function checkConfig(config: Config): number {
  const { host, port, databaseUrl, sources, allowUnauthenticated } = config;
  const lines = [
    "ok",
    `listens on ${host.includes(":") ? `[${host}]` : host}:${port}${isLoopback(host) ? ", for this host only" : ""}`,
    `stores in ${databaseInWords(databaseUrl)}`,
    ...sources.map((source) => describeSource(source, allowUnauthenticated)),
    `/metrics is ${guarded(config.metricsTokens())}`,
    `the page and the read API are ${readable(config)}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}

function describeSource({ name, provider, secrets }: Source, allowUnauthenticated: boolean): string {
  const count = secrets().length;
  const without = allowUnauthenticated ? "no secret: takes deliveries from anybody" : "no secret: this host only";
  return `source ${name} (${provider}): ${count === 0 ? without : counted(count, "secret")}`;
}

function readable({ apiTokens, allowUnauthenticated }: Config): string {
  const tokens = apiTokens();
  return tokens.length === 0 && !allowUnauthenticated ? "for this host only" : guarded(tokens);
}

function guarded(tokens: readonly string[]): string {
  return tokens.length === 0 ? "open" : `guarded by ${counted(tokens.length, "token")}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
