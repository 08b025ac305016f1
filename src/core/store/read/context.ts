import type { Knex } from "knex";
import type { BulkSource, Engine } from "../db/rowset.ts";
import type { StateCache } from "../db/state-cache.ts";

/** One snapshot of the database. */
export interface Reading {
  readonly trx: Knex;
  readonly engine: Engine;
  readonly bulk: BulkSource;
  /** Left out: no state of a partial answer is kept in memory. */
  readonly states?: StateCache;
}
