import type { Router } from "@koa/router";
import type { Context, Middleware } from "koa";
import { AppError } from "../../core/errors.ts";
import { requireReader } from "../auth.ts";
import { setErrorStatus } from "../errors.ts";
import { followPageLink } from "../page-link.ts";
import type { Services } from "../services.ts";
import { renderHtml } from "./html.ts";
import { errorPage } from "./layout.ts";
import { createLinks, toQuery, viewRoot } from "./links.ts";
import { jobView } from "./job.ts";
import { jobsView } from "./jobs.ts";
import { overview } from "./overview.ts";
import { pipelineView } from "./pipeline.ts";
import { pipelinesView } from "./pipelines.ts";
import { runView } from "./run.ts";
import { runList } from "./run-list.ts";
import { icon, iconPath, style, stylePath } from "./style.ts";
import type { Page, View } from "./view.ts";

/** No scripts, no external content, no framing: the page shows names that senders chose. */
const policy =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const views: readonly View[] = [overview, runList, runView, pipelinesView, pipelineView, jobsView, jobView];

/** The views, the style sheet and the icon. */
export function addPage(router: Router, services: Services): void {
  const { config, pageToken } = services;
  router.get("/", redirectToViews);
  router.get("/ui", (ctx) => redirect(ctx, `.${viewRoot}`));
  // Both contain no data, and browsers may request them without credentials.
  router.get(viewRoot + stylePath, (ctx) => serve(ctx, "text/css", style));
  router.get(viewRoot + iconPath, (ctx) => serve(ctx, "image/svg+xml", icon));
  const guards = [asPage(services), followPageLink(pageToken), requireReader(config, pageToken)] as const;
  for (const { path, render } of views) {
    router.get(viewRoot + path, ...guards, async (ctx) => {
      const query = new URLSearchParams([...new URLSearchParams(ctx.querystring)].filter(([, value]) => value !== ""));
      const request = { query, path: ctx["params"] as Readonly<Record<string, string>> };
      ctx.body = renderHtml(await render(createPage(ctx, services), request));
    });
  }
  router.get(`${viewRoot}{*path}`, ...guards, () => {
    throw new AppError("not_found", "there is no such view");
  });
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

function createPage(ctx: Context, services: Services): Page {
  return { services, links: createLinks(ctx.path), now: services.clock(), base: getBaseUrl(ctx) };
}

/** The base URL that the page was opened with; `/` if the Host header is not a valid host. */
function getBaseUrl(ctx: Context): string {
  const host = /^(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i.test(ctx.host) ? ctx.host : "";
  const scheme = ctx.get("x-forwarded-proto") === "https" ? "https" : "http";
  return host === "" ? "/" : `${scheme}://${host}/`;
}

function asPage(services: Services): Middleware {
  return async (ctx, next) => {
    ctx.set("Content-Security-Policy", policy);
    ctx.set("X-Content-Type-Options", "nosniff");
    ctx.set("Referrer-Policy", "no-referrer");
    ctx.set("Cross-Origin-Resource-Policy", "same-origin");
    ctx.set("Cache-Control", "no-store");
    ctx.type = "text/html; charset=utf-8";
    try {
      await next();
    } catch (error) {
      const message = setErrorStatus(ctx, services.log, error);
      ctx.body = renderHtml(errorPage(createPage(ctx, services), ctx.status, message));
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
