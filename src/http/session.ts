import { createHmac, hkdfSync } from "node:crypto";
import type { Context } from "koa";
import { isSameSecret } from "../adapters/signature.ts";
import type { Millis } from "../core/time.ts";
import { isHttps, namePortCookie } from "./cookies.ts";

/** How long a browser stays signed in. */
const sessionSeconds = 7 * 24 * 3600;

/**
 * Signs a browser in: docs/adr/0052-a-browser-signs-in-with-a-cookie-made-of-the-token.md. The cookie holds the end of the session and its
 * signature by a key that follows from the token, so nothing is stored, and a token that is removed ends its sessions.
 */
export function startSession(ctx: Context, token: string, now: Millis): void {
  const end = Math.floor(now / 1000) + sessionSeconds;
  setCookie(ctx, `${end}.${sign(token, end)}`, sessionSeconds);
}

/** Removes the cookie from the browser. */
export function endSession(ctx: Context): void {
  setCookie(ctx, "", 0);
}

/** Whether the request has a cookie that one of these tokens signed and that has not ended. */
export function hasSession(ctx: Context, tokens: readonly string[], now: Millis): boolean {
  const [, end = "", signature = ""] = /^(\d{1,12})\.(.{1,64})$/.exec(ctx.cookies.get(nameCookie(ctx)) ?? "") ?? [];
  if (end === "" || Number(end) * 1000 <= now) return false;
  let found = false;
  // All are compared, so that the time does not reveal which one matches.
  for (const token of tokens) found = isSameSecret(signature, sign(token, Number(end))) || found;
  return found;
}

function sign(token: string, end: number): string {
  const key = Buffer.from(hkdfSync("sha256", token, "", "pipegauge session", 32));
  return createHmac("sha256", key).update(String(end)).digest("base64url");
}

/**
 * For all paths of the host, because the server does not know the prefix that a proxy puts before its own. `Lax`: a link to a view that is
 * opened from a chat must work, and no GET of this server changes anything.
 */
function setCookie(ctx: Context, value: string, maxAge: number): void {
  const secure = isHttps(ctx) ? "; Secure" : "";
  ctx.set("Set-Cookie", `${nameCookie(ctx)}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`);
}

function nameCookie(ctx: Context): string {
  return namePortCookie(ctx, "pipegauge_session");
}
