import { randomBytes } from "node:crypto";
import type { Context, Middleware } from "koa";
import { sameSecret } from "../adapters/signature.ts";

/**
 * The link that a start on a terminal prints where no token is configured, as notebook servers do
 * (https://jupyter-server.readthedocs.io/en/latest/operators/security.html): its token opens the page and the read API
 * of this process, and ends with it.
 */
export function newPageToken(): string {
  return randomBytes(24).toString("base64url");
}

/**
 * Takes the token of the link out of the address at once: it goes into a cookie that no script can read and no other site
 * can have sent, and the browser is led to the page without it.
 */
export function followPageLink(pageToken: string | undefined): Middleware {
  return async (ctx, next) => {
    const given = ctx.query["token"];
    if (pageToken === undefined || typeof given !== "string" || !sameSecret(given, pageToken)) {
      await next();
      return;
    }
    ctx.set("Set-Cookie", `${cookieName(ctx)}=${pageToken}; Path=/; HttpOnly; SameSite=Strict`);
    ctx.status = 303;
    // Not Koa's redirect: it writes the address into a body, and this one must not leave.
    ctx.set("Location", "./");
    ctx.body = "";
  };
}

/** Whether the browser brings the cookie that the link has left. */
export function hasPageCookie(ctx: Context, pageToken: string | undefined): boolean {
  const given = pageToken === undefined ? undefined : ctx.cookies.get(cookieName(ctx));
  return given !== undefined && pageToken !== undefined && sameSecret(given, pageToken);
}

/** Cookies know no ports, so the name has it: several servers on a host must not take each other's away. */
function cookieName({ req }: Context): string {
  return `pipegauge_${req.socket.localPort ?? 0}`;
}
