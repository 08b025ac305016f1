import type { Outcome, Entry } from "../ledger.ts";
import { deliveryInput } from "./inputs.ts";
import type { Cell } from "./input.ts";
import type { Transaction } from "./transaction.ts";

/**
 * Records deliveries and says which of them are new. A delivery that was a dead letter and is understood now (after an
 * upgrade, by a resend or a replay) replaces it. The first statement of the transaction: it takes SQLite's write lock.
 */
export async function recordDeliveries(trx: Transaction, batch: readonly Entry[]): Promise<Outcome[]> {
  const first = new Map<string, number>();
  batch.forEach(({ delivery }, i) => first.has(delivery.key) || first.set(delivery.key, i));
  const rows = [...first.values()].map((i) => cells(batch[i] as Entry));
  const inserted = await trx.write(
    deliveryInput,
    rows.toSorted(([a], [b]) => ((a ?? "") < (b ?? "") ? -1 : 1)),
    (from, columns) => `
      insert into deliveries (${columns}) select ${columns} from ${from} where true
      on conflict (key) do update set
        outcome = excluded.outcome, reason = excluded.reason, headers = excluded.headers, body = excluded.body
        where deliveries.outcome = 'dead_letter' and excluded.outcome <> 'dead_letter'
      returning key`,
  );
  const fresh = new Set(inserted.map((row) => row["key"]));
  return batch.map(({ delivery }, i) => {
    const isNew = first.get(delivery.key) === i && fresh.has(delivery.key);
    return isNew || delivery.replayed ? delivery.outcome : "duplicate";
  });
}

function cells({ delivery }: Entry): Cell[] {
  return [
    delivery.key,
    delivery.source,
    delivery.provider,
    delivery.outcome,
    delivery.reason,
    delivery.receivedAt,
    delivery.bytes,
    delivery.content?.headers ?? null,
    delivery.content?.body ?? null,
  ];
}
