import type { Result } from "../core/result.ts";
import { logLevels, type LogLevel } from "../log.ts";
import {
  createIntegerParser,
  parseBoolean,
  parseDatabaseUrl,
  parseHost,
  parseText,
  createWordParser,
} from "./parsers.ts";

/** Settings of one plain value each, with the default of each in `settings`. */
export interface Scalars {
  /** `undefined`: not said, so it follows from whether there is a secret. */
  readonly host: string | undefined;
  readonly port: number;
  readonly databaseUrl: string;
  /** Certificates that PostgreSQL's own must be signed by; `undefined`: none are asked for here. */
  readonly databaseCaFile: string | undefined;
  readonly allowUnauthenticated: boolean;
  /** `undefined`: not said, so it follows from whether anything is configured that others could reach. */
  readonly trustLocal: boolean | undefined;
  readonly retentionDays: number;
  readonly staleDays: number;
  readonly maxSeries: number;
  readonly maxSamples: number;
  readonly maxJobs: number;
  readonly seriesOpenPercent: number;
  readonly seriesSharePercent: number;
  readonly bodyMaxBytes: number;
  readonly bodyBudgetBytes: number;
  readonly connectionsPerAddress: number;
  /** `undefined`: health answers on the port of everything else alone. */
  readonly healthPort: number | undefined;
  readonly deadLetterBytes: number;
  readonly logLevel: LogLevel;
  readonly legacyDatabasePath: string;
  readonly exporterWorkers: number;
  /** Where modules of exporters are. */
  readonly exportersFolder: string | undefined;
}

/** Where a setting may stand. Its key in the YAML file is its key in `settings`, where `inFile` is true. */
export interface Setting<T> {
  readonly variable: string;
  /** A variable of another tool that is honoured where ours is not set. */
  readonly alias?: string;
  readonly flag?: string;
  /** Its type in the YAML file; left out: it has no place there. */
  readonly inFile?: "string" | "integer" | "boolean";
  readonly fallback: T;
  readonly parse: (text: string) => Result<T>;
}

/**
 * Bytes: GitHub and GitLab send nothing larger than 25 MB.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
 * https://gitlab.com/gitlab-org/gitlab/-/merge_requests/38687
 */
const bodyMax = 25 * 1024 * 1024;

