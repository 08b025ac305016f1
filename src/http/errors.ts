import type { Context, Middleware } from "koa";
import { AppError, messageOf, type ErrorCode } from "../core/errors.ts";
import type { Log } from "../log.ts";
import { safePath } from "../log.ts";

/** The only table from error codes to HTTP. What is not in it is a fault of ours, and worth a retry: 503, never 500. */
const statuses: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  unauthorized: 401,
  not_found: 404,
  too_large: 413,
  unsupported: 415,
  unavailable: 503,
  config: 503,
  schema: 503,
};

/** Seconds; short, because senders that read it (and people with curl) try again at most a few times. */
const retryAfter = "5";

/** Turns whatever was thrown into one JSON answer. */
export function answerErrors(log: Log): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      ctx.body = { error: refuse(ctx, log, error) };
    }
  };
}

/** Sets status and headers for an error, and returns what the client learns: the message of an `AppError`, and no other. */
export function refuse(ctx: Context, log: Log, error: unknown): string {
  const known = error instanceof AppError ? error : undefined;
  ctx.status = known === undefined ? 503 : statuses[known.code];
  if (ctx.status === 401 && !ctx.res.hasHeader("WWW-Authenticate")) ctx.set("WWW-Authenticate", "Bearer");
  if (ctx.status === 413) ctx.set("Connection", "close");
  if (ctx.status === 503) {
    ctx.set("Retry-After", retryAfter);
    log.error({ path: safePath(ctx.url), error: messageOf(error), ...behind(error) }, "request failed");
  }
  return known?.message ?? "the server could not handle the request, try again";
}

/** What lies behind an error of ours; of any other, where it came from. */
function behind(error: unknown): { readonly cause?: string; readonly stack?: string | undefined } {
  if (!(error instanceof AppError)) return error instanceof Error ? { stack: error.stack } : {};
  return error.cause === undefined ? {} : { cause: messageOf(error.cause) };
}
