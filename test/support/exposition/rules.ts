export type ExpositionFormat = "text" | "openmetrics";

export type Labels = ReadonlyMap<string, string>;

export interface Exemplar {
  readonly labels: Labels;
  readonly value: number;
  /** Unix seconds. */
  readonly timestamp: number | undefined;
}

export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
  readonly exemplar: Exemplar | undefined;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string | undefined;
  readonly samples: readonly Sample[];
}

const suffixes: Record<ExpositionFormat, Record<string, readonly string[]>> = {
  text: {
    counter: [""],
    gauge: [""],
    histogram: ["_bucket", "_sum", "_count"],
    summary: ["", "_sum", "_count"],
    untyped: [""],
  },
  openmetrics: {
    counter: ["_total", "_created"],
    gauge: [""],
    histogram: ["_bucket", "_sum", "_count", "_created"],
    summary: ["", "_sum", "_count", "_created"],
    unknown: [""],
  },
};

export function fail(problem: string): never {
  throw new SyntaxError(problem);
}

/** What must hold among the samples of one family. */
export function checkFamily(family: Family, format: ExpositionFormat): void {
  const allowed = getSuffixes(family, format).map((suffix) => family.name + suffix);
  const series = new Map<string, Sample[]>();
  const seen = new Set<string>();
  let current = "";
  for (const sample of family.samples) {
    if (!allowed.includes(sample.name)) fail(`${sample.name} is no sample of the ${family.type} ${family.name}`);
    const key = identity(sample, []);
    if (seen.has(sample.name + key)) fail(`duplicate series ${sample.name}${key}`);
    seen.add(sample.name + key);
    const group = identity(sample, family.type === "histogram" ? ["le"] : ["quantile"]);
    if (group !== current && series.has(group)) fail(`metric ${group} is interleaved`);
    current = group;
    series.set(group, [...(series.get(group) ?? []), sample]);
    checkExemplar(sample);
  }
  for (const samples of series.values()) {
    if (family.type === "histogram") checkHistogram(family, samples, format);
    if (family.type === "counter") checkCounter(family, samples, format);
  }
}

/** OpenMetrics: no family may yield a sample name that another one could yield too. */
export function checkClashes(families: readonly Family[], format: ExpositionFormat): void {
  const owners = new Map<string, string>();
  for (const family of families) {
    for (const suffix of new Set(["", ...getSuffixes(family, format)])) {
      const owner = owners.get(family.name + suffix);
      if (owner !== undefined) fail(`${family.name} and ${owner} both own ${family.name}${suffix}`);
      owners.set(family.name + suffix, family.name);
    }
  }
}

function getSuffixes({ type }: Family, format: ExpositionFormat): readonly string[] {
  return suffixes[format][type] ?? fail(`type ${type}`);
}

function identity({ labels }: Sample, without: readonly string[]): string {
  return JSON.stringify(
    [...labels].filter(([name]) => !without.includes(name)).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function checkCounter({ name }: Family, samples: readonly Sample[], format: ExpositionFormat): void {
  const total = format === "text" ? name : `${name}_total`;
  if (samples[0]?.name !== total) fail(`${name} does not begin with its total`);
  for (const { value } of samples) if (!(value >= 0)) fail(`counter ${name} is ${value}`);
}

/** Canonical in OpenMetrics; the template counter's are what its dashboards know in both formats. */
function getBoundPattern(name: string): RegExp {
  return /^ci_.*_duration$/s.test(name) ? /^(?:\d+|\+Inf)$/ : /^(?:\d+\.\d+|\d(?:\.\d+)?e[+-]\d\d+|\+Inf)$/;
}

function checkHistogram({ name }: Family, samples: readonly Sample[], format: ExpositionFormat): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const one = (suffix: string) => samples.find((sample) => sample.name === name + suffix)?.value;
  const rest = samples.slice(buckets.length).map((sample) => sample.name.slice(name.length));
  const expected = ["_sum", "_count", ...(format === "openmetrics" ? ["_created"] : [])];
  if (rest.join() !== expected.join()) fail(`${name}: ${rest.join()} after the buckets`);
  let lower = -Infinity;
  let below = 0;
  for (const { labels, value, exemplar } of buckets) {
    const le = labels.get("le") ?? fail(`a bucket of ${name} without le`);
    const upper = le === "+Inf" ? Infinity : Number(le);
    if (format === "openmetrics" && !getBoundPattern(name).test(le)) fail(`le ${le}`);
    if (!(upper > lower)) fail(`bucket ${le} of ${name} after ${lower}`);
    if (!Number.isInteger(value) || value < below) fail(`bucket ${le} of ${name} is ${value} after ${below}`);
    if (exemplar !== undefined) {
      if (!(exemplar.value > lower && exemplar.value <= upper)) fail(`exemplar ${exemplar.value} in (${lower}, ${le}]`);
      if (value === below) fail(`exemplar in the empty bucket ${le}`);
    }
    [lower, below] = [upper, value];
  }
  if (lower !== Infinity) fail(`${name} has no +Inf bucket`);
  if (one("_count") !== below) fail(`${name}_count is not its +Inf bucket`);
  if (!((one("_sum") ?? NaN) >= 0)) fail(`${name}_sum is ${one("_sum")}`);
}

function checkExemplar({ name, exemplar }: Sample): void {
  if (exemplar === undefined) return;
  if (!name.endsWith("_total") && !name.endsWith("_bucket")) fail(`exemplar on ${name}`);
  const length = [...exemplar.labels].reduce((sum, pair) => sum + Array.from(pair.join("")).length, 0);
  if (length > 128) fail(`exemplar labels of ${length} characters`);
}
