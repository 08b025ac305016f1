import type { RunnerRule } from "../core/runner-class.ts";
import type { Price } from "../core/prices.ts";
import type { TaskRule } from "../core/task-type.ts";
import type { SeriesBudget } from "../core/series-budget.ts";
import type { Exporter } from "./exporters.ts";
import type { Secrets } from "./secrets.ts";
import type { Scalars } from "./settings.ts";
import type { Source } from "./sources.ts";

/** All settings with their values in force, see docs/configuration.md. */
export interface Config
  extends SeriesBudget,
    Omit<Scalars, "host" | "trustLocal" | "maxSeries" | "maxSamples" | "maxJobs" | "exportersFolder"> {
  readonly host: string;
  /** At least one for each provider. */
  readonly sources: readonly Source[];
  /** Programs on this host need no secret where none is set: in a trial, or because the setting is true. */
  readonly trustLocal: boolean;
  /** No secret, key or token is configured, and so only this host can reach the server. */
  readonly isTrial: boolean;
  /** Bearer tokens for `/metrics*`; none: open. */
  readonly metricsTokens: Secrets;
  /** Tokens for the page and the read API; none: the same requests are accepted as by a source without a secret. */
  readonly apiTokens: Secrets;
  /** Keys that the older tools' senders present; none: the same requests are accepted as by a source without a secret. */
  readonly legacyKeys: Secrets;
  /** Tokens for the providers' own APIs, for `pipegauge hooks`; the server does not use them. */
  readonly providerTokens: { readonly gitlab: Secrets; readonly github: Secrets };
  /** Jobs that one delivery may contain. */
  readonly jobsMax: number;
  readonly taskRules: readonly TaskRule[];
  readonly runnerClasses: readonly RunnerRule[];
  /** Hosts whose CloudEvents handshake is accepted. */
  readonly cloudEventOrigins: readonly string[];
  /** What a minute of each kind of runner costs; none: costs are unknown. */
  readonly prices: readonly Price[];
  /** What `GET /metrics/<name>` runs. */
  readonly exporters: readonly Exporter[];
  /** The environment that exporters get. */
  readonly exporterEnvironment: () => Readonly<Record<string, string>>;
  /** Where the value of each setting comes from: a flag, a variable, the file, or `default`. By the names of this interface. */
  readonly origins: Readonly<Record<string, string>>;
  /** Stops watching secret files. */
  readonly close: () => void;
}
