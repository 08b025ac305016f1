import type { Config } from "./index.ts";
import { countShortSecrets, isPlaceholder } from "./secrets.ts";
import { secretVariables } from "./settings.ts";

/** A secret that can be guessed, by the name of its source or variable. */
export interface WeakSecret {
  readonly name: string;
  /** `short`: less than 16 characters. `placeholder`: a text of an example. */
  readonly why: "short" | "placeholder";
}

/** The secrets that can be guessed. */
export function listWeakSecrets(
  config: Pick<Config, "sources" | "metricsTokens" | "apiTokens" | "legacyKeys">,
): readonly WeakSecret[] {
  const all = [
    ...config.sources.map(({ name, secrets }) => ({ name: `source ${name}`, secrets })),
    ...(["metricsTokens", "apiTokens", "legacyKeys"] as const).map((key) => ({
      name: secretVariables[key],
      secrets: config[key],
    })),
  ];
  return all.flatMap(({ name, secrets }): WeakSecret[] => {
    if (secrets().some(isPlaceholder)) return [{ name, why: "placeholder" }];
    return countShortSecrets(secrets()) > 0 ? [{ name, why: "short" }] : [];
  });
}

/** For a person, after `warning: `. */
export function describeWeakSecret({ name, why }: WeakSecret): string {
  return why === "short"
    ? `${name} has a secret of less than 16 characters, which can be guessed`
    : `${name} has a secret that stands in an example: make one with openssl rand -hex 32`;
}
