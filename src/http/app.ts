import { Router } from "@koa/router";
import Koa, { type Context, type Middleware } from "koa";
import { addApi } from "./api/routes.ts";
import { requireReader, requireToken } from "./auth.ts";
import { addBadge } from "./badge.ts";
import { getClientAddress } from "./connections.ts";
import { rejectAmbiguousHost } from "./host.ts";
import { handleErrors, handleLegacyErrors, setProblem } from "./errors.ts";
import { addExporters } from "./exporters.ts";
import { createReadinessCheck, respondAlive } from "./health.ts";
import { watchHosts } from "./hosts.ts";
import { createRunCounterRoute } from "./legacy/run-counter.ts";
import { saveMetrics } from "./legacy/save-metrics.ts";
import { createTemplateCounterRoute } from "./legacy/template-counter.ts";
import { namesExposition } from "../metrics/negotiate.ts";
import { exposeMetrics, expositionLimits, createSnapshotReader } from "./metrics.ts";
import { refusedRetryAfter } from "./refusals.ts";
import type { Services } from "./services.ts";
import { createFairLimit } from "./fair-limit.ts";
import { addPage } from "./ui/routes.ts";
import { respondToHandshake, receiveDelivery } from "./webhooks.ts";

/** The HTTP server with all routes; it does not listen yet. */
export function buildApp(services: Services): Koa {
  const app = new Koa();
  app.silent = true;
  const receive = createReceiver(services);
  const webhooks = webhookRoutes(services, receive);
  const router = routes(services);
  app.use(async (ctx, next) => {
    try {
      await next();
    } finally {
      // `respond` is false where the connection was closed without a response.
      if (ctx.respond !== false) services.metrics.countResponse(ctx.status);
      // While this process drains, keep-alive clients must connect elsewhere.
      if (!services.accepting()) ctx.set("Connection", "close");
    }
  });
  app.use(limitUnauthorized(services));
  app.use(handleErrors(services.log));
  app.use(rejectAmbiguousHost);
  app.use(routeDeliveries(receive));
  app.use(webhooks.routes());
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

/** The health routes alone, for a separate port: when the main port is flooded, probes must still succeed. */
export function buildHealthApp(services: Services): Koa {
  const app = new Koa();
  app.silent = true;
  const router = new Router({ sensitive: true, strict: true });
  addHealth(router, services);
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

function addHealth(router: Router, services: Services): void {
  const ready = createReadinessCheck(services);
  router.get(["/healthz", "/-/healthy"], respondAlive);
  router.get(["/readyz", "/-/ready"], ready);
}

/** Turns the 401s of an address with too many of them into 429. Authenticated requests from the same proxy are unaffected. */
function limitUnauthorized({ refusals }: Services): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.status !== 401 || !refusals.tooMany(getClientAddress(ctx.req.socket))) return;
    ctx.status = 429;
    setProblem(ctx, "too many unauthorized requests from this address, retry after the Retry-After delay");
    ctx.set("Retry-After", String(refusedRetryAfter));
  };
}

type Receive = (ctx: Context, source: string) => Promise<void>;

function createReceiver(services: Services): Receive {
  const hosts = watchHosts(services.log);
  return (ctx, source) => receiveDelivery(ctx, services, source, hosts);
}

/** A trailing slash is accepted because some senders' forms add one; the path is case-sensitive. */
const deliveryPath = /^\/webhooks\/([^/]+)\/?$/;

/** Routes deliveries, by far the most frequent requests, without a router, which costs more than all the rest of Koa. */
function routeDeliveries(receive: Receive): Middleware {
  return (ctx, next) => {
    const source = ctx.method === "POST" ? deliveryPath.exec(ctx.path)?.[1] : undefined;
    return source === undefined ? next() : receive(ctx, decodeParameter(source));
  };
}

/** As the router decodes it. */
function decodeParameter(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The same path for other methods, and for the `Allow` header of what is not allowed. */
function webhookRoutes(services: Services, receive: Receive): Router {
  const router = new Router({ sensitive: true });
  router.post("/webhooks/:source", (ctx) => receive(ctx, ctx.params["source"] ?? ""));
  router.options("/webhooks/:source", (ctx) => respondToHandshake(ctx, services, ctx.params["source"] ?? ""));
  return router;
}

function routes(services: Services): Router {
  // Strict: a path that a proxy blocks must not be reachable in another spelling.
  const router = new Router({ sensitive: true, strict: true });
  let newest = createSnapshotReader(services);
  const read = () => newest();
  const token = requireToken(services.config);
  const acquire = createFairLimit(expositionLimits);
  router.get("/metrics", token, (ctx) => exposeMetrics(ctx, services, read, acquire, ["ledger", "server"]));
  router.get("/metrics/ledger", token, (ctx) => exposeMetrics(ctx, services, read, acquire, ["ledger"]));
  router.get("/metrics/server", token, (ctx) => exposeMetrics(ctx, services, read, acquire, ["server"]));
  const reader = requireReader(services);
  addExporters(router, services, services.exporters, { scraper: token, reader });

  // Once an older API has acknowledged a request, the next scrape must show it, as with the older tools: a new reader has
  // no cached snapshot.
  const refreshAfter = (route: (ctx: Context) => Promise<void>) => async (ctx: Context) => {
    await route(ctx);
    newest = createSnapshotReader(services);
  };
  const legacyErrors = handleLegacyErrors(services.log);
  router.post("/metrics", legacyErrors, refreshAfter(createRunCounterRoute(services)));
  const template = refreshAfter(createTemplateCounterRoute(services));
  router.get(["/steps", "/jobs"], legacyErrors, template);
  router.post(["/steps", "/jobs"], legacyErrors, template);
  router.post("/save_metrics", legacyErrors, (ctx) => saveMetrics(ctx, services));

  // The template counter served its metrics on every path, in the text format only, so existing scrape targets point here.
  router.get("/", (ctx, next) => {
    const expose = () => exposeMetrics(ctx, services, read, acquire, ["ledger", "server"], "text/plain;version=0.0.4");
    return namesExposition(ctx.get("accept")) ? token(ctx, expose) : next();
  });

  addApi(router, services);
  addPage(router, services);
  addBadge(router, services);

  addHealth(router, services);
  return router;
}
