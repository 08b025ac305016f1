import type { Context } from "koa";
import { isOneOf } from "../../adapters/signature.ts";
import type { Config } from "../../config/index.ts";
import { believesWithoutSecret } from "../auth.ts";

/** The older tool's own words: its senders may look for them. */
const wrongForm = 'The Authorization header must be provided in the format of "PRPC <pre-shared key>"';
const wrongKey = "The provided pre-shared key is incorrect";
const presentIt =
  'pre-shared key required (PRPC_PSK): send it as "Authorization: PRPC <key>", as the password in the URL, or as ?token=';
const localOnly =
  "only requests from this host are accepted without a pre-shared key: set PRPC_PSK, or PIPEGAUGE_ALLOW_UNAUTHENTICATED=true";
const nobody =
  "no requests are accepted without a pre-shared key: set PRPC_PSK, or PIPEGAUGE_TRUST_LOCAL=true for requests from this host";

type KeyConfig = Pick<Config, "legacyKeys" | "allowUnauthenticated" | "trustLocal">;

/** Why a sender of an older API that always asked for its key must be refused; `undefined`: it is believed. */
export function checkKey(ctx: Context, config: KeyConfig): string | undefined {
  const keys = config.legacyKeys();
  if (keys.length === 0) return checkWithoutKey(ctx, config);
  const given = readPresentedKey(ctx);
  if (given === undefined) return wrongForm;
  return isOneOf(given, keys) ? undefined : wrongKey;
}

/**
 * As `Authorization: PRPC <key>`, as the run counter's senders do; as the password of any user, which is what every client
 * makes of a URL with userinfo (curl, python-requests, Go); or as `?token=`. The senders of the other tools cannot be told
 * to send a header, but they can be given an address.
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
 * The same for an older API that never had a key: who presents one must hold it, and who presents none is believed where a
 * source without a secret would be.
 */
export function checkOptionalKey(ctx: Context, config: KeyConfig): string | undefined {
  const isShown = ctx.get("authorization") !== "" || readPresentedKey(ctx) !== undefined;
  return isShown && config.legacyKeys().length > 0 ? checkKey(ctx, config) : checkWithoutKey(ctx, config);
}

function checkWithoutKey({ req }: Context, config: KeyConfig): string | undefined {
  if (believesWithoutSecret(config, req)) return undefined;
  if (config.legacyKeys().length > 0) return presentIt;
  return config.trustLocal ? localOnly : nobody;
}

/** Answers 401 as the older tool did. */
export function answerUnauthorized(ctx: Context, error: string): void {
  ctx.status = 401;
  ctx.set("WWW-Authenticate", "PRPC");
  ctx.body = { error };
}
