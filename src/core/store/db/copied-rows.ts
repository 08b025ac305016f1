import type { Cell } from "./rowset.ts";

/** Rows in the text format of PostgreSQL's `copy`: https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2 */
export function writeCopied(rows: readonly (readonly Cell[])[]): string {
  let text = "";
  for (const row of rows) {
    for (let i = 0; i < row.length; i++) text += `${i === 0 ? "" : "\t"}${writeCell(row[i] ?? null)}`;
    text += "\n";
  }
  return text;
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

function writeCell(cell: Cell): string | number {
  if (cell === null) return "\\N";
  if (typeof cell === "number") return cell;
  return /[\\\t\n\r]/.test(cell) ? cell.replaceAll(/[\\\t\n\r]/g, (character) => escapes[character] as string) : cell;
}