export const settings: { readonly [K in keyof Scalars]: Setting<Scalars[K]> } = {
  host: { variable: "PIPEGAUGE_HOST", flag: "host", inFile: "string", fallback: undefined, parse: parseHost },
  port: {
    variable: "PIPEGAUGE_PORT",
    alias: "PORT",
    flag: "port",
    inFile: "integer",
    fallback: 8080,
    parse: createIntegerParser(0, 65535, "a port"),
  },
  databaseUrl: {
    variable: "PIPEGAUGE_DATABASE_URL",
    flag: "database-url",
    inFile: "string",
    fallback: "sqlite:./pipegauge.db",
    parse: parseDatabaseUrl,
  },
  databaseCaFile: { variable: "PIPEGAUGE_DATABASE_CA_FILE", fallback: undefined, parse: parseText },
  allowUnauthenticated: {
    variable: "PIPEGAUGE_ALLOW_UNAUTHENTICATED",
    inFile: "boolean",
    fallback: false,
    parse: parseBoolean,
  },
  trustLocal: { variable: "PIPEGAUGE_TRUST_LOCAL", inFile: "boolean", fallback: undefined, parse: parseBoolean },
  retentionDays: {
    variable: "PIPEGAUGE_RETENTION_DAYS",
    inFile: "integer",
    fallback: 400,
    parse: createIntegerParser(30, 36500, "a number of days", " (below that, a repeated delivery could count twice)"),
  },
  staleDays: {
    variable: "PIPEGAUGE_STALE_DAYS",
    inFile: "integer",
    fallback: 7,
    parse: createIntegerParser(0, 36500, "a number of days", " (0: no run is stale)"),
  },
  maxSeries: {
    variable: "PIPEGAUGE_MAX_SERIES",
    inFile: "integer",
    fallback: 10_000,
    parse: createIntegerParser(10, 1_000_000, "a number of series"),
  },
  maxSamples: {
    variable: "PIPEGAUGE_MAX_SAMPLES",
    inFile: "integer",
    fallback: 250_000,
    parse: createIntegerParser(1000, 10_000_000, "a number of samples"),
  },
  seriesOpenPercent: {
    variable: "PIPEGAUGE_SERIES_OPEN_PERCENT",
    inFile: "integer",
    fallback: 50,
    parse: createIntegerParser(0, 100, "a percentage"),
  },
  seriesSharePercent: {
    variable: "PIPEGAUGE_SERIES_SHARE_PERCENT",
    inFile: "integer",
    fallback: 10,
    parse: createIntegerParser(1, 100, "a percentage"),
  },
  maxJobs: {
    variable: "PIPEGAUGE_MAX_JOBS",
    inFile: "integer",
    fallback: 20_000,
    parse: createIntegerParser(1, 1_000_000, "a number of jobs"),
  },
  bodyMaxBytes: {
    variable: "PIPEGAUGE_BODY_MAX_BYTES",
    inFile: "integer",
    fallback: bodyMax,
    parse: createIntegerParser(1024, bodyMax, "a size in bytes"),
  },
  bodyBudgetBytes: {
    variable: "PIPEGAUGE_BODY_BUDGET_BYTES",
    inFile: "integer",
    fallback: 64 * 1024 * 1024,
    parse: createIntegerParser(128 * 1024, 64 * 1024 ** 3, "a size in bytes"),
  },
  connectionsPerAddress: {
    variable: "PIPEGAUGE_CONNECTIONS_PER_ADDRESS",
    inFile: "integer",
    fallback: 512,
    parse: createIntegerParser(8, 4096, "a number of connections"),
  },
  healthPort: {
    variable: "PIPEGAUGE_HEALTH_PORT",
    inFile: "integer",
    fallback: undefined,
    parse: createIntegerParser(0, 65535, "a port"),
  },
  deadLetterBytes: {
    variable: "PIPEGAUGE_DEAD_LETTER_BYTES",
    inFile: "integer",
    fallback: 64 * 1024 * 1024,
    parse: createIntegerParser(1024 * 1024, 1024 ** 4, "a size in bytes"),
  },
  logLevel: {
    variable: "PIPEGAUGE_LOG_LEVEL",
    flag: "log-level",
    inFile: "string",
    fallback: "info",
    parse: createWordParser(logLevels),
  },
  legacyDatabasePath: { variable: "PRPC_DB_PATH", fallback: "prpc.db", parse: parseText },
  exportersFolder: {
    variable: "PIPEGAUGE_EXPORTERS_FOLDER",
    inFile: "string",
    fallback: undefined,
    parse: parseText,
  },
  exporterWorkers: { variable: "WORKERS", fallback: 2, parse: createIntegerParser(1, 256, "a number of exporters") },
};

/** Names the YAML file; it has no `_FILE` form, being a path itself. */
export const configVariable = "PIPEGAUGE_CONFIG";

/** Variables that hold one or several secrets. */
export const secretVariables = {
  metricsTokens: "PIPEGAUGE_METRICS_TOKEN",
  apiTokens: "PIPEGAUGE_API_TOKEN",
  legacyKeys: "PRPC_PSK",
} as const;

/** Tokens for the providers' own APIs; `pipegauge hooks` alone uses them. */
export const providerTokenVariables = {
  gitlab: "PIPEGAUGE_GITLAB_TOKEN",
  github: "PIPEGAUGE_GITHUB_TOKEN",
} as const;

export function sourceVariable(provider: string): string {
  return `PIPEGAUGE_${provider.toUpperCase()}_SECRET`;
}
