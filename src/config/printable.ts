import type { Config } from "./index.ts";
import { maskUrl } from "../core/mask-url.ts";
import type { Secrets } from "./secrets.ts";

/** The settings in force, to be printed: secrets and passwords are masked. */
export function maskConfig(config: Config): Record<string, unknown> {
  const masked = (secrets: Secrets) => secrets().map(() => "***");
  const {
    close: _,
    isTrial: _derived,
    host,
    port,
    databaseUrl,
    sources,
    metricsTokens,
    apiTokens,
    legacyKeys,
    providerTokens,
    ...plain
  } = config;
  return {
    host,
    port,
    databaseUrl: maskUrl(databaseUrl),
    sources: sources.map((source) => ({ ...source, secrets: masked(source.secrets) })),
    metricsTokens: masked(metricsTokens),
    apiTokens: masked(apiTokens),
    legacyKeys: masked(legacyKeys),
    providerTokens: { gitlab: masked(providerTokens.gitlab), github: masked(providerTokens.github) },
    ...plain,
  };
}
