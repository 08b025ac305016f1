/** A small SDK for exporters and for scripts in CI jobs, on top of prom-client. docs/sdk.md shows how it is used. */
export { Counter, Gauge, Histogram, Summary } from "./metric.ts";
export type { CounterSeries, GaugeSeries, HistogramOptions, Metric, ObservedSeries, Registries } from "./metric.ts";
export { CollectorRegistry } from "./registry.ts";
export type { RegistryOptions, RenderOptions } from "./registry.ts";
export { bindMiddleware, errorHandler, response, Router } from "./router.ts";
export type { Handler, Headers, Middleware, Response, Route } from "./router.ts";
export { startHttpServer } from "./server.ts";
export type { MetricsServer } from "./server.ts";
export { deleteFromGateway, pushAddToGateway, pushToGateway } from "./push.ts";
export type { PushOptions } from "./push.ts";
export { writeTextfile } from "./textfile.ts";
export { createTimings, timer } from "./timing.ts";
export type { Timings } from "./timing.ts";
