import { Ajv, type ErrorObject, type SchemaObject } from "ajv";
import { adapters, type ProviderName } from "../adapters/index.ts";
import { objectSchema, type ObjectSchema } from "../adapters/schema.ts";
import { pipelineLabels, type PipelineLabel } from "../core/adapter.ts";
import type { RunnerRule } from "../core/runner-class.ts";
import type { TaskRule } from "../core/task-type.ts";
import type { TaskType } from "../core/model.ts";
import { roundings } from "../core/prices.ts";
import { findPriceProblems, type PriceEntry } from "./prices.ts";
import { exporterName, type ExporterEntry } from "./exporters.ts";
import { didYouMean } from "../text/did-you-mean.ts";
import { settings, type Scalars } from "./settings.ts";

/** A source as the YAML file describes it; at most one of the three ways to give its secrets. */
export interface FileSource {
  readonly name: string;
  readonly provider: ProviderName;
  readonly secret?: string;
  readonly secretFile?: string;
  readonly secrets?: readonly string[];
  readonly keepBodies?: boolean;
  readonly pipelineLabel?: PipelineLabel;
  readonly runnerClassKey?: string;
  readonly keepTitles?: boolean;
}

/** The whole YAML file. */
export type FileSettings = { readonly [K in keyof Scalars]?: string | number | boolean } & {
  readonly sources?: readonly FileSource[];
  readonly taskRules?: readonly TaskRule[];
  readonly runnerClasses?: readonly RunnerRule[];
  readonly cloudEventOrigins?: readonly string[];
  readonly exporters?: readonly ExporterEntry[];
  readonly prices?: readonly PriceEntry[];
};

const text = { type: "string", minLength: 1, maxLength: 4096 } as const;
const patterns = { type: "array", minItems: 1, maxItems: 1000, items: text } as const;
const taskTypes = ["build", "test", "deploy"] as const satisfies readonly TaskType[];

const source = closeSchema(
  objectSchema<FileSource>(
    {
      name: { type: "string", pattern: "^[a-z0-9][a-z0-9._-]{0,62}$" },
      provider: { enum: adapters.map(({ name }) => name) },
    },
    {
      secret: text,
      secretFile: text,
      secrets: patterns,
      keepBodies: { type: "boolean" },
      pipelineLabel: { enum: pipelineLabels },
      runnerClassKey: text,
      keepTitles: { type: "boolean" },
    },
  ),
);

const taskRule = closeSchema(
  objectSchema<TaskRule>({ type: { enum: taskTypes } }, { stages: patterns, jobs: patterns, except: patterns }),
);

const runnerRule = closeSchema(
  objectSchema<RunnerRule>({ name: { type: "string", minLength: 1, maxLength: 100 }, labels: patterns }, {}),
);

const exporter = closeSchema(
  objectSchema<ExporterEntry>(
    { name: { type: "string", pattern: exporterName.source } },
    {
      command: patterns,
      output: { enum: ["file", "stdout"] },
      builtin: text,
      jobName: text,
      arguments: { anyOf: [{ type: "boolean" }, patterns] },
      settings: { type: "object", additionalProperties: { anyOf: [text, patterns] } },
      timeoutSeconds: { type: "integer", minimum: 1, maximum: 59 },
      cacheSeconds: { type: "integer", minimum: 0, maximum: 86_400 },
    },
  ),
);

const price = closeSchema(
  objectSchema<PriceEntry>(
    {
      runnerClass: text,
      from: { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}$" },
      perMinute: { type: "number", minimum: 0, maximum: 1_000_000 },
    },
    { rounding: { enum: roundings } },
  ),
);

const scalars = Object.entries(settings).flatMap(([key, { inFile }]) => (inFile === undefined ? [] : [[key, inFile]]));

const lists = objectSchema<Omit<FileSettings, keyof Scalars>>(
  {},
  {
    sources: { type: "array", maxItems: 1000, items: source },
    taskRules: { type: "array", maxItems: 1000, items: taskRule },
    runnerClasses: { type: "array", maxItems: 1000, items: runnerRule },
    cloudEventOrigins: { type: "array", maxItems: 1000, items: { type: "string", pattern: "^[^\\s]{1,253}$" } },
    exporters: { type: "array", maxItems: 1000, items: exporter },
    prices: { type: "array", maxItems: 1000, items: price },
  },
);

