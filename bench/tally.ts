/** Samples of one name in an exposition. */
export interface Tally {
  readonly lines: number;
  readonly sum: number;
}

/** Adds up an exposition in the text format by sample name, over all label values (or those with `having` in them). */
export function tally(text: string, having = ""): Map<string, Tally> {
  const tallies = new Map<string, { lines: number; sum: number }>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#") || !line.includes(having)) continue;
    const name = /^[^{ ]+/.exec(line)?.[0] ?? "";
    const of = tallies.get(name) ?? { lines: 0, sum: 0 };
    of.lines++;
    of.sum += Number(line.slice(line.lastIndexOf(" ") + 1));
    tallies.set(name, of);
  }
  return tallies;
}

/** The sum of a sample's values; 0 where it does not occur. */
export function total(text: string, name: string, having = ""): number {
  return tally(text, having).get(name)?.sum ?? 0;
}
