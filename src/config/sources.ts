import { dirname, resolve } from "node:path";
import { adapters, type ProviderName } from "../adapters/index.ts";
import type { SourceSettings } from "../core/adapter.ts";
import { collectorSource } from "../core/legacy/saved-pipelines.ts";
import type { SecretFiles } from "./secret-files.ts";
import { splitLines, splitList, type Secrets } from "./secrets.ts";
import type { Environment } from "./environment.ts";
import type { FileSource } from "./file-schema.ts";
import { getSourceVariable } from "./settings.ts";

/** One configured instance of a provider: what `POST /webhooks/<name>` takes, and from whom. */
export interface Source {
  readonly name: string;
  readonly provider: ProviderName;
  /** A sender proves itself by any of them. None: only this host is accepted, or anyone where the settings say so. */
  readonly secrets: Secrets;
  /** Whether bodies of all deliveries are stored, not only those of dead letters. */
  readonly keepBodies: boolean;
  /** What its adapter reads differently. */
  readonly settings: SourceSettings;
}

export interface Sources {
  readonly sources: readonly Source[];
  /** True when any source was given a secret, even one that turned out to be faulty. */
  readonly guarded: boolean;
}

interface Origin {
  readonly env: Environment;
  readonly files: SecretFiles;
  /** Of the YAML file; paths in it are relative to its folder. */
  readonly configPath: string;
}

/**
 * The sources of the YAML file, and for each provider one of the same name: where the file has no source of that
 * provider, or where the provider's own variable is set. That variable's secrets also count for a source of the file
 * that bears the provider's name.
 */
export function buildSources(listed: readonly FileSource[], origin: Origin, faults: string[]): Sources {
  faults.push(...findClashes(listed).map((problem) => `${origin.configPath}: ${problem}`));
  let guarded = false;
  const sources = listed.map((given, i) => {
    const own = readSecrets(given, `sources[${i}]`, origin, faults);
    const { name, provider, keepBodies = false } = given;
    const settings = readSettings(given, `sources[${i}]`, origin, faults);
    const shared = name === provider ? origin.env.secrets(getSourceVariable(provider), splitList) : undefined;
    guarded ||= own !== undefined || shared !== undefined;
    return Object.freeze({ name, provider, secrets: joinSecrets(own, shared), keepBodies, settings });
  });
  for (const { name: provider } of adapters) {
    if (sources.some(({ name }) => name === provider)) continue;
    const secrets = origin.env.secrets(getSourceVariable(provider), splitList);
    guarded ||= secrets !== undefined;
    if (secrets === undefined && sources.some((source) => source.provider === provider)) continue;
    sources.push(
      Object.freeze({ name: provider, provider, secrets: joinSecrets(secrets), keepBodies: false, settings: {} }),
    );
  }
  return { sources: Object.freeze(sources), guarded };
}

/** The settings that only one provider has: GitLab's pipelines may have names, Tekton's jobs are pods. */
const providersOfSettings = { pipelineLabel: "gitlab", runnerClassKey: "tekton" } as const;

function readSettings(
  { provider, keepTitles = true, ...given }: FileSource,
  place: string,
  { configPath }: Origin,
  faults: string[],
): SourceSettings {
  const { pipelineLabel, runnerClassKey } = given;
  for (const name of ["pipelineLabel", "runnerClassKey"] as const) {
    const owner = providersOfSettings[name];
    if (given[name] !== undefined && provider !== owner)
      faults.push(`${configPath}: ${place}.${name} is for sources of ${owner}, but this one's provider is ${provider}`);
  }
  return Object.freeze({
    ...(pipelineLabel === undefined ? {} : { pipelineLabel }),
    ...(runnerClassKey === undefined ? {} : { runnerClassKey }),
    ...(keepTitles ? {} : { keepTitles }),
  });
}

function joinSecrets(...given: readonly (Secrets | undefined)[]): Secrets {
  const all = given.filter((secrets) => secrets !== undefined);
  const [only] = all;
  if (all.length <= 1) return only ?? (() => []);
  return () => [...new Set(all.flatMap((secrets) => secrets()))];
}

/** The sources of the older APIs: no other source may have one of these names. */
const reserved: ReadonlySet<string> = new Set(["run-counter", "template-counter", collectorSource]);

function findClashes(listed: readonly FileSource[]): string[] {
  const providers: readonly string[] = adapters.map(({ name }) => name);
  return listed.flatMap(({ name, provider }, i) => {
    const first = listed.findIndex((other) => other.name === name);
    if (reserved.has(name))
      return [`sources[${i}].name is ${name}, which is reserved for an older API: choose another`];
    if (first < i) return [`sources[${i}].name is ${name}, as is sources[${first}].name: names must differ`];
    if (!providers.includes(name) || name === provider) return [];
    return [
      `sources[${i}].name is ${name}, but its provider is ${provider}: a provider's name is reserved for its own source`,
    ];
  });
}

/** `undefined` where none are given. A faulty one counts as given, and as no secret at all. */
function readSecrets(given: FileSource, place: string, origin: Origin, faults: string[]): Secrets | undefined {
  const { secret, secretFile, secrets } = given;
  const ways = Object.entries({ secret, secretFile, secrets }).filter(([, way]) => way !== undefined);
  const noSecrets = () => [];
  if (ways.length === 0) return undefined;
  const complain = (problem: string): Secrets => {
    faults.push(`${origin.configPath}: ${place}${problem}`);
    return noSecrets;
  };
  if (ways.length > 1) return complain(` has ${ways.map(([way]) => way).join(" and ")}: give one of them`);
  if (secretFile !== undefined) {
    const path = resolve(dirname(origin.configPath), secretFile);
    const read = origin.files.read(path, splitList);
    return read.ok ? read.value : complain(`.secretFile: ${path} ${read.problems.join("; ")}`);
  }
  // One secret, which may contain commas: several are given as a list.
  const texts = secrets ?? [secret ?? ""];
  const read = texts.map(splitLines);
  const values = read.flatMap((one) => (one.ok ? one.value : []));
  const bad = read.findIndex((one) => !one.ok || one.value.length !== 1);
  if (bad >= 0)
    return complain(`${secrets === undefined ? ".secret" : `.secrets[${bad}]`} is empty or has several lines`);
  return () => values;
}
