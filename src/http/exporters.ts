import type { Router } from "@koa/router";
import type { Context, Middleware } from "koa";
import { parseExporterArguments, type ExporterArguments } from "../exporters/parse-arguments.ts";
import { makeRunnable } from "../exporters/make-runnable.ts";
import type { Runnable, Runner } from "../exporters/runner.ts";
import type { Exporter } from "../config/exporters.ts";
import { parseScrapeTimeout } from "./metrics.ts";
import type { Services } from "./services.ts";
import type { ExporterResponse } from "../exporters/response-cache.ts";

/** Time reserved for sending the response before Prometheus gives up. Milliseconds. */
const marginMillis = 500;
const textType = "text/plain; charset=utf-8";
const metricsType = "text/plain; version=0.0.4; charset=utf-8";

interface Entry {
  readonly exporter: Exporter;
  readonly runnable: Runnable;
}

/** `GET /metrics/<exporter>` runs an exporter; `GET /metrics/targets` lists all for Prometheus' HTTP service discovery. */
export function addExporters(
  router: Router,
  services: Services,
  runner: Runner,
  guards: { readonly scraper: Middleware; readonly reader: Middleware },
): void {
  const env = services.config.exporterEnvironment();
  const entries = new Map<string, Entry>(
    services.config.exporters.map((exporter) => [exporter.name, { exporter, runnable: makeRunnable(exporter, env) }]),
  );
  router.get("/metrics/targets", guards.scraper, (ctx) => listTargets(ctx, [...entries.keys()]));
  // `debug` shows the output of the program, which may contain secrets, so it needs access to the page.
  const guard: Middleware = (ctx, next) =>
    (ctx.query["debug"] === undefined ? guards.scraper : guards.reader)(ctx, next);
  router.all("/metrics/:exporter{/}", guard, async (ctx) => {
    if (ctx.method !== "GET") return respondMethodNotAllowed(ctx);
    const found = entries.get(ctx.params["exporter"] ?? "");
    if (found === undefined) return respondText(ctx, 404, "Exporter not found.\n");
    const read = parseExporterArguments(found.exporter, new URLSearchParams(ctx.querystring));
    if (!read.ok) return respondText(ctx, 400, `${read.problems.join("; ")}\n`);
    return runExporter(ctx, services, runner, found.runnable, read.value);
  });
}

/** https://prometheus.io/docs/prometheus/latest/http_sd/ */
function listTargets(ctx: Context, names: readonly string[]): void {
  ctx.body = names.map((name) => ({
    targets: [ctx.host],
    labels: { __metrics_path__: `/metrics/${name}`, exporter: name },
  }));
}

function respondMethodNotAllowed(ctx: Context): void {
  ctx.status = 405;
  ctx.set("Allow", "GET");
  ctx.body = { error: "method not allowed: use GET" };
}

function respondText(ctx: Context, status: number, text: string): void {
  ctx.status = status;
  ctx.set("Content-Type", textType);
  ctx.body = text;
}

async function runExporter(
  ctx: Context,
  { metrics }: Services,
  runner: Runner,
  runnable: Runnable,
  { args, debug }: ExporterArguments,
): Promise<void> {
  const startedAt = performance.now();
  const hangUp = new AbortController();
  const onClose = () => hangUp.abort();
  ctx.res.once("close", onClose);
  const scraperMillis = (parseScrapeTimeout(ctx) ?? Infinity) - marginMillis;
  const deadlineMillis = Math.max(1, Math.min(runnable.limitMillis, scraperMillis));
  const response = await runner.run(runnable, { args, deadlineMillis, signal: hangUp.signal });
  ctx.res.off("close", onClose);
  if (response.status === 503) ctx.set("Retry-After", "5");
  if (debug) {
    ctx.status = response.status;
    ctx.body = describeRun(response);
  } else {
    respondText(ctx, response.status, response.body);
    if (response.status === 200) ctx.set("Content-Type", metricsType);
  }
  metrics.countExporterRequest(`/metrics/${runnable.name}`, response.status, (performance.now() - startedAt) / 1000);
}

/** The older tool's README and its code spell the key of the file name differently, so both are set. */
function describeRun({ status, body, result }: ExporterResponse): Record<string, unknown> {
  const { returnCode = null, stdout = "", stderr = body, metricsFile = "" } = result ?? {};
  const metrics = status === 200 ? body : (result?.metrics ?? "");
  return {
    returncode: returnCode,
    stdout,
    stderr,
    metrics_filename: metricsFile,
    "metrics-filename": metricsFile,
    metrics,
  };
}
