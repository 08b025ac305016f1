import { Router } from "@koa/router";
import Koa, { type Context, type Middleware } from "koa";
import { addApi } from "./api/routes.ts";
import { requireReader, requireToken } from "./auth.ts";
import { readAddress } from "./connections.ts";
import { refuseTwoHosts } from "./host.ts";
import { answerErrors } from "./errors.ts";
import { addExporters } from "./exporters.ts";
import { answerAlive, readiness } from "./health.ts";
import { watchHosts } from "./hosts.ts";
import { createRunCounterRoute } from "./legacy/run-counter.ts";
import { saveMetrics } from "./legacy/save-metrics.ts";
import { createTemplateCounterRoute } from "./legacy/template-counter.ts";
import { namesExposition } from "../metrics/negotiate.ts";
import { exposeMetrics, expositionLimits, createSnapshotReader } from "./metrics.ts";
import { refusedRetryAfter } from "./refusals.ts";
import type { Services } from "./services.ts";
import { createConcurrencyLimit } from "./concurrency-limit.ts";
import { addPage } from "./ui/routes.ts";
import { answerHandshake, receiveDelivery } from "./webhooks.ts";

/** The whole HTTP face, built from its parts; it does not listen. */
export function buildApp(services: Services): Koa {
  const app = new Koa();
  app.silent = true;
  // A router looks at each of its routes for each request, so what comes most often has one to itself.
  const webhooks = webhookRoutes(services);
  const router = routes(services);
  app.use(async (ctx, next) => {
    try {
      await next();
    } finally {
      // A connection that was broken on purpose got no answer.
      if (ctx.respond !== false) services.metrics.answered(ctx.status);
      // Tells keep-alive clients to go elsewhere while this process drains.
      if (!services.accepting()) ctx.set("Connection", "close");
    }
  });
  app.use(slowDownRefused(services));
  app.use(answerErrors(services.log));
  app.use(refuseTwoHosts);
  app.use(webhooks.routes());
  app.use(router.routes());
  app.use(router.allowedMethods());
  return app;
}

/** Health alone, for a port of its own: a flood of the other one must not look like a process that hangs. */
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
  const ready = readiness(services);
  router.get(["/healthz", "/-/healthy"], answerAlive);
  router.get(["/readyz", "/-/ready"], ready);
}

/** Who is refused again and again is told to wait. Who proves to be a sender never is, also behind the same proxy. */
function slowDownRefused({ refusals }: Services): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.status !== 401 || !refusals.tooMany(readAddress(ctx.req.socket))) return;
    ctx.body = { error: "too many unauthorized requests from this address, retry after the Retry-After delay" };
    ctx.status = 429;
    ctx.set("Retry-After", String(refusedRetryAfter));
  };
}

function webhookRoutes(services: Services): Router {
  // Senders' forms may add a slash; case is never theirs to change.
  const router = new Router({ sensitive: true });
  const hosts = watchHosts(services.log);
  router.post("/webhooks/:source", (ctx) => receiveDelivery(ctx, services, ctx.params["source"] ?? "", hosts));
  router.options("/webhooks/:source", (ctx) => answerHandshake(ctx, services, ctx.params["source"] ?? ""));
  return router;
}

function routes(services: Services): Router {
  // What a proxy forbids by its exact path must not answer under another spelling.
  const router = new Router({ sensitive: true, strict: true });
  let newest = createSnapshotReader(services);
  const read = () => newest();
  const token = requireToken(services.config);
  const acquire = createConcurrencyLimit(expositionLimits);
  router.get("/metrics", token, (ctx) => exposeMetrics(ctx, services, read, acquire, ["ledger", "server"]));
  router.get("/metrics/ledger", token, (ctx) => exposeMetrics(ctx, services, read, acquire, ["ledger"]));
  router.get("/metrics/server", token, (ctx) => exposeMetrics(ctx, services, read, acquire, ["server"]));
  const reader = requireReader(services.config, services.pageToken);
  addExporters(router, services, services.exporters, { scraper: token, reader });

  // What an older API has acknowledged is in the next scrape, as it was with the older tools.
  const shown = (route: (ctx: Context) => Promise<void>) => async (ctx: Context) => {
    await route(ctx);
    newest = createSnapshotReader(services);
  };
  router.post("/metrics", shown(createRunCounterRoute(services)));
  const template = shown(createTemplateCounterRoute(services));
  router.get(["/steps", "/jobs"], template);
  router.post(["/steps", "/jobs"], template);
  router.post("/save_metrics", (ctx) => saveMetrics(ctx, services));

  // A target of the template counter's is scraped here: it showed its metrics on every path, in text alone.
  router.get("/", (ctx, next) => {
    const expose = () => exposeMetrics(ctx, services, read, acquire, ["ledger", "server"], "text/plain;version=0.0.4");
    return namesExposition(ctx.get("accept")) ? token(ctx, expose) : next();
  });

  addApi(router, services);
  addPage(router, services);

  addHealth(router, services);
  return router;
}
