import type { Context } from "koa";

/** Cookies are shared by all ports of a host, so the name contains the port: servers must not overwrite each other's. */
export function namePortCookie({ req }: Context, name: string): string {
  return `${name}_${req.socket.localPort ?? 0}`;
}

/** Whether the browser reached the server by HTTPS, which a proxy in front terminates. */
export function isHttps(ctx: Context): boolean {
  return ctx.get("x-forwarded-proto").split(",")[0]?.trim().toLowerCase() === "https";
}
