import type { IncomingMessage } from "node:http";
import type { Middleware } from "koa";
import { isOneOf } from "../adapters/signature.ts";
import type { Config } from "../config/index.ts";
import { AppError } from "../core/errors.ts";
import { isPublicName } from "./host.ts";
import { hasPageCookie } from "./page-link.ts";

const loopback = /^(127\.|::1$|::ffff:127\.)/;
const localHost = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/** Headers that say the request comes from somewhere else: through a proxy on this host, or from a page in a browser. */
const foreign = /^(x-forwarded(-.+)?|x-real-ip|forwarded|via|origin)$/;

/**
 * Whether this sender is believed without a secret. See docs/adr/0023-trust-in-this-host-ends-with-the-first-secret.md.
 */
export function believesWithoutSecret(
  { allowUnauthenticated, trustLocal }: Pick<Config, "allowUnauthenticated" | "trustLocal">,
  request: IncomingMessage,
): boolean {
  return allowUnauthenticated || (trustLocal && isLocal(request));
}

/**
 * True for a program on this host that speaks to us directly, as far as a request can tell. A proxy or a browser here
 * also connects from the loopback address, but on behalf of somebody else; a proxy that was told nothing further may add
 * no header at all, so this is good for a trial only. An older nginx speaks HTTP/1.0 then:
 * https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version
 * A browser sends no Origin with an image, but says that a page from elsewhere asks: https://www.w3.org/TR/fetch-metadata/
 */
function isLocal(request: IncomingMessage): boolean {
  return (
    loopback.test(request.socket.remoteAddress ?? "") &&
    localHost.test(request.headers.host ?? "") &&
    request.httpVersion !== "1.0" &&
    !/^(cross-site|same-site)$/.test(request.headers["sec-fetch-site"]?.toString() ?? "") &&
    !Object.keys(request.headers).some((name) => foreign.test(name))
  );
}

/**
 * Asks for `Authorization: Bearer <token>` where tokens are configured; open where none are. In a trial not for a page
 * from elsewhere: its server may give its own name this host's address, and so read what a browser here is answered.
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

/** What a browser asks a person for, and a program presents. Two lines: not every browser reads several from one. */
const challenges = ["Bearer", 'Basic realm="Pipegauge", charset="UTF-8"'];

type ReaderConfig = Pick<Config, "apiTokens" | "allowUnauthenticated" | "trustLocal">;

/**
 * Lets to the page and the read API who presents a token, as a bearer, as the password of any user, which is what a
 * browser can be made to send, or in the cookie that the link of a terminal leaves. Where there is no token they answer
 * whom a source without a secret believes: a secret that lets deliveries in must not let everybody read what they said.
 */
export function requireReader(config: ReaderConfig, pageToken: string | undefined): Middleware {
  return async (ctx, next) => {
    const accepted = pageToken === undefined ? config.apiTokens() : [...config.apiTokens(), pageToken];
    if (accepted.length === 0) {
      if (believesWithoutSecret(config, ctx.req)) return next();
      throw new AppError("unauthorized", config.trustLocal ? localOnly : nobody);
    }
    if (isOneOf(presentedToken(ctx.get("authorization")), accepted) || hasPageCookie(ctx, pageToken)) return next();
    ctx.set("WWW-Authenticate", challenges);
    throw new AppError("unauthorized", config.apiTokens().length > 0 ? tokenRequired : linkRequired);
  };
}

const tokenRequired = "API token required (PIPEGAUGE_API_TOKEN): send it as bearer token or as Basic password";
const linkRequired = "open the link printed at startup, or set PIPEGAUGE_API_TOKEN";
const localOnly = "only requests from this host are accepted without PIPEGAUGE_API_TOKEN: set it";
const nobody = "no requests are accepted without PIPEGAUGE_API_TOKEN: set it";

function presentedToken(authorization: string): string | undefined {
  const [, scheme = "", value = ""] = /^(Bearer|Basic)\s+(.+)$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== "basic") return value;
  const userinfo = Buffer.from(value, "base64").toString("utf8");
  return userinfo.slice(userinfo.indexOf(":") + 1);
}
