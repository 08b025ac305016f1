import type { Router } from "@koa/router";
import type { Context, Middleware } from "koa";
import { requireReader } from "../auth.ts";
import { setErrorStatus } from "../errors.ts";
import { followPageLink } from "../page-link.ts";
import type { Services } from "../services.ts";
import { renderHtml } from "./html.ts";
import { errorPage } from "./layout.ts";
import { renderPage } from "./page.ts";
import { icon, style, stylePath } from "./style.ts";

/** No scripts, no external content, no framing: the page shows names that senders chose. */
const policy =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** The page, its style sheet and its icon. */
export function addPage(router: Router, services: Services): void {
  const { config, pageToken } = services;
  router.get("/", asPage(services), followPageLink(pageToken), requireReader(config, pageToken), async (ctx) => {
    ctx.body = renderHtml(await renderPage(ctx, services));
  });
  // Both contain no data, and browsers may request them without credentials.
  router.get(`/${stylePath}`, (ctx) => serve(ctx, "text/css", style));
  router.get("/icon.svg", (ctx) => serve(ctx, "image/svg+xml", icon));
}

function asPage({ log }: Services): Middleware {
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
      const message = setErrorStatus(ctx, log, error);
      ctx.body = renderHtml(errorPage(ctx.status, message));
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
