import type { Config } from "./index.ts";
import { countShortSecrets } from "./secrets.ts";
import { secretVariables } from "./settings.ts";

/** What has a secret that can be guessed, by the names of sources and variables. */
export function listWeakSecrets(
  config: Pick<Config, "sources" | "metricsTokens" | "apiTokens" | "legacyKeys">,
): string[] {
  const all = [
    ...config.sources.map(({ name, secrets }) => ({ name: `source ${name}`, secrets })),
    ...(["metricsTokens", "apiTokens", "legacyKeys"] as const).map((key) => ({
      name: secretVariables[key],
      secrets: config[key],
    })),
  ];
  return all.filter(({ secrets }) => countShortSecrets(secrets()) > 0).map(({ name }) => name);
}
