import type { Context } from "koa";
import { AppError } from "../core/errors.ts";
import { readBody } from "./body.ts";
import type { Services } from "./services.ts";

/** Our forms have a few short fields. */
const formMaxBytes = 16_384;

/**
 * Reads a form that a page of this server sent. Throws `forbidden` where another site made the browser send it, `unsupported` for what is
 * no form, and `too_large`.
 */
export async function readOwnForm(ctx: Context, { bodies }: Pick<Services, "bodies">): Promise<URLSearchParams> {
  if (!isFromOwnPage(ctx))
    throw new AppError(
      "forbidden",
      "the form was not sent from a page of this server: open the page and send it there",
    );
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(ctx.get("content-type")))
    throw new AppError("unsupported", "a form is expected: Content-Type application/x-www-form-urlencoded");
  const body = await readBody(ctx, { maxBytes: formMaxBytes, budget: bodies });
  return new URLSearchParams(body.toString("utf8"));
}

/**
 * Every browser sends `Origin` with a POST, and those of today `Sec-Fetch-Site`, but over plain HTTP only to this host:
 * https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header, https://fetch.spec.whatwg.org/#origin-header. A proxy may change `Host` and
 * name the one that the browser asked for in `X-Forwarded-Host`, which no form of another site can set.
 */
function isFromOwnPage(ctx: Context): boolean {
  const site = ctx.get("sec-fetch-site");
  if (site !== "") return site === "same-origin";
  const origin = ctx.get("origin");
  if (!URL.canParse(origin)) return false;
  const { host } = new URL(origin);
  const forwarded = ctx.get("x-forwarded-host").split(",")[0]?.trim() ?? "";
  return [ctx.get("host"), forwarded].some((name) => isSameHost(host, name, origin));
}

/** `URL` leaves out the default port of the scheme. */
function isSameHost(host: string, name: string, origin: string): boolean {
  const scheme = origin.startsWith("https:") ? "https" : "http";
  return name !== "" && URL.canParse(`${scheme}://${name}`) && new URL(`${scheme}://${name}`).host === host;
}
