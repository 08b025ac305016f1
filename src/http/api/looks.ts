import { AppError } from "../../core/errors.ts";
import { rollupMetrics, type RollupMetric } from "../../core/rollup.ts";
import { dayMillis, type CutProject, type Summary, type SummaryGroup } from "../../core/store/read/types.ts";
import { version } from "../../version.ts";
import type { Services } from "../services.ts";
import { findStaleBefore } from "../stale.ts";
import { dayOf, isoTime, runsOf } from "./answers.ts";
import { positionOf } from "./cursor.ts";
import type { RunsParameters, SummaryParameters } from "./queries.ts";

/** What the page and the API both show, looked up. */

const windowDefault = 7 * dayMillis;
const windowMax = 92 * dayMillis;

export function lookUpRuns(services: Services, parameters: RunsParameters) {
  const { native_id: nativeId, default_branch: defaultBranch, state, result, limit, cursor, ...plain } = parameters;
  const filter = { ...plain, nativeId, defaultBranch, states: state, results: result };
  const staleBefore = findStaleBefore(services);
  return services.store.read("runs", { filter, limit, after: positionOf("runs", cursor), staleBefore });
}

export interface Summarised extends Summary {
  readonly since: number;
  readonly until: number;
}

/** Throws `invalid` for a window that is empty or too long. */
export async function lookUpSummary(services: Services, parameters: SummaryParameters): Promise<Summarised> {
  const { by, sort, limit, children, default_branch: defaultBranch, since: given, until: end, ...plain } = parameters;
  const until = end ?? services.clock();
  const since = given ?? until - windowDefault;
  if (since >= until)
    throw new AppError("invalid", `since: give a time before until, which is ${String(isoTime(until))}`);
  if (until - since > windowMax) {
    throw new AppError("invalid", "since: give a time at most 92 days before until, or ask for shorter spans in turn");
  }
  const filter = { ...plain, defaultBranch };
  const { groups, truncated } = await services.store.read("summary", { by, since, until, filter, children });
  const keyOf = sortKeys[sort];
  const sorted = groups.toSorted((a, b) => keyOf(b) - keyOf(a) || byKeys(a, b));
  return { since, until, groups: sorted.slice(0, limit), truncated: truncated || sorted.length > limit };
}

/** What is sorted by; below everything where nothing was measured. */
const sortKeys: Readonly<Record<SummaryParameters["sort"], (group: SummaryGroup) => number>> = {
  runs: ({ results }) => runsOf(results),
  failures: ({ results }) => results.failure + results.error + results.timeout,
  restarts: ({ restarts }) => restarts,
  duration: ({ duration }) => duration?.p80 ?? -1,
  queue: ({ queue }) => queue?.p80 ?? -1,
};

/** Of equal groups the latest day first, then in the order of their names, so that an answer does not vary. */
function byKeys(a: SummaryGroup, b: SummaryGroup): number {
  const name = ({ provider, project, pipeline }: SummaryGroup) => JSON.stringify([provider, project, pipeline]);
  if (a.day !== b.day) return dayOf(b.day ?? 0) < dayOf(a.day ?? 0) ? -1 : 1;
  return name(a) < name(b) ? -1 : 1;
}

/** One source as `/status` tells of it. */
export interface SourceState {
  readonly name: string;
  readonly provider: string | null;
  readonly configured: boolean;
  readonly hasSecret: boolean;
  readonly lastDeliveryAt: number | null;
  readonly deadLetters: number;
}

export interface ServerState {
  readonly sources: readonly SourceState[];
  readonly series: readonly { readonly metric: string; readonly used: number }[];
  readonly cuts: readonly CutProject[];
}

/** Configured sources in the order of the configuration, then those that were only heard of. */
export async function lookUpState({ config, store }: Services): Promise<ServerState> {
  const { sources, series, cuts } = await store.read("state", null);
  const heard = new Map(sources.map((source) => [source.source, source]));
  const configured = config.sources.map(({ name, provider, secrets }) => ({
    name,
    provider,
    configured: true,
    hasSecret: secrets().length > 0,
    lastDeliveryAt: heard.get(name)?.lastDeliveryAt ?? null,
    deadLetters: heard.get(name)?.deadLetters ?? 0,
  }));
  const known = new Set(configured.map(({ name }) => name));
  const others = sources.filter(({ source }) => !known.has(source));
  const metrics: Readonly<Record<string, RollupMetric>> = rollupMetrics;
  return {
    sources: [
      ...configured,
      ...others.map(({ source: name, lastDeliveryAt, deadLetters }) => {
        return { name, provider: null, configured: false, hasSecret: false, lastDeliveryAt, deadLetters };
      }),
    ],
    series: series.map(({ metric, count }) => ({ metric: metrics[metric]?.name ?? metric, used: count })),
    cuts,
  };
}

export function statusAnswer({ config, store, ledger }: Services, { sources, series, cuts }: ServerState) {
  return {
    version,
    uptime_seconds: Math.round(process.uptime()),
    database: store.engine,
    queue_length: ledger.size(),
    sources: sources.map((source) => ({
      name: source.name,
      provider: source.provider,
      configured: source.configured,
      has_secret: source.hasSecret,
      webhook_path: source.configured ? `/webhooks/${source.name}` : null,
      last_delivery_at: isoTime(source.lastDeliveryAt),
      dead_letters: source.deadLetters,
    })),
    series_budget: config.seriesMax,
    series,
    cut_projects: cuts,
  };
}
