import type { Adapter } from "../../src/core/adapter.ts";
import { storedMetrics, type StoredMetric } from "../../src/core/stored-metrics.ts";
import type { TestStore } from "../support/database/test-store.ts";
import { toRows } from "../../src/core/store/db/transaction.ts";
import { createSubmission } from "../../src/ingest/submission.ts";
import { randomFrom, shuffled } from "../support/random.ts";
import type { Sent } from "../scenarios/scenario.ts";
import { now } from "../support/database/databases.ts";
import { nameFigure, type Figures } from "./figures.ts";
import type { Entry } from "../../src/core/delivery.ts";

/** What one seed makes: deliveries in the order in which things happened, and what they must come to. */
export interface Story {
  readonly sent: readonly Sent[];
  readonly figures: Figures;
}

/** One story as it arrives: in one order, in one source, about one project. */
export interface Arrival {
  readonly seed: number;
  readonly how: string;
  readonly project: string;
  readonly source: string;
  readonly sent: readonly Sent[];
  readonly figures: Figures;
}

type Arrange = (sent: readonly Sent[], random: () => number, again: (sent: Sent, i: number) => Sent) => readonly Sent[];

const orders: Readonly<Record<string, Arrange>> = {
  "in order": (sent) => sent,
  shuffled: (sent, random) => shuffled(sent, random),
  "doubled and shuffled": (sent, random, again) =>
    shuffled([...sent, ...sent.map((one, i) => (random() < 0.5 ? one : again(one, i)))], random),
};

/** The same statement sent anew, as a delivery of its own. */
type Again = (sent: Sent, id: string) => Sent;

/** Every story in three orders, each about a project of its own, so that one store takes them all. */
export function arrangeStories(
  seeds: readonly number[],
  tell: (seed: number, project: string) => Story,
  again: Again,
): Arrival[] {
  return seeds.flatMap((seed) =>
    Object.entries(orders).map(([how, arrange], i) => {
      const project = `sim/${seed}-${i}`;
      const { sent, figures } = tell(seed, project);
      const anew = (one: Sent, place: number) => again(one, `${seed}-${place}`);
      return { seed, how, project, source: `order${i}`, sent: arrange(sent, randomFrom(seed * 7 + i), anew), figures };
    }),
  );
}

const batchMax = 200;

/**
 * Delivers all stories side by side, one to three deliveries of each at a time, so that batches hold several deliveries of
 * one run and deliveries of many runs.
 */
export async function deliverStories(store: TestStore, adapter: Adapter, arrivals: readonly Arrival[]): Promise<void> {
  const random = randomFrom(arrivals.length);
  let left = arrivals.map((arrival) => ({ arrival, next: 0 }));
  while (left.length > 0) {
    const round = left.flatMap((place) => {
      const { source, sent } = place.arrival;
      const from = place.next;
      place.next += 1 + Math.floor(random() * 3);
      return sent.slice(from, place.next).map((one) => makeEntry(adapter, source, one));
    });
    for (let i = 0; i < round.length; i += batchMax) await store.record(round.slice(i, i + batchMax));
    left = left.filter(({ arrival, next }) => next < arrival.sent.length);
  }
}

function makeEntry(adapter: Adapter, source: string, { headers, body }: Sent): Entry {
  const request = { headers, query: new URLSearchParams(), body: Buffer.from(body), receivedAt: now };
  const { delivery, observations } = createSubmission(adapter, request, { source, keepBodies: false });
  // A simulated sender says nothing that could not be understood.
  if (delivery.outcome === "dead_letter") throw new Error(`a dead letter: ${delivery.reason}: ${body}`);
  return { delivery, observations };
}

/** What the store shows of each project: its figures, and every series whole, with buckets. */
export interface Shown {
  readonly figures: Figures;
  readonly series: readonly string[];
}

/** The labels that a figure keeps; the others (stage, task type) follow from names. */
const kept: ReadonlySet<string> = new Set(["pipeline", "default_branch", "result", "job_name"]);

/** By project: what `/metrics` would show now, and how the rows of runs and jobs stand. */
export async function readShown(store: TestStore): Promise<ReadonlyMap<string, Shown>> {
  const { rollups, active } = await store.snapshot();
  const shown = new Map<string, { figures: Record<string, number>; series: string[] }>();
  const of = (project: string) => {
    const found = shown.get(project) ?? { figures: {}, series: [] };
    shown.set(project, found);
    return found;
  };
  for (const { metric, labels, count, sum, buckets, exemplar } of rollups) {
    const { name } = storedMetrics[metric];
    const names: readonly string[] = storedMetrics[metric].labels;
    const { figures, series } = of(labels[names.indexOf("project")] ?? "");
    const own = Object.fromEntries(names.map((label, i) => [label, labels[i] ?? ""] as const));
    const some = Object.fromEntries(Object.entries(own).filter(([label]) => kept.has(label)));
    series.push(JSON.stringify([name, { ...own, project: "" }, count, sum, buckets]));
    const isHistogram = buckets.length > 0;
    const { unit }: StoredMetric = storedMetrics[metric];
    const value = unit === "millis" ? count / 1000 : count;
    add(figures, nameFigure(isHistogram ? `${name}_count` : name, some), value);
    if (isHistogram) add(figures, nameFigure(`${name}_sum`, some), sum);
    if (metric !== "runs" || exemplar === null) continue;
    const { pipeline = "", result = "" } = own;
    const last = nameFigure("last_completion", { pipeline, result });
    figures[last] = Math.max(figures[last] ?? 0, exemplar.at / 1000);
  }
  for (const { project, pipeline, state, count } of active) {
    add(of(project).figures, nameFigure("active", { pipeline, state }), count);
  }
  for (const { table, project, pipeline, state, result, count } of await readStandings(store)) {
    add(of(project).figures, nameFigure(table, { pipeline, state, result: result ?? "" }), Number(count));
  }
  return shown;
}

interface Standing {
  readonly table: string;
  readonly project: string;
  readonly pipeline: string;
  readonly state: string;
  readonly result: string | null;
  readonly count: number | string;
}

/** How many runs and jobs stand how, as `run_rows{…}` and `job_rows{…}`. */
async function readStandings({ connection }: TestStore): Promise<readonly Standing[]> {
  const rows = await connection.knex.raw(`
    select 'run_rows' as "table", project, pipeline, state, result, count(*) as count from runs
    group by project, pipeline, state, result
    union all
    select 'job_rows', project, pipeline, jobs.state, jobs.result, count(*) from jobs join runs on runs.id = jobs.run_id
    group by project, pipeline, jobs.state, jobs.result`);
  return toRows(rows) as unknown as readonly Standing[];
}

/** What is 0 is no figure. */
function add(figures: Record<string, number>, name: string, value: number): void {
  if (value !== 0) figures[name] = Math.round(((figures[name] ?? 0) + value) * 1000) / 1000;
}
