/** Stands for a definition that has no name of its own; a generated name would make a new series for every run. */
export const unnamed = "(unnamed)";

/** Kubernetes allows no longer names; what is longer is not worth a regular expression. */
const nameMax = 253;

/** Characters of a label's value at the most. */
export const labelMax = 63;

/** Of `generateName` so many characters are kept: kubernetes/apiserver, pkg/storage/names/generate.go. */
const prefixMax = 58;

/**
 * What Kubernetes puts behind `generateName`: five of these characters, which make hardly a word
 * (kubernetes/apimachinery: pkg/util/rand/rand.go, alphanums).
 */
const suffix = "[bcdfghjklmnpqrstvwxz2456789]{5}";

/** The few words that such characters do make at the end of a name that a person chose. */
const words: ReadonlySet<string> = new Set(["https", "mssql", "pgsql", "plsql", "ppc64", "xhtml"]);

const generated = new RegExp(`^(?<base>.+?)-(?<end>${suffix})(?:-r-${suffix})*$`);

/**
 * `ci-x7k2p` → `ci`, also of the dashboard's repeats `ci-x7k2p-r-q9wzt`. A name without such an end, or with a word or a
 * number in its place, may be another one for each run, so it names no pipeline.
 */
export function withoutSuffix(name: string): string | undefined {
  if (name.length > nameMax) return undefined;
  const { base, end = "" } = generated.exec(name)?.groups ?? {};
  // One suffix in a thousand is made of digits alone, and nearly each number is a build's or a date's.
  return words.has(end) || /^\d+$/.test(end) ? undefined : base;
}

/** `generateName` of the dashboard's *Rerun*: tektoncd/dashboard, packages/utils/src/utils/index.js, getGenerateNamePrefixForRerun. */
export function rerunPrefix(run: string): string {
  const end = run.lastIndexOf("-r-");
  return `${end < 0 ? run : run.slice(0, end)}-r-`;
}

/**
 * Whether a run is called what *Rerun* calls a repeat of `run`. *Edit and run* keeps the label that says what the edited run
 * repeated (tektoncd/dashboard: src/api/utils.js, removeSystemLabels), and a new name tells that it is another run.
 */
export function isRerunName(name: string, run: string): boolean {
  return name.startsWith(rerunPrefix(run).slice(0, prefixMax));
}
