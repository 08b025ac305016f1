import type { CheckedFile } from "./file-schema.ts";
import type { Places } from "./read-scalars.ts";
import { adapters } from "../adapters/index.ts";
import { getSourceVariable, providerTokenVariables, secretVariables } from "./settings.ts";

/** Names that differ in the settings in force: the setting's key, and the key of `Config`. */
const renamed: Readonly<Record<string, string>> = {
  maxSeries: "seriesMax",
  maxSamples: "samplesMax",
  maxJobs: "jobsMax",
};

const listKeys = ["taskRules", "runnerClasses", "cloudEventOrigins", "prices", "exporters"] as const;

/** Where each setting in force comes from, by the keys of `Config`: `--port`, `PIPEGAUGE_PORT`, `p.yaml: port` or `default`. */
export function describeOrigins(
  { env, origins }: Places,
  { settings }: CheckedFile,
  configPath: string,
): Readonly<Record<string, string>> {
  const inFile = (key: keyof CheckedFile["settings"]) => (settings[key] === undefined ? [] : [`${configPath}: ${key}`]);
  const named = (variable: string) => [variable, `${variable}_FILE`].filter((spelling) => env.isGiven(spelling));
  const join = (places: readonly string[]) => (places.length === 0 ? "default" : places.join(", "));
  const secrets = Object.entries(secretVariables).map(([key, variable]) => [key, join(named(variable))]);
  const sources = [...inFile("sources"), ...adapters.flatMap(({ name }) => named(getSourceVariable(name)))];
  return Object.freeze({
    ...Object.fromEntries(Object.entries(origins).map(([key, place]) => [renamed[key] ?? key, place])),
    sources: join(sources),
    ...Object.fromEntries(secrets),
    providerTokens: join(Object.values(providerTokenVariables).flatMap(named)),
    ...Object.fromEntries(listKeys.map((key) => [key, join(inFile(key))])),
  });
}
