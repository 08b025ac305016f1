import { dirname, resolve as resolvePath } from "node:path";
import { defaultTaskRules, type TaskRule } from "../core/classify.ts";
import { AppError } from "../core/errors.ts";
import { isLoopback } from "./address.ts";
import { readEnvironment, type Environment } from "./environment.ts";
import { securedDatabaseUrl } from "./database.ts";
import type { CheckedFile } from "./file-schema.ts";
import { readConfigFile } from "./file.ts";
import { configFlags, commonFlags, readFlags, type Flags, type ReadFlags } from "./flags.ts";
import { configVariable, providerTokenVariables, secretVariables, settings, type Scalars } from "./settings.ts";
import { buildExporters, exporterEnvironment, type Exporter, type ExporterPlaces } from "./exporters.ts";
import { buildSources, type Source } from "./sources.ts";
import type { SeriesBudget } from "../core/series-budget.ts";
import { createLog, type LogLevel } from "../log.ts";
import { createSecretFiles, type SecretFiles, type SecretLog } from "./secret-files.ts";
import { splitLines, splitList, type Secrets } from "./secrets.ts";

export type { Source } from "./sources.ts";

/** Everything that can be set, in force. Docs: docs/configuration.md. */
export interface Config extends SeriesBudget {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** `sqlite:<path>` or `postgres://…`, with the CA file in it; it may hold a password. */
  readonly databaseUrl: string;
  readonly databaseCaFile: string | undefined;
  /** At least one for each provider. */
  readonly sources: readonly Source[];
  /** Sources without a secret take deliveries from anybody. */
  readonly allowUnauthenticated: boolean;
  /** Programs on this host need no secret where none is set: in the trial mode, or because somebody said so. */
  readonly trustLocal: boolean;
  /** No secret, key or token is configured, and so only this host can reach the server. */
  readonly isTrial: boolean;
  /** Bearer tokens for `/metrics*`; none: open. */
  readonly metricsTokens: Secrets;
  /** Tokens for the page and the read API; none: they answer whom a source without a secret believes. */
  readonly apiTokens: Secrets;
  /** Keys that the older tools' senders present; none: they are believed where a source without a secret would be. */
  readonly legacyKeys: Secrets;
  /** Tokens for the providers' own APIs, for `pipegauge hooks`; the server makes no use of them. */
  readonly providerTokens: { readonly gitlab: Secrets; readonly github: Secrets };
  readonly retentionDays: number;
  /** An unfinished run is shown as stale once no delivery about it came for so long; 0: never. */
  readonly staleDays: number;
  /** Jobs that one delivery may tell of. */
  readonly jobsMax: number;
  readonly bodyMaxBytes: number;
  /** For the bodies of all requests that are not answered yet. */
  readonly bodyBudgetBytes: number;
  readonly connectionsPerAddress: number;
  /** Where `/healthz` and `/readyz` answer besides; 0: any free port. */
  readonly healthPort: number | undefined;
  /** For the bodies of the dead letters of one source. */
  readonly deadLetterBytes: number;
  readonly logLevel: LogLevel;
  readonly taskRules: readonly TaskRule[];
  /** Hosts that the CloudEvents handshake is answered for. */
  readonly cloudEventOrigins: readonly string[];
  /** Where an old run counter may have left its database. */
  readonly legacyDatabasePath: string;
  /** What `GET /metrics/<name>` runs. */
  readonly exporters: readonly Exporter[];
  /** Exporters that may run at a time. */
  readonly exporterWorkers: number;
  /** The environment that exporters get. */
  readonly exporterEnvironment: () => Readonly<Record<string, string>>;
  /** Stops watching secret files. */
  readonly close: () => void;
}

export interface LoadOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Flags, without the name of the command. */
  readonly argv: readonly string[];
  /** Flags of the command itself, which are none of the configuration's business but must not count as unknown. */
  readonly flags?: Flags;
  /** Told when a secret file changes or goes missing; by default a log of the configured level. */
  readonly log?: SecretLog;
}

/**
 * Flags over environment over YAML file over defaults. Throws `config` with one line for every fault there is, and reads
 * secret files again when they change until `close` is called.
 */
export function loadConfig({ env, argv, flags = {}, log }: LoadOptions): Config {
  const faults: string[] = [];
  const files = createSecretFiles();
  const environment = readEnvironment(env, files, faults);
  const read = readFlags(argv, { ...configFlags, ...commonFlags, ...flags });
  faults.push(...read.faults);
  const config = resolve({ flags: read, env: environment, files, faults });
  if (faults.length > 0) throw new AppError("config", faults.join("\n"));
  return Object.freeze({
    ...config,
    exporterEnvironment: () => exporterEnvironment(env),
    close: files.watch(log ?? createLog(config.logLevel)),
  });
}

interface Places {
  readonly flags: ReadFlags;
  readonly env: Environment;
  readonly files: SecretFiles;
  readonly faults: string[];
}

