import {
  Counter as PromCounter,
  Gauge as PromGauge,
  Histogram as PromHistogram,
  Summary as PromSummary,
  type Metric as PromMetric,
} from "prom-client";
import { checkBuckets, checkLabelNames, checkLabelValues, checkMetricName, checkValue } from "./names.ts";
import { CollectorRegistry } from "./registry.ts";

/** Where a new metric is to be rendered: nowhere yet, in one registry, or in several. */
export type Registries = CollectorRegistry | readonly CollectorRegistry[];

/** A metric without labels, or one set of label values of a metric that has labels. */
export interface CounterSeries {
  /** Adds `value`, which must not be negative. */
  inc(value?: number): void;
}

export interface GaugeSeries {
  inc(value?: number): void;
  dec(value?: number): void;
  set(value: number): void;
}

export interface ObservedSeries {
  /** Adds one observation, for example a time in seconds. */
  observe(value: number): void;
}

type Labels = Readonly<Record<string, string>>;

/** What all types of metrics share. `Series` is what can be done with one set of label values. */
abstract class BaseMetric<Series, Prom extends PromMetric> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  /** prom-client's own metric, which holds the values. */
  readonly prom: Prom;

  constructor(prom: Prom, name: string, help: string, labelNames: readonly string[], registries: Registries) {
    this.prom = prom;
    this.name = name;
    this.help = help;
    this.labelNames = labelNames;
    for (const registry of [registries].flat()) registry.register(this);
  }

  /** The series with these label values, in the order of the label names. */
  labels(...values: readonly (string | number | boolean)[]): Series {
    const texts = checkLabelValues(this.name, this.labelNames, values);
    return this.seriesFor(Object.fromEntries(this.labelNames.map((name, i) => [name, texts[i] ?? ""])));
  }

  /** The metric alone in the text format, without a registry. */
  async render(namespace?: string): Promise<string> {
    return new CollectorRegistry({ ...(namespace === undefined ? {} : { namespace }), metrics: [this] }).render();
  }

  /** The series of a metric without labels; `labels()` says what is missing where there are some. */
  protected only(): Series {
    return this.labels();
  }

  protected abstract seriesFor(labels: Labels): Series;
}

/** A total that only grows. */
export class Counter extends BaseMetric<CounterSeries, PromCounter> implements CounterSeries {
  constructor(name: string, help: string, labelNames: readonly string[] = [], registries: Registries = []) {
    super(new PromCounter(createConfiguration(name, help, labelNames)), name, help, labelNames, registries);
  }

  inc(value = 1): void {
    this.only().inc(value);
  }

  protected seriesFor(labels: Labels): CounterSeries {
    return {
      inc: (value = 1) => {
        checkValue(this.name, value);
        if (value < 0) throw new RangeError(`metric ${this.name} is a counter: it cannot go down by ${-value}`);
        this.prom.inc(labels, value);
      },
    };
  }
}

/** A value that goes up and down. */
export class Gauge extends BaseMetric<GaugeSeries, PromGauge> implements GaugeSeries {
  constructor(name: string, help: string, labelNames: readonly string[] = [], registries: Registries = []) {
    super(new PromGauge(createConfiguration(name, help, labelNames)), name, help, labelNames, registries);
  }

  inc(value = 1): void {
    this.only().inc(value);
  }

  dec(value = 1): void {
    this.only().dec(value);
  }

  set(value: number): void {
    this.only().set(value);
  }

  protected seriesFor(labels: Labels): GaugeSeries {
    const checked = (change: (value: number) => void) => (value: number) => {
      checkValue(this.name, value);
      change(value);
    };
    const inc = checked((value) => this.prom.inc(labels, value));
    const dec = checked((value) => this.prom.dec(labels, value));
    return {
      inc: (value = 1) => inc(value),
      dec: (value = 1) => dec(value),
      set: checked((value) => this.prom.set(labels, value)),
    };
  }
}

/** Number and sum of observations. It has no quantiles: those of several processes cannot be added up. */
export class Summary extends BaseMetric<ObservedSeries, PromSummary> implements ObservedSeries {
  constructor(name: string, help: string, labelNames: readonly string[] = [], registries: Registries = []) {
    const prom = new PromSummary({ ...createConfiguration(name, help, labelNames, "quantile"), percentiles: [] });
    super(prom, name, help, labelNames, registries);
  }

  observe(value: number): void {
    this.only().observe(value);
  }

  protected seriesFor(labels: Labels): ObservedSeries {
    return createObserver(this.name, (value) => this.prom.observe(labels, value));
  }
}

export interface HistogramOptions {
  /** Upper bounds in rising order; by default prom-client's, 0.005 to 10. */
  readonly buckets?: readonly number[];
}

/** Observations counted by size. */
export class Histogram extends BaseMetric<ObservedSeries, PromHistogram> implements ObservedSeries {
  constructor(
    name: string,
    help: string,
    labelNames: readonly string[] = [],
    registries: Registries = [],
    { buckets }: HistogramOptions = {},
  ) {
    if (buckets !== undefined) checkBuckets(name, buckets);
    const bounds = buckets === undefined ? {} : { buckets: [...buckets] };
    const prom = new PromHistogram({ ...createConfiguration(name, help, labelNames, "le"), ...bounds });
    super(prom, name, help, labelNames, registries);
  }

  observe(value: number): void {
    this.only().observe(value);
  }

  protected seriesFor(labels: Labels): ObservedSeries {
    return createObserver(this.name, (value) => this.prom.observe(labels, value));
  }
}

/** Any of the four types. */
export type Metric = Counter | Gauge | Summary | Histogram;

function createObserver(name: string, observe: (value: number) => void): ObservedSeries {
  return {
    observe(value) {
      checkValue(name, value);
      observe(value);
    },
  };
}

/** Checked settings in prom-client's words. No registry: ours renders the metric under its own namespace. */
function createConfiguration(name: string, help: string, labelNames: readonly string[], reserved?: string) {
  checkMetricName(name);
  if (typeof help !== "string" || help === "") throw new TypeError(`metric ${name} needs a help text`);
  checkLabelNames(name, labelNames, reserved);
  return { name, help, labelNames: [...labelNames], registers: [] };
}
