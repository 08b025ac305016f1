import type { Row } from "./rows.ts";

/**
 * Where a row keeps a fact. SQL's null cannot tell "not said" from "said to be none", so a column of its own, `unstated`,
 * has one bit for each fact. Bits are stored: a new fact takes the next free number (30 is the last that fits), and a
 * number never gets another meaning.
 */
export interface FactColumn {
  readonly column: string;
  /** What the bit says: the fact was not said. Its column may hold a derived value then. */
  readonly bit: number;
  /**
   * True for a fact that came after rows were stored: its bit says that it was said to be none. Rows from before it, and
   * rows written by a server of the version before, have no such bit, so the fact was not said in them.
   */
  readonly added?: true;
}

export type FactColumns<F> = Readonly<Record<keyof F & string, FactColumn>>;

export interface FactField<F> {
  readonly field: keyof F & string;
  readonly column: string;
  readonly mask: number;
  readonly added: boolean;
  readonly isBoolean: boolean;
}

export function listFields<F>(columns: FactColumns<F>, booleans: ReadonlySet<string>): readonly FactField<F>[] {
  return (Object.keys(columns) as (keyof F & string)[]).map((field) => {
    const { column, bit, added = false } = columns[field];
    return { field, column, mask: 1 << bit, added, isBoolean: booleans.has(field) };
  });
}

/** The cell of `unstated` for these facts. */
export function markUnstated<F>(facts: Partial<F>, fields: readonly FactField<F>[]): number {
  let marks = 0;
  for (const { field, mask, added } of fields) if (facts[field] === (added ? null : undefined)) marks |= mask;
  return marks;
}

/** The facts that a row states: values, and null for what was said to be none. */
export function readFacts<F>(row: Row, fields: readonly FactField<F>[]): Partial<F> {
  const marks = Number(row["unstated"]);
  const facts: Record<string, unknown> = {};
  for (const { field, column, mask, added, isBoolean } of fields) {
    const marked = (marks & mask) !== 0;
    const cell = row[column] ?? null;
    if (added ? cell === null && !marked : marked) continue;
    facts[field] = cell !== null && isBoolean ? Boolean(cell) : cell;
  }
  return facts as Partial<F>;
}
