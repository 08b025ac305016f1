import { cutToWidth, measureWidth, showSafely } from "../../text/terminal-text.ts";
import type { Colour, Style } from "../style.ts";

/** A cell: a text, as others wrote it, and how it is coloured. */
export type Cell = string | PaintedCell;

export interface PaintedCell {
  readonly text: string;
  readonly colour: Colour;
}

export interface Column<T> {
  readonly title: string;
  readonly get: (row: T) => Cell;
  readonly align?: "right";
  /** It may be cut down to this width; left out: it is never cut. */
  readonly least?: number;
  /** Left out where there is no room: the greatest first. */
  readonly drop?: number;
}

export interface TableOptions {
  readonly style: Style;
  /** Columns of the terminal; `undefined`: as many as the table needs. */
  readonly width: number | undefined;
}

const gap = "  ";
/** Without a terminal: names may be 10 kB long. */
const cellMax = 200;

/** Lines of a table whose columns fit into the width. Nothing in a cell can break its line or reach into the next column. */
export function formatTable<T>(all: readonly Column<T>[], rows: readonly T[], options: TableOptions): string[] {
  // A column without any value takes no room.
  const columns = all.filter(({ get }) => rows.some((row) => toSafeCell(get(row)).text !== ""));
  const cells = rows.map((row) => columns.map(({ get }) => toSafeCell(get(row))));
  const natural = columns.map(({ title }, i) =>
    Math.max(measureWidth(title), ...cells.map((row) => measureWidth(row[i]?.text ?? ""))),
  );
  const widths = fitWidths(columns, natural, options.width);
  const shown = columns.flatMap((column, i) => (widths[i] === undefined ? [] : [{ column, i, width: widths[i] }]));
  const format = (texts: readonly SafeCell[]) =>
    shown
      .map(({ column, i, width }, at) => {
        const { text, colour } = texts[i] ?? { text: "" };
        const cut = cutToWidth(text, width);
        const room = " ".repeat(Math.max(0, width - measureWidth(cut)));
        const painted = colour === undefined ? cut : options.style.paint(colour, cut);
        if (column.align === "right") return room + painted;
        return at === shown.length - 1 ? painted : painted + room;
      })
      .join(gap)
      .trimEnd();
  return [format(columns.map(({ title }) => ({ text: title, colour: "faint" }))), ...cells.map(format)];
}

interface SafeCell {
  readonly text: string;
  readonly colour?: Colour;
}

function toSafeCell(cell: Cell): SafeCell {
  const { text, ...rest } = typeof cell === "string" ? { text: cell } : cell;
  return { ...rest, text: cutToWidth(showSafely(text.slice(0, 10 * cellMax)), cellMax) };
}

/** The width of each column; `undefined` for one that is left out. */
function fitWidths<T>(
  columns: readonly Column<T>[],
  natural: readonly number[],
  width = Infinity,
): readonly (number | undefined)[] {
  const widths: (number | undefined)[] = [...natural];
  const measure = () => {
    const shown = widths.filter((one) => one !== undefined);
    return shown.reduce((sum, one) => sum + one, 0) + gap.length * (shown.length - 1);
  };
  for (let over = measure() - width; over > 0; over = measure() - width) {
    const [widest] = columns
      .map(({ least = Infinity }, i) => ({ i, spare: (widths[i] ?? 0) - least }))
      .filter(({ spare }) => spare > 0)
      .toSorted((a, b) => (widths[b.i] ?? 0) - (widths[a.i] ?? 0));
    if (widest !== undefined) {
      widths[widest.i] = (widths[widest.i] ?? 0) - 1;
      continue;
    }
    const [last] = columns
      .map(({ drop = 0 }, i) => ({ i, drop }))
      .filter(({ i, drop }) => drop > 0 && widths[i] !== undefined)
      .toSorted((a, b) => b.drop - a.drop);
    if (last === undefined) break;
    widths[last.i] = undefined;
    // What was cut for a column that is left out now gets its room back.
    natural.forEach((one, i) => (widths[i] = widths[i] === undefined ? undefined : one));
  }
  return widths;
}
