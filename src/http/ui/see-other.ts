import type { Context } from "koa";

/** The next page is asked for by GET. Not Koa's redirect, which repeats the URL in the body. */
export function seeOther(ctx: Context, location: string): void {
  ctx.status = 303;
  ctx.set("Location", location);
  ctx.body = "";
}
