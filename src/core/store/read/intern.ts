/** Creates a function that returns the same text for equal ones; anything else is `null`. */
export function createInterner(): (cell: unknown) => string | null {
  const texts = new Map<string, string>();
  return (cell) => {
    if (typeof cell !== "string") return null;
    const found = texts.get(cell);
    if (found !== undefined) return found;
    texts.set(cell, cell);
    return cell;
  };
}
