import { deliveryRowset } from "../db/rowsets.ts";
import type { Cell } from "../db/rowset.ts";
import { collectorMode, collectorModeSql, type CollectorMode } from "../legacy/collector-mode.ts";
import type { Transaction } from "../db/transaction.ts";
import type { Entry, Outcome } from "../../delivery.ts";

export interface RecordedDeliveries {
  readonly outcomes: Outcome[];
  /** Read in the same statement; `undefined`: it was not, because no delivery is new or they were inserted one by one. */
  readonly collectorMode: CollectorMode | undefined;
}

/**
 * Records deliveries and returns which of them are new. Of a delivery in parts only the last part is recorded. A delivery that
 * was a dead letter and is understood now (after an upgrade, by a resend or a replay) replaces it. It is the first statement
 * of the transaction and takes SQLite's write lock.
 */
export async function recordDeliveries(
  trx: Transaction,
  batch: readonly Entry[],
  partitioned: boolean,
): Promise<RecordedDeliveries> {
  const chosen = choose(batch);
  const rows = [...chosen.values()].map((i) => toCells(batch[i] as Entry));
  const sorted = rows.toSorted(([a], [b]) => ((a ?? "") < (b ?? "") ? -1 : 1));
  const { keys: insertedKeys, collectorMode: mode } = await insert(trx, sorted, partitioned);
  const outcomes = batch.map(({ delivery }, i): Outcome => {
    if (batch[i]?.part === true) return "accepted";
    const isNew = chosen.get(delivery.key) === i && insertedKeys.has(delivery.key);
    return isNew || delivery.replayed ? delivery.outcome : "duplicate";
  });
  return { outcomes, collectorMode: mode };
}

interface InsertedDeliveries extends Pick<RecordedDeliveries, "collectorMode"> {
  readonly keys: ReadonlySet<unknown>;
}

/** Returns the keys of those that are new. */
async function insert(
  trx: Transaction,
  rows: readonly (readonly Cell[])[],
  partitioned: boolean,
): Promise<InsertedDeliveries> {
  if (trx.insertEach !== undefined) {
    const inserted = trx.insertEach("deliveries", deliveryRowset, rows, replaceDeadLetter);
    const keys = new Set(rows.filter((_, i) => inserted[i]?.changes !== 0).map(([key]) => key));
    // The write lock is held, so asking later finds the same.
    return { keys, collectorMode: undefined };
  }
  const inserted = await trx.write(deliveryRowset, rows, partitioned ? insertByKey : insertDeliveries);
  const [first] = inserted;
  const keys = new Set(inserted.map((row) => row["key"]));
  return { keys, collectorMode: first === undefined ? undefined : collectorMode.read(first) };
}

const replaced = `
  outcome = excluded.outcome, reason = excluded.reason, headers = excluded.headers, body = excluded.body, run = excluded.run`;

const replaceDeadLetter = `
  on conflict (key) do update set ${replaced}
    where deliveries.outcome = 'dead_letter' and excluded.outcome <> 'dead_letter'`;

function insertDeliveries(from: string, columns: string): string {
  return `
    insert into deliveries (${columns}) select ${columns} from ${from} where true ${replaceDeadLetter}
    returning key, ${collectorModeSql}`;
}

/** The same where deliveries are partitioned: their keys are in a table of their own, which gives out the ids. */
function insertByKey(from: string, columns: string): string {
  return `
    with received as materialized (select ${columns} from ${from}),
    keyed as (
      insert into delivery_keys (key, dead) select key, outcome = 'dead_letter' from received
      on conflict (key) do update set dead = false where delivery_keys.dead and not excluded.dead
      returning key, id
    ),
    stored as (
      insert into deliveries (id, ${columns})
      select keyed.id, ${columns.replaceAll(/\w+/g, "received.$&")} from keyed join received on received.key = keyed.key
      on conflict (id) do update set ${replaced}
      returning key
    )
    select key, ${collectorModeSql} from stored`;
}

/** Chooses, among deliveries of one key, the index of the first that was understood, or else of the first. */
function choose(batch: readonly Entry[]): Map<string, number> {
  const chosen = new Map<string, number>();
  for (const [i, { delivery, part }] of batch.entries()) {
    if (part === true) continue;
    const other = chosen.get(delivery.key);
    const isBetter = batch[other ?? i]?.delivery.outcome === "dead_letter" && delivery.outcome !== "dead_letter";
    if (other === undefined || isBetter) chosen.set(delivery.key, i);
  }
  return chosen;
}

function toCells({ delivery, observations }: Entry): Cell[] {
  return [
    delivery.key,
    delivery.source,
    delivery.provider,
    delivery.outcome,
    toStorable(delivery.reason),
    delivery.receivedAt,
    delivery.bytes,
    toStorable(delivery.content?.headers),
    toStorable(delivery.content?.body),
    observations[0]?.run ?? null,
  ];
}

/** PostgreSQL cannot store NUL, which a dead letter may contain. */
function toStorable(text: string | null | undefined): string | null {
  return text?.replaceAll("\u0000", "\uFFFD").toWellFormed() ?? null;
}
