import { logFormats, logLevels, type LogFormat, type LogLevel } from "../log.ts";
import {
  createIntegerParser,
  parseBoolean,
  parseDatabaseUrl,
  parseHost,
  parseText,
  createWordParser,
} from "./parsers.ts";
import { define, defineInteger, type Setting } from "./setting.ts";

/**
 * Bytes: GitHub and GitLab send nothing larger than 25 MB.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
 * https://gitlab.com/gitlab-org/gitlab/-/merge_requests/38687
 */
const bodyMax = 25 * 1024 * 1024;

/** Settings of one plain value each: an entry here is all that a setting needs. */
export const settings = {
  /** `undefined`: not set; it then depends on whether there is a secret. */
  host: define<string | undefined>({
    variable: "PIPEGAUGE_HOST",
    flag: "host",
    inFile: "string",
    fallback: undefined,
    parse: parseHost,
  }),
  /** 0: any free port. */
  port: define({
    variable: "PIPEGAUGE_PORT",
    alias: "PORT",
    flag: "port",
    inFile: "integer",
    fallback: 8080,
    parse: createIntegerParser(0, 65535, "a port"),
  }),
  /** `sqlite:<path>` or `postgres://…`, with the CA file in it; it may hold a password. */
  databaseUrl: define({
    variable: "PIPEGAUGE_DATABASE_URL",
    flag: "database-url",
    inFile: "string",
    fallback: "sqlite:./pipegauge.db",
    parse: parseDatabaseUrl,
  }),
  /** File with the CA certificates for PostgreSQL's certificate; `undefined`: not set. */
  databaseCaFile: define<string | undefined>({
    variable: "PIPEGAUGE_DATABASE_CA_FILE",
    fallback: undefined,
    parse: parseText,
  }),
  /** Sources without a secret accept deliveries from anyone. */
  allowUnauthenticated: define({
    variable: "PIPEGAUGE_ALLOW_UNAUTHENTICATED",
    inFile: "boolean",
    fallback: false,
    parse: parseBoolean,
  }),
  /** `undefined`: not set; it is then true in the trial mode only. */
  trustLocal: define<boolean | undefined>({
    variable: "PIPEGAUGE_TRUST_LOCAL",
    inFile: "boolean",
    fallback: undefined,
    parse: parseBoolean,
  }),
  retentionDays: defineInteger("PIPEGAUGE_RETENTION_DAYS", 400, {
    min: 30,
    max: 36500,
    unit: "a number of days",
    why: " (below that, a repeated delivery could count twice)",
  }),
  /** An unfinished run is shown as stale once no delivery about it came for so long; 0: never. */
  staleDays: defineInteger("PIPEGAUGE_STALE_DAYS", 7, {
    min: 0,
    max: 36500,
    unit: "a number of days",
    why: " (0: no run is stale)",
  }),
  /** Badges need no token. */
  publicBadges: define({
    variable: "PIPEGAUGE_PUBLIC_BADGES",
    inFile: "boolean",
    fallback: false,
    parse: parseBoolean,
  }),
  /** The old collector's views show every run, also where no pipeline was ever saved. */
  collectorViews: define({
    variable: "PIPEGAUGE_COLLECTOR_VIEWS",
    inFile: "boolean",
    fallback: false,
    parse: parseBoolean,
  }),
  maxSeries: defineInteger("PIPEGAUGE_MAX_SERIES", 10_000, { min: 10, max: 1_000_000, unit: "a number of series" }),
  maxSamples: defineInteger("PIPEGAUGE_MAX_SAMPLES", 250_000, {
    min: 1000,
    max: 10_000_000,
    unit: "a number of samples",
  }),
  seriesOpenPercent: defineInteger("PIPEGAUGE_SERIES_OPEN_PERCENT", 50, { min: 0, max: 100, unit: "a percentage" }),
  seriesSharePercent: defineInteger("PIPEGAUGE_SERIES_SHARE_PERCENT", 10, { min: 1, max: 100, unit: "a percentage" }),
  /** Shards of the totals, on PostgreSQL: as many as there are replicas. */
  rollupShards: defineInteger("PIPEGAUGE_ROLLUP_SHARDS", 1, { min: 1, max: 64, unit: "a number of shards" }),
  /** A new ledger on PostgreSQL is created with partitions by month. */
  partitioned: define({
    variable: "PIPEGAUGE_PARTITIONED",
    inFile: "boolean",
    fallback: false,
    parse: parseBoolean,
  }),
  /** Jobs that one delivery may contain. */
  maxJobs: defineInteger("PIPEGAUGE_MAX_JOBS", 20_000, { min: 1, max: 1_000_000, unit: "a number of jobs" }),
  bodyMaxBytes: defineInteger("PIPEGAUGE_BODY_MAX_BYTES", bodyMax, {
    min: 1024,
    max: bodyMax,
    unit: "a size in bytes",
  }),
  /** The limit on the bodies of all open requests. */
  bodyBudgetBytes: defineInteger("PIPEGAUGE_BODY_BUDGET_BYTES", 64 * 1024 * 1024, {
    min: 128 * 1024,
    max: 64 * 1024 ** 3,
    unit: "a size in bytes",
  }),
  connectionsPerAddress: defineInteger("PIPEGAUGE_CONNECTIONS_PER_ADDRESS", 512, {
    min: 8,
    max: 4096,
    unit: "a number of connections",
  }),
  /** Additional port of `/healthz` and `/readyz`; 0: any free port. */
  healthPort: define<number | undefined>({
    variable: "PIPEGAUGE_HEALTH_PORT",
    inFile: "integer",
    fallback: undefined,
    parse: createIntegerParser(0, 65535, "a port"),
  }),
  /** For the bodies of the dead letters of one source. */
  deadLetterBytes: defineInteger("PIPEGAUGE_DEAD_LETTER_BYTES", 64 * 1024 * 1024, {
    min: 1024 * 1024,
    max: 1024 ** 4,
    unit: "a size in bytes",
  }),
  logLevel: define<LogLevel>({
    variable: "PIPEGAUGE_LOG_LEVEL",
    flag: "log-level",
    inFile: "string",
    fallback: "info",
    parse: createWordParser(logLevels),
  }),
  /** Of the log: JSON for programs, text for people. */
  logFormat: define<LogFormat>({
    variable: "PIPEGAUGE_LOG_FORMAT",
    flag: "log-format",
    inFile: "string",
    fallback: "auto",
    parse: createWordParser(logFormats),
  }),
  /** Where an old run counter may have left its database. */
  legacyDatabasePath: define({ variable: "PRPC_DB_PATH", fallback: "prpc.db", parse: parseText }),
  /** Where modules of exporters are. */
  exportersFolder: define<string | undefined>({
    variable: "PIPEGAUGE_EXPORTERS_FOLDER",
    inFile: "string",
    fallback: undefined,
    parse: parseText,
  }),
  /** Exporters that may run at a time. */
  exporterWorkers: define({
    variable: "WORKERS",
    fallback: 2,
    parse: createIntegerParser(1, 256, "a number of exporters"),
  }),
} as const;

/** The values of `settings`, with the type of each. */
export type Scalars = {
  readonly [K in keyof typeof settings]: (typeof settings)[K] extends Setting<infer T> ? T : never;
};

/** Names the YAML file; it has no `_FILE` form, being a path itself. */
export const configVariable = "PIPEGAUGE_CONFIG";

/** Variables that hold one or several secrets. */
export const secretVariables = {
  metricsTokens: "PIPEGAUGE_METRICS_TOKEN",
  apiTokens: "PIPEGAUGE_API_TOKEN",
  legacyKeys: "PRPC_PSK",
} as const;

/** Where commands find the server that they ask; the server does not use it. */
export const serverVariable = "PIPEGAUGE_URL";

/** Tokens for the providers' own APIs; `pipegauge hooks` alone uses them. */
export const providerTokenVariables = {
  gitlab: "PIPEGAUGE_GITLAB_TOKEN",
  github: "PIPEGAUGE_GITHUB_TOKEN",
} as const;

export function getSourceVariable(provider: string): string {
  return `PIPEGAUGE_${provider.toUpperCase()}_SECRET`;
}
