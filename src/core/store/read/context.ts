import type { Knex } from "knex";
import type { Engine } from "../db/rowset.ts";

/** One consistent look at the database. */
export interface Reading {
  readonly trx: Knex;
  readonly engine: Engine;
}
