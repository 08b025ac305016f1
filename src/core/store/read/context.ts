import type { Knex } from "knex";
import type { BulkSource, Engine } from "../db/rowset.ts";

/** One snapshot of the database. */
export interface Reading {
  readonly trx: Knex;
  readonly engine: Engine;
  readonly bulk: BulkSource;
}
