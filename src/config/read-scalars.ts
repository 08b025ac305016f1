import type { Environment } from "./environment.ts";
import type { CheckedFile } from "./file-schema.ts";
import type { ReadFlags } from "./flags.ts";
import type { SecretFiles } from "./secret-files.ts";
import type { Setting } from "./setting.ts";
import { settings, type Scalars } from "./settings.ts";

/** Where settings are looked for, and the list that gets what is wrong with them. */
export interface Places {
  readonly flags: ReadFlags;
  readonly env: Environment;
  readonly files: SecretFiles;
  readonly faults: string[];
  /** Gets the name under which each setting was given, by its key. */
  readonly origins: Record<string, string>;
}

const table: { readonly [K in keyof Scalars]: Setting<Scalars[K]> } = settings;

/** The value of every setting; of one that is wrong the default, and a fault. */
export function readScalars(places: Places, file: CheckedFile, configPath: string): Scalars {
  const scalar = <K extends keyof Scalars>(key: K): Scalars[K] => {
    const { parse, fallback } = table[key];
    const given = findText(key, places, file, configPath);
    places.origins[key] = given?.name ?? "default";
    if (given === undefined) return fallback;
    const result = parse(given.text);
    if (result.ok) return result.value;
    places.faults.push(`${given.name}: ${result.problems.join("; ")}`);
    return fallback;
  };
  const keys = Object.keys(settings) as (keyof Scalars)[];
  return Object.fromEntries(keys.map((key) => [key, scalar(key)])) as unknown as Scalars;
}

/** The text of a setting, and the name under which it was given: flags over environment over YAML file. */
function findText(
  key: keyof Scalars,
  { flags, env }: Places,
  { settings: inFile }: CheckedFile,
  configPath: string,
): { readonly name: string; readonly text: string } | undefined {
  const { flag, variable, alias } = table[key];
  const typed = flag === undefined ? undefined : flags.values[flag];
  const given = env.isSet(variable) || alias === undefined ? env.text(variable) : env.text(alias);
  if (typeof typed === "string") return { name: `--${flag ?? ""}`, text: typed };
  if (given !== undefined || env.isSet(variable)) return given;
  const value = inFile[key];
  return value === undefined ? undefined : { name: `${configPath}: ${key}`, text: String(value) };
}
