import { parseExposition } from "./exposition-parser.ts";
import type { ExpositionFormat, Sample } from "./exposition-rules.ts";

/** The samples of an exposition, to be asked. */
export interface Totals {
  /** Sum over the series of that name whose labels contain `labels`; 0 where there are none. */
  total(name: string, labels?: Readonly<Record<string, string>>): number;
  /** Whether there is any such series. */
  has(name: string): boolean;
  /** `name{label="value",…}` → value of everything that the ledger counts: what must be equal after a repetition. */
  readonly counted: Readonly<Record<string, number>>;
}

/** Reads an exposition with the strict parser: one that a scraper might refuse is an error. */
export function totalsOf(text: string, format: ExpositionFormat = "text"): Totals {
  const samples = [...parseExposition(text, format).values()].flatMap((family) => family.samples);
  return {
    total: (name, labels = {}) =>
      samples.filter((s) => s.name === name && contains(s, labels)).reduce((sum, { value }) => sum + value, 0),
    has: (name) => samples.some((sample) => sample.name === name),
    counted: Object.fromEntries(
      samples
        .filter(({ name }) => name.startsWith("cicd_"))
        .map((sample) => [identity(sample), sample.value] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
}

function contains({ labels }: Sample, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => labels.get(name) === value);
}

function identity({ name, labels }: Sample): string {
  return `${name}{${[...labels].map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(",")}}`;
}
