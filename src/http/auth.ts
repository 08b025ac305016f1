import type { IncomingMessage } from "node:http";
import type { Middleware } from "koa";
import { isOneOf } from "../adapters/signature.ts";
import type { Config } from "../config.ts";
import { AppError } from "../core/errors.ts";

const loopback = /^(127\.|::1$|::ffff:127\.)/;
const localHost = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/** Headers that say the request comes from somewhere else: through a proxy on this host, or from a page in a browser. */
const foreign = /^(x-forwarded(-.+)?|x-real-ip|forwarded|via|origin)$/;

/**
 * True for a program on this host that speaks to us directly: what may be believed without a secret. A proxy or a
 * browser here also connects from the loopback address, but on behalf of somebody else. An nginx that was told nothing
 * further adds no header, but speaks HTTP/1.0: https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version
 */
export function isLocal(request: IncomingMessage): boolean {
  return (
    loopback.test(request.socket.remoteAddress ?? "") &&
    localHost.test(request.headers.host ?? "") &&
    request.httpVersion !== "1.0" &&
    !Object.keys(request.headers).some((name) => foreign.test(name))
  );
}

/** Asks for `Authorization: Bearer <token>` where tokens are configured; open where none are. */
export function requireToken(tokens: () => readonly string[]): Middleware {
  return async (ctx, next) => {
    const accepted = tokens();
    const given = /^Bearer\s+(.+)$/i.exec(ctx.get("authorization"))?.[1];
    if (accepted.length > 0 && !isOneOf(given, accepted))
      throw new AppError("unauthorized", "a bearer token is required");
    await next();
  };
}

/** What a browser asks a person for, and a program presents. Two lines: not every browser reads several from one. */
const challenges = ["Bearer", 'Basic realm="Pipegauge", charset="UTF-8"'];

/**
 * Lets to the page and the read API who presents a token, as a bearer or as the password of any user, which is what a
 * browser can be made to send. Where no token is configured they are for this host, as a source without a secret is:
 * a secret that lets deliveries in from the network must not let everybody there read what they said.
 */
export function requireReader(config: Pick<Config, "apiTokens" | "allowUnauthenticated">): Middleware {
  return async (ctx, next) => {
    const accepted = config.apiTokens();
    if (accepted.length > 0 && !isOneOf(presentedToken(ctx.get("authorization")), accepted)) {
      ctx.set("WWW-Authenticate", challenges);
      throw new AppError("unauthorized", "a token of PIPEGAUGE_API_TOKEN is required, as bearer or as password");
    }
    if (accepted.length === 0 && !config.allowUnauthenticated && !isLocal(ctx.req)) {
      throw new AppError("unauthorized", "without PIPEGAUGE_API_TOKEN this is for programs on this host: set a token");
    }
    await next();
  };
}

function presentedToken(authorization: string): string | undefined {
  const [, scheme = "", value = ""] = /^(Bearer|Basic)\s+(.+)$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== "basic") return value;
  const userinfo = Buffer.from(value, "base64").toString("utf8");
  return userinfo.slice(userinfo.indexOf(":") + 1);
}
