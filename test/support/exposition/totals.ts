import { parseExposition } from "./parser.ts";
import type { ExpositionFormat, Sample } from "./rules.ts";

/** The samples of an exposition, to be asked. */
export interface Totals {
  /** Sum over the series of that name whose labels contain `labels`; 0 where there are none. */
  total(name: string, labels?: Readonly<Record<string, string>>): number;
  /** Whether there is any such series. */
  has(name: string): boolean;
  /** `name{label="value",…}` → value of everything that the ledger shows: what must be equal after a repetition. */
  readonly counted: Readonly<Record<string, number>>;
  /** The same for each value of a label, of the series that have it. */
  by(label: string): ReadonlyMap<string, Totals>;
}

/** Reads an exposition with the strict parser: one that a scraper might refuse is an error. */
export function parseTotals(text: string, format: ExpositionFormat = "text"): Totals {
  return totalsOver([...parseExposition(text, format).values()].flatMap((family) => family.samples));
}

function totalsOver(samples: readonly Sample[]): Totals {
  return {
    total: (name, labels = {}) =>
      samples.filter((s) => s.name === name && contains(s, labels)).reduce((sum, { value }) => sum + value, 0),
    has: (name) => samples.some((sample) => sample.name === name),
    get counted() {
      const own = samples.filter(({ name }) => name.startsWith("cicd_"));
      const entries = own.map((sample) => [identity(sample), sample.value] as const);
      return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
    },
    by(label) {
      const groups = new Map<string, Sample[]>();
      for (const sample of samples) {
        const value = sample.labels.get(label);
        if (value === undefined) continue;
        const group = groups.get(value);
        if (group === undefined) groups.set(value, [sample]);
        else group.push(sample);
      }
      return new Map([...groups].map(([value, group]) => [value, totalsOver(group)]));
    },
  };
}

function contains({ labels }: Sample, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => labels.get(name) === value);
}

function identity({ name, labels }: Sample): string {
  return `${name}{${[...labels].map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(",")}}`;
}
