import { dirname, resolve as resolvePath } from "node:path";
import { defaultTaskRules } from "../core/task-type.ts";
import { AppError } from "../core/errors.ts";
import { createLog, openLogStream } from "../log.ts";
import { isLoopback } from "./address.ts";
import type { Config } from "./config.ts";
import { secureDatabaseUrl } from "./database.ts";
import { readEnvironment } from "./environment.ts";
import { buildExporters, pickExporterEnvironment, type ExporterPlaces } from "./exporters.ts";
import { readConfigFile } from "./file.ts";
import { configFlags, commonFlags, readFlags, type Flags } from "./flags.ts";
import { buildPrices } from "./prices.ts";
import { describeOrigins } from "./origins.ts";
import { readScalars, type Places } from "./read-scalars.ts";
import { createSecretFiles, type SecretLog } from "./secret-files.ts";
import { splitLines, splitList } from "./secrets.ts";
import { configVariable, providerTokenVariables, secretVariables, settings, type Scalars } from "./settings.ts";
import { buildSources } from "./sources.ts";

export type { Config } from "./config.ts";
export type { Source } from "./sources.ts";

export interface LoadOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Flags, without the name of the command. */
  readonly argv: readonly string[];
  /** Flags of the command itself: they are not settings, but must not count as unknown. */
  readonly flags?: Flags;
  /** Words that the command takes besides flags. */
  readonly wordsMax?: number;
  /** Gets a message when a secret file changes or goes missing; by default a log of the configured level. */
  readonly log?: SecretLog;
}

/**
 * Flags over environment over YAML file over defaults. Throws `config` with one line for every fault there is, and reads
 * secret files again when they change until `close` is called.
 */
export function loadConfig({ env, argv, flags = {}, wordsMax = 0, log }: LoadOptions): Config {
  const faults: string[] = [];
  const files = createSecretFiles();
  const environment = readEnvironment(env, files, faults);
  const read = readFlags(argv, { ...configFlags, ...commonFlags, ...flags }, wordsMax);
  faults.push(...read.faults);
  const config = resolve({ flags: read, env: environment, files, faults, origins: {} });
  if (faults.length > 0)
    throw new AppError(faults.length === read.faults.length ? "usage" : "config", faults.join("\n"));
  return Object.freeze({
    ...config,
    exporterEnvironment: () => pickExporterEnvironment(env),
    close: files.watch(log ?? createLog(config.logLevel, openLogStream("stdout", config.logFormat))),
  });
}

function resolve(places: Places): Omit<Config, "close" | "exporterEnvironment"> {
  const { env, files, faults } = places;
  const configPath = getFlagText(places, "config") ?? env.text(configVariable)?.text;
  const file = configPath === undefined ? { settings: {}, problems: [] } : readConfigFile(configPath);
  faults.push(...file.problems);
  const { host, maxSeries, maxSamples, maxJobs, trustLocal, exportersFolder, ...scalars } = readScalars(
    places,
    file,
    configPath ?? "",
  );
  const origin = { env, files, configPath: configPath ?? "" };
  const { sources, guarded } = buildSources(file.settings.sources ?? [], origin, faults);
  // The older tool used the whole value, so a comma in it is part of the key.
  const legacyKeys = env.secrets(secretVariables.legacyKeys, splitLines);
  const metricsTokens = env.secrets(secretVariables.metricsTokens, splitList);
  const apiTokens = env.secrets(secretVariables.apiTokens, splitList);
  const open = guarded || legacyKeys !== undefined || scalars.allowUnauthenticated;
  // An invalid file may have contained the secret.
  if (host !== undefined && !isLoopback(host) && !open && file.problems.length === 0)
    faults.push(describeUnguardedHost(host));
  const isTrial = !open && metricsTokens === undefined && apiTokens === undefined;
  if (scalars.healthPort === scalars.port && scalars.port !== 0)
    faults.push(`PIPEGAUGE_HEALTH_PORT is ${scalars.port}, as is PIPEGAUGE_PORT: choose another, or leave it out`);
  if (scalars.bodyBudgetBytes < 2 * scalars.bodyMaxBytes) faults.push(describeSmallBudget(scalars));
  return {
    ...scalars,
    origins: describeOrigins(places, file, configPath ?? ""),
    trustLocal: trustLocal ?? isTrial,
    isTrial,
    databaseUrl: secureDatabaseUrl(scalars, faults),
    host: host ?? (open ? "0.0.0.0" : "127.0.0.1"),
    seriesMax: maxSeries,
    samplesMax: maxSamples,
    jobsMax: maxJobs,
    sources,
    metricsTokens: metricsTokens ?? noSecrets,
    apiTokens: apiTokens ?? noSecrets,
    legacyKeys: legacyKeys ?? noSecrets,
    providerTokens: Object.freeze({
      gitlab: env.secrets(providerTokenVariables.gitlab, splitLines) ?? noSecrets,
      github: env.secrets(providerTokenVariables.github, splitLines) ?? noSecrets,
    }),
    taskRules: Object.freeze(file.settings.taskRules ?? defaultTaskRules),
    runnerClasses: Object.freeze(file.settings.runnerClasses ?? []),
    cloudEventOrigins: Object.freeze(file.settings.cloudEventOrigins ?? []),
    prices: buildPrices(file.settings.prices ?? []),
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

function noSecrets(): readonly string[] {
  return [];
}

/** A delivery of the maximum size must leave room for others. */
function describeSmallBudget({
  bodyBudgetBytes,
  bodyMaxBytes,
}: Pick<Scalars, "bodyBudgetBytes" | "bodyMaxBytes">): string {
  return (
    `PIPEGAUGE_BODY_BUDGET_BYTES is ${bodyBudgetBytes}, less than twice PIPEGAUGE_BODY_MAX_BYTES (${bodyMaxBytes}):` +
    " raise the one or lower the other"
  );
}

function describeUnguardedHost(host: string): string {
  return (
    `host ${host} is on a network, but no source has a secret: set PIPEGAUGE_GITLAB_SECRET (or _TEKTON_, _JENKINS_, _GITHUB_, or PRPC_PSK),` +
    " or PIPEGAUGE_ALLOW_UNAUTHENTICATED=true to accept deliveries from anyone, or host 127.0.0.1"
  );
}

function getFlagText({ flags }: Places, name: string): string | undefined {
  const value = flags.values[name];
  return typeof value === "string" ? value : undefined;
}