function resolve(places: Places): Omit<Config, "close" | "exporterEnvironment"> {
  const { env, files, faults } = places;
  const configPath = flagText(places, "config") ?? env.text(configVariable)?.text;
  const file = configPath === undefined ? { settings: {}, problems: [] } : readConfigFile(configPath);
  faults.push(...file.problems);
  const { host, maxSeries, maxSamples, maxJobs, trustLocal, exportersFolder, ...scalars } = readScalars(
    places,
    file,
    configPath ?? "",
  );
  const origin = { env, files, configPath: configPath ?? "" };
  const { sources, guarded } = buildSources(file.settings.sources ?? [], origin, faults);
  // The older tool took the whole value, so a comma in it is part of the key.
  const legacyKeys = env.secrets(secretVariables.legacyKeys, splitLines);
  const metricsTokens = env.secrets(secretVariables.metricsTokens, splitList);
  const apiTokens = env.secrets(secretVariables.apiTokens, splitList);
  const open = guarded || legacyKeys !== undefined || scalars.allowUnauthenticated;
  // A file that was not understood may well have held the secret.
  if (host !== undefined && !isLoopback(host) && !open && file.problems.length === 0) faults.push(unguarded(host));
  const isTrial = !open && metricsTokens === undefined && apiTokens === undefined;
  if (scalars.healthPort === scalars.port && scalars.port !== 0)
    faults.push(`PIPEGAUGE_HEALTH_PORT is ${scalars.port}, as is PIPEGAUGE_PORT: choose another, or leave it out`);
  if (scalars.bodyBudgetBytes < 2 * scalars.bodyMaxBytes) faults.push(budgetTooSmall(scalars));
  return {
    ...scalars,
    trustLocal: trustLocal ?? isTrial,
    isTrial,
    databaseUrl: securedDatabaseUrl(scalars, faults),
    host: host ?? (open ? "0.0.0.0" : "127.0.0.1"),
    seriesMax: maxSeries,
    samplesMax: maxSamples,
    jobsMax: maxJobs,
    sources,
    metricsTokens: metricsTokens ?? none,
    apiTokens: apiTokens ?? none,
    legacyKeys: legacyKeys ?? none,
    providerTokens: Object.freeze({
      gitlab: env.secrets(providerTokenVariables.gitlab, splitLines) ?? none,
      github: env.secrets(providerTokenVariables.github, splitLines) ?? none,
    }),
    taskRules: Object.freeze(file.settings.taskRules ?? defaultTaskRules),
    cloudEventOrigins: Object.freeze(file.settings.cloudEventOrigins ?? []),
    exporters: buildExporters(
      file.settings.exporters ?? [],
      placeExporters(places, exportersFolder, configPath),
      faults,
    ),
  };
}

/** Paths in the file are relative to it; the variable's to where the program starts. */
function placeExporters({ env }: Places, folder: string | undefined, configPath = ""): ExporterPlaces {
  const base = env.isSet(settings.exportersFolder.variable) ? "." : dirname(configPath);
  return { configPath, folder: folder === undefined ? undefined : resolvePath(base, folder) };
}

function none(): readonly string[] {
  return [];
}

/** One delivery of the greatest size must leave room for others. */
function budgetTooSmall({ bodyBudgetBytes, bodyMaxBytes }: Pick<Scalars, "bodyBudgetBytes" | "bodyMaxBytes">): string {
  return (
    `PIPEGAUGE_BODY_BUDGET_BYTES is ${bodyBudgetBytes}, less than twice PIPEGAUGE_BODY_MAX_BYTES (${bodyMaxBytes}):` +
    " raise the one or lower the other"
  );
}

function unguarded(host: string): string {
  return (
    `host ${host} is on a network, but no source has a secret: set PIPEGAUGE_GITLAB_SECRET (or _TEKTON_, _JENKINS_, _GITHUB_, or PRPC_PSK),` +
    " or PIPEGAUGE_ALLOW_UNAUTHENTICATED=true to take deliveries from anybody, or host 127.0.0.1"
  );
}

function readScalars(places: Places, file: CheckedFile, configPath: string): Scalars {
  const scalar = <K extends keyof Scalars>(key: K): Scalars[K] => {
    const { parse, fallback } = settings[key];
    const given = givenFor(key, places, file, configPath);
    if (given === undefined) return fallback;
    const result = parse(given.text);
    if (result.ok) return result.value;
    places.faults.push(`${given.name}: ${result.problems.join("; ")}`);
    return fallback;
  };
  const keys = Object.keys(settings) as (keyof Scalars)[];
  return Object.fromEntries(keys.map((key) => [key, scalar(key)])) as unknown as Scalars;
}

function givenFor(
  key: keyof Scalars,
  { flags, env }: Places,
  { settings: inFile }: CheckedFile,
  configPath: string,
): { readonly name: string; readonly text: string } | undefined {
  const { flag, variable, alias } = settings[key];
  const typed = flag === undefined ? undefined : flags.values[flag];
  const given = env.isSet(variable) || alias === undefined ? env.text(variable) : env.text(alias);
  if (typeof typed === "string") return { name: `--${flag ?? ""}`, text: typed };
  if (given !== undefined || env.isSet(variable)) return given;
  const value = inFile[key];
  return value === undefined ? undefined : { name: `${configPath}: ${key}`, text: String(value) };
}

function flagText({ flags }: Places, name: string): string | undefined {
  const value = flags.values[name];
  return typeof value === "string" ? value : undefined;
}