const schema: SchemaObject = {
  type: "object",
  additionalProperties: false,
  properties: { ...Object.fromEntries(scalars.map(([key, type]) => [key, { type }])), ...lists.properties },
};

/** The same schema with other keys forbidden: in a file that a person writes they are mistakes. */
function closeSchema<T>(objects: ObjectSchema<T>): ObjectSchema<T> & { readonly additionalProperties: false } {
  return { ...objects, additionalProperties: false };
}

/** The keys of the file, and of the lists in it; docs/configuration.md has to describe them. */
export const fileKeys: readonly string[] = [schema, source, taskRule, runnerRule, exporter, price].flatMap(
  ({ properties }) => Object.keys(properties as object),
);

/** Every fault is reported, not only the first; a configuration file is short and its author is trusted. */
const validator = () => new Ajv({ strict: true, allErrors: true, verbose: true }).compile<FileSettings>(schema);

/** The valid part of a file, and the problems of the rest, each with its place. */
export interface CheckedFile {
  readonly settings: FileSettings;
  readonly problems: readonly string[];
}

/** Keeps the valid keys, so that faults of their values are reported together with these. Values are never quoted. */
export function checkFile(value: unknown): CheckedFile {
  const validate = validator();
  if (validate(value)) return { settings: value, problems: findContradictions(value) };
  const errors = validate.errors ?? [];
  const problems = errors.map(describe);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { settings: {}, problems };
  const faulty = new Set(
    errors.map(({ instancePath, params }) => instancePath.split("/")[1] ?? params["additionalProperty"]),
  );
  const usable: FileSettings = Object.fromEntries(Object.entries(value).filter(([key]) => !faulty.has(key)));
  return { settings: usable, problems: [...problems, ...findContradictions(usable)] };
}

function findContradictions(file: FileSettings): string[] {
  return [...findPointlessRules(file), ...findPriceProblems(file.prices ?? [])];
}

function findPointlessRules({ taskRules = [] }: FileSettings): string[] {
  return taskRules.flatMap(({ stages, jobs }, i) =>
    stages === undefined && jobs === undefined
      ? [`taskRules[${i}] has neither stages nor jobs, so no job fits it`]
      : [],
  );
}

function describe(error: ErrorObject): string {
  const at = error.instancePath
    .slice(1)
    .replace(/\/(\d+)/g, "[$1]")
    .replaceAll("/", ".");
  const place = at === "" ? "" : `${at} `;
  switch (error.keyword) {
    case "additionalProperties":
      return `${place}${describeUnknownKey(error)}`;
    case "required":
      return `${place}has no ${String(error.params["missingProperty"])}`;
    case "enum":
      return `${place}must be one of ${(error.params["allowedValues"] as string[]).join(", ")}`;
    case "pattern":
      if (at.startsWith("exporters"))
        return `${place}must be letters, digits, "_" and "-", at most 63, a letter or digit first`;
      if (at.startsWith("prices")) return `${place}must be a day, such as 2026-01-31`;
      if (at.endsWith("name"))
        return `${place}must be lower-case letters, digits, ".", "_" and "-", at most 63, a letter or digit first`;
      return `${place}must be a host name`;
    case "type":
      return `${place || "the file "}must be ${describeType(String(error.params["type"]))}`;
    default:
      return `${place}${error.message ?? "is not valid"}`;
  }
}

function describeUnknownKey(error: ErrorObject): string {
  const key = String(error.params["additionalProperty"]);
  const allowedKeys = Object.keys((error.parentSchema as { properties: object }).properties);
  const meant = didYouMean(key, allowedKeys);
  const hint = meant === undefined ? `allowed: ${allowedKeys.join(", ")}` : `did you mean ${meant}?`;
  return `has the unknown key ${JSON.stringify(key.slice(0, 60))}: ${hint}`;
}

function describeType(type: string): string {
  const names: Readonly<Record<string, string>> = {
    object: "a map of keys and values",
    array: "a list",
    string: "a text",
    integer: "a whole number",
    number: "a number",
    boolean: "true or false",
  };
  return names[type] ?? type;
}
