import type { Folded } from "../../merge.ts";
import { nullable, type Column, type Row } from "./columns.ts";
import type { Cell } from "./rowset.ts";

/**
 * The column of a fact. SQL's null does not distinguish "not stated" from "stated to be absent", so the column `unstated` has
 * one bit for each fact. Bits are stored: a new fact takes the next free number (30 is the last that fits), and a number never
 * gets another meaning.
 */
export interface FactColumn<out T = unknown> extends Column<T | null> {
  /** The bit is set when the fact was not stated. Its column may hold a derived value then. */
  readonly bit: number;
  /**
   * True for a fact that was added after rows were stored: its bit is set when the fact was stated to be absent. Rows from
   * before it, and rows written by a server of the version before, lack the bit, so the fact counts as not stated in them.
   */
  readonly added: boolean;
}

/** A column for each fact, of the type that the model gives it. */
export type FactColumns<F> = { readonly [K in keyof F]-?: FactColumn<NonNullable<F[K]>> };

export function fact<T>(bit: number, column: Column<T>): FactColumn<T> {
  return { ...nullable(column), bit, added: false };
}

/** A fact that is newer than stored rows. */
export function addedFact<T>(bit: number, column: Column<T>): FactColumn<T> {
  return { ...fact(bit, column), added: true };
}

/** The value to store in a fact's column when no delivery stated the fact. */
export type Derived<F> = { readonly [K in keyof F]?: (state: Folded<F>) => Cell };

export interface FactField<F> {
  readonly field: keyof F & string;
  readonly column: string;
  readonly mask: number;
  readonly added: boolean;
  readonly isBoolean: boolean;
  readonly derive: ((state: Folded<F>) => Cell) | undefined;
}

export function listFields<F>(columns: FactColumns<F>, derived: Derived<F> = {}): readonly FactField<F>[] {
  return (Object.keys(columns) as (keyof F & string)[]).map((field) => {
    const { name, type, bit, added } = columns[field];
    return { field, column: name, mask: 1 << bit, added, isBoolean: type === "boolean", derive: derived[field] };
  });
}

/** Writes the cells of all facts from index `at` on, in the order of `fields`; returns the cell of `unstated`. */
export function putFacts<F>(cells: Cell[], at: number, state: Folded<F>, fields: readonly FactField<F>[]): number {
  const facts: Partial<F> = state.facts;
  let unstated = 0;
  for (let i = 0; i < fields.length; i++) {
    const { field, mask, added, derive } = fields[i] as FactField<F>;
    const value = facts[field];
    if (value === undefined) {
      if (!added) unstated |= mask;
      cells[at + i] = derive === undefined ? null : derive(state);
    } else {
      if (added && value === null) unstated |= mask;
      cells[at + i] = typeof value === "boolean" ? Number(value) : (value as Cell);
    }
  }
  return unstated;
}

/** The stated facts of a row: values, and null for what was stated to be absent. */
export function readFacts<F>(row: Row, fields: readonly FactField<F>[]): Partial<F> {
  const unstated = Number(row["unstated"]);
  const facts: Record<string, unknown> = {};
  for (const { field, column, mask, added, isBoolean } of fields) {
    const isMarked = (unstated & mask) !== 0;
    if (isMarked && !added) continue;
    const cell = row[column] ?? null;
    if (cell === null && added && !isMarked) continue;
    facts[field] = cell !== null && isBoolean ? Boolean(cell) : cell;
  }
  return facts as Partial<F>;
}
