/** The name of a definition without a name of its own; a generated name would make a new series for every run. */
export const unnamed = "(unnamed)";

/** Kubernetes allows no longer names. The length also bounds the time that the regular expression takes. */
const nameMax = 253;

/** The most characters of a label's value. */
export const labelMax = 63;

/** Kubernetes keeps this many characters of `generateName`: kubernetes/apiserver, pkg/storage/names/generate.go. */
const prefixMax = 58;

/**
 * What Kubernetes appends to `generateName`: five of these characters, which hardly ever make a word
 * (kubernetes/apimachinery: pkg/util/rand/rand.go, alphanums).
 */
const suffix = "[bcdfghjklmnpqrstvwxz2456789]{5}";

/** The few words of such characters that names chosen by people end with. */
const words: ReadonlySet<string> = new Set(["https", "mssql", "pgsql", "plsql", "ppc64", "xhtml"]);

const generated = new RegExp(`^(?<base>.+?)-(?<end>${suffix})(?:-r-${suffix})*$`);

/**
 * `ci-x7k2p` → `ci`, and the same for the dashboard's repeats `ci-x7k2p-r-q9wzt`. `undefined` for a name without such an end, or with
 * a word or a number in its place: it may be different for each run, so it names no pipeline.
 */
export function removeSuffix(name: string): string | undefined {
  if (name.length > nameMax) return undefined;
  const { base, end = "" } = generated.exec(name)?.groups ?? {};
  // Only one generated suffix in a thousand has digits alone; nearly every number is that of a build or a date.
  return words.has(end) || /^\d+$/.test(end) ? undefined : base;
}

/** `generateName` of the dashboard's *Rerun*: tektoncd/dashboard, packages/utils/src/utils/index.js, getGenerateNamePrefixForRerun. */
export function makeRerunPrefix(run: string): string {
  const end = run.lastIndexOf("-r-");
  return `${end < 0 ? run : run.slice(0, end)}-r-`;
}

/**
 * Whether a run has the name that *Rerun* gives a repeat of `run`. *Edit and run* keeps the label that names what the edited run
 * repeated (tektoncd/dashboard: src/api/utils.js, removeSystemLabels), so only its new name shows that it is another run.
 */
export function isRerunName(name: string, run: string): boolean {
  return name.startsWith(makeRerunPrefix(run).slice(0, prefixMax));
}
