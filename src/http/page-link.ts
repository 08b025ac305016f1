import { randomBytes } from "node:crypto";
import type { Context, Middleware } from "koa";
import { isSameSecret } from "../adapters/signature.ts";
import { namePortCookie } from "./cookies.ts";

/**
 * A token for the link that is printed at startup on a terminal if no token is configured, as Jupyter does:
 * https://jupyter-server.readthedocs.io/en/latest/operators/security.html. It opens the page and the read API until the
 * process ends.
 */
export function createPageToken(): string {
  return randomBytes(24).toString("base64url");
}

/**
 * Moves the link's token into a cookie that scripts cannot read and other sites cannot send, and redirects the browser to
 * the page, so that the token does not stay in the address bar.
 */
export function followPageLink(pageToken: string | undefined): Middleware {
  return async (ctx, next) => {
    const given = ctx.query["token"];
    if (pageToken === undefined || typeof given !== "string" || !isSameSecret(given, pageToken)) {
      await next();
      return;
    }
    ctx.set("Set-Cookie", `${getCookieName(ctx)}=${pageToken}; Path=/; HttpOnly; SameSite=Strict`);
    ctx.status = 303;
    // Not Koa's redirect, which repeats the URL in the response body.
    ctx.set("Location", "./");
    ctx.body = "";
  };
}

/** Whether the request has the cookie that the link set. */
export function hasPageCookie(ctx: Context, pageToken: string | undefined): boolean {
  const given = pageToken === undefined ? undefined : ctx.cookies.get(getCookieName(ctx));
  return given !== undefined && pageToken !== undefined && isSameSecret(given, pageToken);
}

function getCookieName(ctx: Context): string {
  return namePortCookie(ctx, "pipegauge");
}
