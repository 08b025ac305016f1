import { getString, type Item } from "./format.ts";
import { formatTable, type Column, type TableOptions } from "./table.ts";
import { showSafely } from "../../text/terminal-text.ts";

/** A page of a list: its table, and how the next page is read. */
export function describeList(
  document: Item,
  columns: readonly Column<Item>[],
  items: readonly Item[],
  options: TableOptions,
): readonly string[] {
  const cursor = getString(document, "next_cursor");
  const more = cursor === "" ? [] : ["", `there are more: --cursor ${showSafely(cursor)}`];
  if (items.length > 0) return [...formatTable(columns, items, options), ...more];
  return [cursor === "" ? "nothing matches" : "nothing matches in the part that was looked through", ...more];
}
