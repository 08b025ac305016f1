import type { Context } from "koa";
import { isOneOf } from "../../adapters/signature.ts";
import type { Config } from "../../config/index.ts";
import { acceptsWithoutSecret } from "../auth.ts";

/** The texts of the older tool, because its senders may check for them. */
const wrongForm = 'The Authorization header must be provided in the format of "PRPC <pre-shared key>"';
const wrongKey = "The provided pre-shared key is incorrect";
const keyRequired =
  'pre-shared key required (PRPC_PSK): send it as "Authorization: PRPC <key>", as the password in the URL, or as ?token=';
const localOnly =
  "only requests from this host are accepted without a pre-shared key: set PRPC_PSK, or PIPEGAUGE_ALLOW_UNAUTHENTICATED=true";
const closed =
  "no requests are accepted without a pre-shared key: set PRPC_PSK, or PIPEGAUGE_TRUST_LOCAL=true for requests from this host";

type KeyConfig = Pick<Config, "legacyKeys" | "allowUnauthenticated" | "trustLocal">;

/** For an older API that always required the key: why the request is rejected; `undefined`: it is accepted. */
export function checkKey(ctx: Context, config: KeyConfig): string | undefined {
  const keys = config.legacyKeys();
  if (keys.length === 0) return checkWithoutKey(ctx, config);
  const given = readPresentedKey(ctx);
  if (given === undefined) return wrongForm;
  return isOneOf(given, keys) ? undefined : wrongKey;
}

/**
 * Accepts `Authorization: PRPC <key>`, which the run counter's senders send; a Basic password, which clients send for a URL
 * with userinfo (curl, python-requests, Go); and `?token=`. Senders of the other tools have no setting for a header, only
 * for the URL.
 */
function readPresentedKey(ctx: Context): string | undefined {
  const authorization = ctx.get("authorization");
  const [, plain, basic] = /^(?:PRPC (.+)|basic +(\S+))$/is.exec(authorization) ?? [];
  if (plain !== undefined) return authorization.startsWith("PRPC ") ? plain : undefined;
  if (basic !== undefined) {
    const userinfo = Buffer.from(basic, "base64").toString("utf8");
    return userinfo.slice(userinfo.indexOf(":") + 1);
  }
  return authorization === "" ? (new URLSearchParams(ctx.querystring).get("token") ?? undefined) : undefined;
}

/**
 * For an older API that never had a key: a presented key must be right, and a request without one is accepted where a
 * source without a secret would accept it.
 */
export function checkOptionalKey(ctx: Context, config: KeyConfig): string | undefined {
  const isPresented = ctx.get("authorization") !== "" || readPresentedKey(ctx) !== undefined;
  return isPresented && config.legacyKeys().length > 0 ? checkKey(ctx, config) : checkWithoutKey(ctx, config);
}

function checkWithoutKey({ req }: Context, config: KeyConfig): string | undefined {
  if (acceptsWithoutSecret(config, req)) return undefined;
  if (config.legacyKeys().length > 0) return keyRequired;
  return config.trustLocal ? localOnly : closed;
}

/** Sends the 401 of the older tool. */
export function respondUnauthorized(ctx: Context, error: string): void {
  ctx.status = 401;
  ctx.set("WWW-Authenticate", "PRPC");
  ctx.body = { error };
}
