import type { Router } from "@koa/router";
import type { Context, Middleware } from "koa";
import { AppError } from "../../core/errors.ts";
import { asksForHtml, requireReader } from "../auth.ts";
import { compressResponse } from "../compress-response.ts";
import { setErrorStatus } from "../errors.ts";
import { followPageLink } from "../page-link.ts";
import type { Services } from "../services.ts";
import { renderHtml } from "./html.ts";
import { createPage, isLive, liveParameter } from "./create-page.ts";
import { errorPage } from "./layout.ts";
import { toQuery, viewRoot } from "./links.ts";
import { deliveryView } from "./delivery.ts";
import { deliveryListView } from "./delivery-list.ts";
import { addEvents } from "./events.ts";
import { addFailuresFeed } from "./failures-feed.ts";
import { jobView } from "./job.ts";
import { jobsView } from "./jobs.ts";
import { pipelineView } from "./pipeline.ts";
import { pipelinesView } from "./pipelines.ts";
import { findRunAddress } from "./run-redirect.ts";
import { runView } from "./run.ts";
import { runList } from "./run-list.ts";
import { todayView } from "./today/today.ts";
import { compareView } from "./compare.ts";
import { runnersView } from "./runners.ts";
import { wasteView } from "./waste.ts";
import { refreshPath, refreshScript } from "./refresh.ts";
import { addReplay } from "./replay.ts";
import { sourcesView } from "./sources-view.ts";
import { icon, iconPath, style, stylePath } from "./style.ts";
import { addSignIn, signInPage, signInView } from "./sign-in.ts";
import type { View, ViewRequest } from "./view.ts";

/** No scripts, no external content, no framing: the page shows names that senders chose. */
const policy =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** What a view that refreshes itself needs besides: the script, which is a file of ours, and what it asks for. */
const livePolicy = "script-src 'self'; connect-src 'self'";

const views: readonly View[] = [
  todayView,
  runList,
  runView,
  pipelinesView,
  pipelineView,
  jobsView,
  jobView,
  runnersView,
  wasteView,
  compareView,
  sourcesView,
  deliveryListView,
  deliveryView,
];

/** The views, the style sheet and the icon. */
export function addPage(router: Router, services: Services): void {
  router.get("/", redirectToViews);
  router.get("/ui", (ctx) => redirect(ctx, `.${viewRoot}`));
  // Both contain no data, and browsers may request them without credentials.
  router.get(viewRoot + stylePath, compressResponse, (ctx) => serve(ctx, "text/css", style));
  router.get(viewRoot + iconPath, (ctx) => serve(ctx, "image/svg+xml", icon));
  const page = asPage(services);
  const guards = [compressResponse, page, followPageLink(services.pageToken), requireReader(services)] as const;
  router.get(viewRoot + signInView.path, page, respondWith(services, signInView));
  addSignIn(router, services, page);
  addReplay(router, services, [page, requireReader(services)]);
  router.get(viewRoot + refreshPath, compressResponse, (ctx) => serve(ctx, "text/javascript", refreshScript));
  addEvents(router, services);
  addFailuresFeed(router, services);
  for (const view of views) router.get(viewRoot + view.path, ...guards, respondWith(services, view));
  router.get(`${viewRoot}run`, ...guards, async (ctx) => redirect(ctx, await findRunAddress(ctx, services)));
  router.get(`${viewRoot}{*path}`, ...guards, () => {
    throw new AppError("not_found", "there is no such view");
  });
}

function respondWith(services: Services, { render }: View): (ctx: Context) => Promise<void> {
  return async (ctx) => {
    const request: ViewRequest = { query: readQuery(ctx), path: ctx["params"] as Readonly<Record<string, string>> };
    ctx.body = renderHtml(await render(createPage(ctx, services), request));
  };
}

/** Without empty parameters, which forms send, those that mail programs append to links, and the one of every view. */
function readQuery(ctx: Context): URLSearchParams {
  const given = [...new URLSearchParams(ctx.querystring)];
  const isOwn = (name: string) => !name.startsWith("utm_") && name !== liveParameter;
  return new URLSearchParams(given.filter(([name, value]) => value !== "" && isOwn(name)));
}

/** The list of runs was at `/` with its filter: links that people have shared go on working. */
function redirectToViews(ctx: Context): void {
  const { project, pipeline, result } = ctx.query;
  const filter = toQuery({ project: project?.toString(), pipeline: pipeline?.toString(), result: result?.toString() });
  redirect(ctx, filter === "" ? `.${viewRoot}` : `.${viewRoot}runs${filter}`);
}

/** To a relative URL, and without Koa's body, which repeats the URL. */
function redirect(ctx: Context, location: string): void {
  ctx.status = 302;
  ctx.set("Location", location);
  ctx.set("Cache-Control", "no-store");
  ctx.body = "";
}

function asPage(services: Services): Middleware {
  return async (ctx, next) => {
    ctx.set("Content-Security-Policy", isLive(ctx) ? `${policy}; ${livePolicy}` : policy);
    ctx.set("X-Content-Type-Options", "nosniff");
    // With `no-referrer` browsers would hide the origin of our own forms.
    ctx.set("Referrer-Policy", "same-origin");
    ctx.set("Cross-Origin-Resource-Policy", "same-origin");
    ctx.set("Cache-Control", "no-store");
    ctx.type = "text/html; charset=utf-8";
    try {
      await next();
    } catch (error) {
      const isUnauthorized = error instanceof AppError && error.code === "unauthorized";
      // A program, such as curl: it gets problem details and both challenges.
      if (isUnauthorized && !asksForHtml(ctx)) throw error;
      // With a challenge for `Basic` the browser would ask for a password in a window of its own.
      if (isUnauthorized) ctx.set("WWW-Authenticate", "Bearer");
      const message = setErrorStatus(ctx, services.log, error);
      const shown = createPage(ctx, services);
      const canSignIn = isUnauthorized && services.config.apiTokens().length > 0;
      ctx.body = renderHtml(
        canSignIn
          ? signInPage(shown, ctx.path.slice(viewRoot.length) + ctx.search)
          : errorPage(shown, ctx.status, message),
      );
    }
  };
}

function serve(ctx: Context, type: string, text: string): void {
  ctx.set("Cache-Control", "public, max-age=86400");
  ctx.set("Content-Security-Policy", "default-src 'none'");
  ctx.set("X-Content-Type-Options", "nosniff");
  ctx.type = type;
  ctx.body = text;
}
