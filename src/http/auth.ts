import type { IncomingMessage } from "node:http";
import type { Context, Middleware } from "koa";
import { isOneOf } from "../adapters/signature.ts";
import type { Config } from "../config/index.ts";
import { AppError } from "../core/errors.ts";
import { isPublicName } from "./host.ts";
import { hasPageCookie } from "./page-link.ts";
import { hasSession } from "./session.ts";
import type { Services } from "./services.ts";

const loopback = /^(127\.|::1$|::ffff:127\.)/;
const localHost = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/** Headers that show that the request was forwarded by a proxy, or sent by a web page. */
const forwardedHeaders = /^(x-forwarded(-.+)?|x-real-ip|forwarded|via|origin)$/;

/** Whether a request is accepted without a secret: docs/adr/0023-trust-in-this-host-ends-with-the-first-secret.md. */
export function acceptsWithoutSecret(
  { allowUnauthenticated, trustLocal }: Pick<Config, "allowUnauthenticated" | "trustLocal">,
  request: IncomingMessage,
): boolean {
  return allowUnauthenticated || (trustLocal && isLocal(request));
}

/**
 * True if a program on this host sent the request directly, as far as the request shows. Proxies and browsers on this host
 * also connect from the loopback address, but on behalf of others. A proxy with a minimal configuration adds no header, so
 * this is safe in a trial only; older nginx versions then use HTTP/1.0:
 * https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version
 * Browsers send no Origin with image requests, but Sec-Fetch-Site if another site's page made them:
 * https://www.w3.org/TR/fetch-metadata/
 */
function isLocal(request: IncomingMessage): boolean {
  return (
    loopback.test(request.socket.remoteAddress ?? "") &&
    localHost.test(request.headers.host ?? "") &&
    request.httpVersion !== "1.0" &&
    !/^(cross-site|same-site)$/.test(request.headers["sec-fetch-site"]?.toString() ?? "") &&
    !Object.keys(request.headers).some((name) => forwardedHeaders.test(name) && !isOwnOrigin(name, request))
  );
}

/** A form of our own page: browsers send its origin with a POST. */
function isOwnOrigin(name: string, { headers }: IncomingMessage): boolean {
  return name === "origin" && headers.origin === `http://${headers.host ?? ""}`;
}

/**
 * Requires `Authorization: Bearer <token>` if tokens are configured. A trial accepts no public host names: with DNS
 * rebinding a website could point its name at this host and read the response in a browser here.
 */
export function requireToken(config: Pick<Config, "metricsTokens" | "isTrial">): Middleware {
  return async (ctx, next) => {
    const accepted = config.metricsTokens();
    const given = /^Bearer\s+(.+)$/i.exec(ctx.get("authorization"))?.[1];
    if (accepted.length > 0 && !isOneOf(given, accepted))
      throw new AppError(
        "unauthorized",
        "bearer token required: send Authorization: Bearer with the token of PIPEGAUGE_METRICS_TOKEN",
      );
    if (config.isTrial && isPublicName(ctx.get("host")))
      throw new AppError(
        "unauthorized",
        "only local host names are accepted without PIPEGAUGE_METRICS_TOKEN: set it, or request by address",
      );
    await next();
  };
}

/** `WWW-Authenticate`, as two header lines: not every browser parses two challenges in one line. */
const challenges = ["Bearer", 'Basic realm="Pipegauge", charset="UTF-8"'];

type ReaderServices = Pick<Services, "config" | "pageToken" | "clock">;

/** How a reader proved to be one: by a token, by a cookie after it was signed in, as a program of this host, or not at all. */
export type ReaderProof = "token" | "session" | "local" | "none";

/**
 * Protects the page and the read API. The token is sent as bearer token, as Basic password, or in a cookie: of a browser that has
 * signed in, or that followed the link printed at startup. Without configured tokens the rule of sources without a secret applies:
 * a webhook secret alone must not open the stored data to everyone.
 */
export function requireReader(services: ReaderServices): Middleware {
  return async (ctx, next) => {
    ctx.state["readerProof"] = proveReader(ctx, services);
    await next();
  };
}

/** How the reader of this request was proved. */
export function getReaderProof(ctx: Context): ReaderProof {
  return (ctx.state["readerProof"] as ReaderProof | undefined) ?? "none";
}

/** Whether the request names the type as one that it accepts: a browser does, `curl` accepts anything. */
export function asksForHtml(ctx: Context): boolean {
  return /\btext\/html\b/i.test(ctx.get("accept"));
}

function proveReader(ctx: Context, { config, pageToken, clock }: ReaderServices): ReaderProof {
  const accepted = pageToken === undefined ? config.apiTokens() : [...config.apiTokens(), pageToken];
  if (accepted.length === 0) {
    if (config.trustLocal && isLocal(ctx.req)) return "local";
    if (config.allowUnauthenticated) return "none";
    throw new AppError("unauthorized", config.trustLocal ? localOnly : closed);
  }
  if (isOneOf(readPresentedToken(ctx.get("authorization")), accepted)) return "token";
  if (hasPageCookie(ctx, pageToken)) return "token";
  if (hasSession(ctx, config.apiTokens(), clock())) return "session";
  ctx.set("WWW-Authenticate", challenges);
  throw new AppError("unauthorized", config.apiTokens().length > 0 ? tokenRequired : linkRequired);
}

const tokenRequired = "API token required (PIPEGAUGE_API_TOKEN): send it as bearer token or as Basic password";
const linkRequired = "open the link printed at startup, or set PIPEGAUGE_API_TOKEN";
const localOnly = "only requests from this host are accepted without PIPEGAUGE_API_TOKEN: set it";
const closed = "no requests are accepted without PIPEGAUGE_API_TOKEN: set it";

function readPresentedToken(authorization: string): string | undefined {
  const [, scheme = "", value = ""] = /^(Bearer|Basic)\s+(.+)$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== "basic") return value;
  const userinfo = Buffer.from(value, "base64").toString("utf8");
  return userinfo.slice(userinfo.indexOf(":") + 1);
}
