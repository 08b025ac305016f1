import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Counter, Gauge, Histogram, Registry } from "prom-client";

/**
 * The usual way to expose metrics in Node: everything in memory, rendered by prom-client. It takes over the content of an
 * exposition in the text format whose path is its argument; every observation in it must lie on a bucket's bound, so
 * that the sums come out the same. `PORT` tells where to listen.
 */
const registry = new Registry();
const lines = readFileSync(process.argv[2] ?? "", "utf8").split("\n");

/** Samples of one family, as they stand in the text. */
interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: { name: string; labels: Record<string, string>; value: number }[];
}

for (const family of families()) load(family);

createServer((request, response) => {
  if (request.url === "/readyz") {
    response.writeHead(200).end();
    return;
  }
  void registry.metrics().then((text) => response.writeHead(200, { "Content-Type": registry.contentType }).end(text));
}).listen(Number(process.env["PORT"]), "127.0.0.1");

function* families(): Generator<Family> {
  let family: Family | undefined;
  let help = "";
  for (const line of lines) {
    const [, word, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (word === "HELP") help = rest;
    else if (word === "TYPE") {
      if (family !== undefined) yield family;
      family = { name, help, type: rest, samples: [] };
    } else if (line !== "") family?.samples.push(sample(line));
  }
  if (family !== undefined) yield family;
}

function sample(line: string) {
  const name = /^[^{ ]+/.exec(line)?.[0] ?? "";
  const labels = Object.fromEntries([...line.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, key, text]) => [key, text]));
  return { name, labels: labels as Record<string, string>, value: Number(line.slice(line.lastIndexOf(" ") + 1)) };
}

function load({ name, help, type, samples }: Family): void {
  const labelNames = Object.keys(samples[0]?.labels ?? {}).filter((label) => label !== "le");
  const metric = { name, help, labelNames, registers: [registry] };
  if (type === "histogram") return observe(metric, samples);
  if (type === "counter") {
    const counter = new Counter(metric);
    for (const { labels, value } of samples) counter.inc(labels, value);
  } else {
    const gauge = new Gauge(metric);
    for (const { labels, value } of samples) gauge.set(labels, value);
  }
}

/** Observes each bucket's bound as often as its count is above that of the bucket before it. */
function observe(
  metric: { name: string; help: string; labelNames: string[]; registers: Registry[] },
  samples: Family["samples"],
): void {
  const bounds = new Set(samples.map(({ labels }) => Number(labels["le"])).filter(Number.isFinite));
  const histogram = new Histogram({ ...metric, buckets: [...bounds] });
  let below = 0;
  for (const { name, labels, value } of samples) {
    if (!name.endsWith("_bucket")) {
      below = 0;
      continue;
    }
    const { le, ...series } = labels;
    for (let i = below; i < value; i++) histogram.observe(series, Number(le));
    below = value;
  }
}
