import type { SchemaObject } from "ajv";
import { results, shownStates, type Millis, type Result, type ShownState } from "../../core/model.ts";
import { deliveryOutcomes, dimensions, type DeliveriesQuery, type Dimension } from "../../core/store/read/types.ts";
import { parametersReader, type Parameter, type Parameters } from "./parameters.ts";

const text: SchemaObject = { type: "string", minLength: 1, maxLength: 1024 };

function words(all: readonly string[]): SchemaObject {
  return { type: "array", items: { type: "string", enum: all }, uniqueItems: true };
}

function limit(maximum: number, fallback: number, description: string): Parameter {
  return { schema: { type: "integer", minimum: 1, maximum, default: fallback }, description };
}

/** What a run or a completion is asked by. */
const common = {
  source: { schema: text, description: "Configured instance of a provider" },
  provider: { schema: text, description: "gitlab, tekton, jenkins or github" },
  project: { schema: text, description: "What owns the pipeline: repository, folder, namespace" },
  pipeline: { schema: text, description: "Name of the definition" },
  default_branch: { schema: { type: "boolean" }, description: "Only runs on the default branch, or only others" },
} as const satisfies Parameters;

const moment = "2026-11-20 (UTC), 2026-11-20T12:00:00Z, or how long ago: 90m, 24h, 7d";
const cursor: Parameter = { schema: text, description: "next_cursor of the page before" };

export const runsParameters = {
  ...common,
  native_id: { schema: text, description: "The provider's id of the run; with `source` it names one run" },
  parent: { schema: text, description: "native_id of the run that they are a part of" },
  ref: { schema: text, description: "Branch or tag" },
  state: { schema: words(shownStates), description: "One or several, with commas between them" },
  result: { schema: words(results), description: "One or several, with commas between them" },
  since: { schema: text, moment: true, description: `First heard of at or after: ${moment}` },
  until: { schema: text, moment: true, description: `First heard of before: ${moment}` },
  limit: limit(200, 50, "Runs a page"),
  cursor,
} as const satisfies Parameters;

export interface RunsParameters {
  readonly source?: string;
  readonly provider?: string;
  readonly project?: string;
  readonly pipeline?: string;
  readonly default_branch?: boolean;
  readonly native_id?: string;
  readonly parent?: string;
  readonly ref?: string;
  readonly state?: readonly ShownState[];
  readonly result?: readonly Result[];
  readonly since?: Millis;
  readonly until?: Millis;
  readonly limit: number;
  readonly cursor?: string;
}

export const readRuns = parametersReader<RunsParameters>(runsParameters);

export const sortings = ["runs", "failures", "restarts", "duration", "queue"] as const;

export const summaryParameters = {
  ...common,
  children: {
    schema: { type: "boolean", default: false },
    description: "Also count runs that are part of another; those of a `pipeline` that is named count always",
  },
  by: {
    schema: { ...words(dimensions), default: ["project", "pipeline"] },
    description: "What to group by, with commas between them; days are those of UTC",
  },
  since: { schema: text, moment: true, description: `Finished at or after: ${moment}; by default 7 days before until` },
  until: { schema: text, moment: true, description: `Finished before: ${moment}; by default now. At most 92 days` },
  sort: {
    schema: { type: "string", enum: sortings, default: "runs" },
    description: "What the first groups have most of; for times, the 80th percentile",
  },
  limit: limit(1000, 100, "Groups"),
} as const satisfies Parameters;

export interface SummaryParameters {
  readonly source?: string;
  readonly provider?: string;
  readonly project?: string;
  readonly pipeline?: string;
  readonly default_branch?: boolean;
  readonly children?: boolean;
  readonly by: readonly [Dimension, ...Dimension[]];
  readonly since?: Millis;
  readonly until?: Millis;
  readonly sort: (typeof sortings)[number];
  readonly limit: number;
}

export const readSummary = parametersReader<SummaryParameters>(summaryParameters);

export const deliveriesParameters = {
  source: common.source,
  outcome: { schema: { type: "string", enum: deliveryOutcomes }, description: "What became of it" },
  limit: limit(200, 50, "Deliveries a page"),
  cursor,
} as const satisfies Parameters;

export interface DeliveriesParameters {
  readonly source?: string;
  readonly outcome?: NonNullable<DeliveriesQuery["outcome"]>;
  readonly limit: number;
  readonly cursor?: string;
}

export const readDeliveries = parametersReader<DeliveriesParameters>(deliveriesParameters);
export const readNothing = parametersReader<object>({});
