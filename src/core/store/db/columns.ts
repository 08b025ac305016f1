/** A row as a driver returns it, by column. */
export type Row = Readonly<Record<string, unknown>>;

export type SqlType = "bigint" | "integer" | "text" | "double precision" | "boolean";

/** A column of a table, or of a statement's result: its name, its type in SQL, and how its cells are read. */
export interface Column<out T = unknown> {
  readonly name: string;
  readonly type: SqlType;
  /** Reads a cell of either driver. Throws for a cell that this column cannot hold. */
  readonly decode: (cell: unknown) => T;
  /** Reads the cell of this column in a row. */
  readonly read: (row: Row) => T;
}

/** Columns by the names that their values have in memory. */
export type Columns = Readonly<Record<string, Column>>;

/** What the columns hold, in memory. */
export type Decoded<C extends Columns> = { readonly [K in keyof C]: C[K] extends Column<infer T> ? T : never };

/** A text. `T`: the only values that we store in this column; they are not checked again. */
export function text<T extends string = string>(name: string): Column<T> {
  return column(name, "text", (cell) => (typeof cell === "string" ? (cell as T) : refuse(name, "text", cell)));
}

/** A whole number of 32 bits. */
export function integer(name: string): Column<number> {
  return column(name, "integer", (cell) => decodeNumber(name, cell));
}

/** A whole number of 64 bits: an id, a count, epoch milliseconds. All of ours stay far below 2^53. */
export function bigint(name: string): Column<number> {
  return column(name, "bigint", (cell) => decodeNumber(name, cell));
}

export function real(name: string): Column<number> {
  return column(name, "double precision", (cell) => decodeNumber(name, cell));
}

/** A boolean; SQLite stores 0 and 1. */
export function boolean(name: string): Column<boolean> {
  return column(name, "boolean", (cell) => {
    if (typeof cell === "boolean") return cell;
    return typeof cell === "number" ? cell !== 0 : refuse(name, "boolean", cell);
  });
}

/** A value that is stored as JSON. We wrote it, so its shape is not checked again. */
export function json<T>(name: string): Column<T> {
  return column(name, "text", (cell) =>
    typeof cell === "string" ? (JSON.parse(cell) as T) : refuse(name, "JSON", cell),
  );
}

/** The same column, which may hold null. */
export function nullable<T>({ name, type, decode }: Column<T>): Column<T | null> {
  return column(name, type, (cell) => (cell === null ? null : decode(cell)));
}

/** Creates a function that reads these columns of a row. */
export function createDecoder<C extends Columns>(columns: C): (row: Row) => Decoded<C> {
  const entries = Object.entries(columns);
  return (row) => {
    const decoded: Record<string, unknown> = {};
    for (const [field, { read }] of entries) decoded[field] = read(row);
    return decoded as Decoded<C>;
  };
}

/** The same for a row as an array of cells, from index `at` on in the order of the columns: see `readArrays`. */
export function createCellsDecoder<C extends Columns>(
  columns: C,
  at: number,
): (cells: readonly unknown[]) => Decoded<C> {
  const entries = Object.entries(columns);
  return (cells) => {
    const decoded: Record<string, unknown> = {};
    for (let i = 0; i < entries.length; i++) {
      const [field, { decode }] = entries[i] as [string, Column];
      decoded[field] = decode(cells[at + i]);
    }
    return decoded as Decoded<C>;
  };
}

/** Picks some of the columns. */
export function pickColumns<C extends Columns, K extends keyof C & string>(columns: C, ...fields: K[]): Pick<C, K> {
  return Object.fromEntries(fields.map((field) => [field, columns[field]])) as Pick<C, K>;
}

/** The names of columns in SQL. */
export function listNames(columns: Columns): string[] {
  return Object.values(columns).map(({ name }) => name);
}

function column<T>(name: string, type: SqlType, decode: (cell: unknown) => T): Column<T> {
  return { name, type, decode, read: (row) => decode(row[name]) };
}

/** PostgreSQL's driver returns sums as texts, because they may have more digits than a number. */
function decodeNumber(name: string, cell: unknown): number {
  if (typeof cell === "number") return cell;
  return typeof cell === "string" ? Number(cell) : refuse(name, "number", cell);
}

function refuse(name: string, type: string, cell: unknown): never {
  const found = cell === undefined ? "was not selected" : cell === null ? "is null" : `is a ${typeof cell}`;
  throw new Error(`the column ${name} is read as ${type}, but it ${found}`);
}
