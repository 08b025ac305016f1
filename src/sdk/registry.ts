import { Registry as PromRegistry, type Metric as PromMetric } from "prom-client";
import { checkMetricName } from "./names.ts";
import type { Response } from "./router.ts";

/** What a registry needs of a metric. */
export interface Renderable {
  readonly name: string;
  readonly prom: PromMetric;
}

export interface RegistryOptions<M extends Renderable = Renderable> {
  /** Prefix of each metric's name, joined with a "_". */
  readonly namespace?: string;
  readonly metrics?: readonly M[];
}

export interface RenderOptions {
  /** Families by name instead of in the order in which they were registered. */
  readonly sorted?: boolean;
}

/** A set of metrics that are rendered together. A metric may be in several, under the namespace of each. */
export class CollectorRegistry {
  readonly namespace: string;
  readonly contentType = PromRegistry.PROMETHEUS_CONTENT_TYPE;
  readonly #metrics = new Map<string, Renderable>();
  readonly #writer = new PromRegistry();

  constructor({ namespace = "", metrics = [] }: RegistryOptions = {}) {
    if (namespace !== "") checkMetricName(namespace);
    this.namespace = namespace;
    for (const metric of metrics) this.register(metric);
  }

  /** The metrics, in the order in which they were registered. */
  get metrics(): readonly Renderable[] {
    return [...this.#metrics.values()];
  }

  /** Registering the same metric again changes nothing; another one of the same name is an error. */
  register(metric: Renderable): true {
    const registered = this.#metrics.get(metric.name);
    if (registered === metric) return true;
    if (registered !== undefined) throw new Error(`another metric called ${metric.name} is already in this registry`);
    this.#metrics.set(metric.name, metric);
    this.#writer.registerMetric(rename(metric, this.namespace));
    return true;
  }

  /** The text exposition of all metrics; it ends in a line feed. */
  async render({ sorted = false }: RenderOptions = {}): Promise<string> {
    if (sorted) return new CollectorRegistry({ namespace: this.namespace, metrics: this.#byName() }).render();
    if (this.#metrics.size === 0) return "";
    // prom-client puts blank lines between families; none can be inside one, since line feeds in texts are escaped.
    return (await this.#writer.metrics()).replaceAll("\n\n", "\n");
  }

  #byName(): Renderable[] {
    return this.metrics.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** A handler for `Router.register` that responds with the exposition. */
  readonly handler = async (): Promise<Response> => ({
    status: 200,
    content: await this.render(),
    type: this.contentType,
  });
}

/** The part of a metric that prom-client's registry reads. */
interface Readings {
  readonly name: string;
  readonly values: readonly { readonly metricName?: string }[];
}

/**
 * The metric under the name of its registry. prom-client has no namespaces: a metric has one name, and the values of
 * histograms and summaries carry it too. `get` is what its registry reads a metric by (lib/registry.js).
 */
function rename({ name, prom }: Renderable, namespace: string): PromMetric {
  if (namespace === "") return prom;
  const get = async () => {
    const read = (await (prom as unknown as { get(): Promise<Readings> }).get()) satisfies Readings;
    const values = read.values.map((value) =>
      value.metricName === undefined ? value : { ...value, metricName: `${namespace}_${value.metricName}` },
    );
    return { ...read, name: `${namespace}_${name}`, values };
  };
  return { name: `${namespace}_${name}`, get } as unknown as PromMetric;
}
