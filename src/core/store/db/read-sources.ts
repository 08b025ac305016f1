import type { Knex } from "knex";
import { bigint, text } from "./columns.ts";
import { buildDistinctSql } from "./distinct.ts";
import { inByteOrder, type Engine } from "./rowset.ts";
import { toRows } from "./transaction.ts";
import type { Millis } from "../../time.ts";

/** A source that has received deliveries. */
export interface SourceState {
  readonly source: string;
  readonly lastDeliveryAt: Millis;
  readonly deadLetters: number;
}

const source = text("source");
const at = bigint("at");
const count = bigint("count");

/** The latest delivery of each source, and the number of its dead letters. */
export async function readSources(trx: Knex, engine: Engine): Promise<SourceState[]> {
  const sources = toRows(
    await trx.raw(`
      select found.value as source, (select max(received_at) from deliveries d where d.source = found.value) as at
      from (${buildDistinctSql("deliveries", "source")}) as found order by ${inByteOrder(engine, "found.value")}`),
  );
  const dead = toRows(
    await trx.raw("select source, count(*) as count from deliveries where outcome = 'dead_letter' group by source"),
  );
  const deadLetters = new Map(dead.map((row) => [source.read(row), count.read(row)]));
  return sources.map((row) => ({
    source: source.read(row),
    lastDeliveryAt: at.read(row),
    deadLetters: deadLetters.get(source.read(row)) ?? 0,
  }));
}
