import { STATUS_CODES } from "node:http";
import type { Context, Middleware } from "koa";
import { AppError, readMessage, type ErrorCode } from "../core/errors.ts";
import type { Log } from "../log.ts";
import { maskPath } from "../log.ts";

/** The only mapping of error codes to status codes. Any other error is a bug of ours and may be temporary: 503, never 500. */
const statuses: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  too_large: 413,
  unsupported: 415,
  unavailable: 503,
  usage: 503,
  unreachable: 503,
  config: 503,
  schema: 503,
};

/** Seconds. Short, because senders that respect it retry only a few times. */
const retryAfter = "5";

/** Turns every thrown error, and every path or method that no route has, into a JSON response. */
export function handleErrors(log: Log): Middleware {
  return async (ctx, next) => {
    try {
      await next();
      respondToUnrouted(ctx);
    } catch (error) {
      setProblem(ctx, setErrorStatus(ctx, log, error));
    }
  };
}

/** The same for the APIs of the older tools, whose senders know `{"error": "…"}` alone. */
export function handleLegacyErrors(log: Log): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      ctx.body = { error: setErrorStatus(ctx, log, error) };
    }
  };
}

function respondToUnrouted(ctx: Context): void {
  // `respond` is false where the connection was closed without a response.
  if (ctx.respond === false || (ctx.body ?? "") !== "") return;
  if (ctx.status === 404) setProblem(ctx, "no route has this path");
  if (ctx.status === 405) setProblem(ctx, `${ctx.method} is not allowed here: the Allow header lists what is`);
  if (ctx.status === 501) setProblem(ctx, `${ctx.method} is not supported`);
}

/**
 * Problem details: https://www.rfc-editor.org/rfc/rfc9457. The problem types are those of HTTP, so `type` is `about:blank` and
 * `title` the phrase of the status. `error` repeats `detail` for clients that read it.
 */
export function setProblem(ctx: Context, detail: string): void {
  const { status } = ctx;
  ctx.body = { type: "about:blank", title: STATUS_CODES[status] ?? "Error", status, detail, error: detail };
  // Setting a body sets the status of a response that had none.
  ctx.status = status;
  ctx.type = "application/problem+json";
}

/** Sets status and headers for an error and returns the message for the client. Only messages of an `AppError` are shown. */
export function setErrorStatus(ctx: Context, log: Log, error: unknown): string {
  const appError = error instanceof AppError ? error : undefined;
  ctx.status = appError === undefined ? 503 : statuses[appError.code];
  if (ctx.status === 401 && !ctx.res.hasHeader("WWW-Authenticate")) ctx.set("WWW-Authenticate", "Bearer");
  if (ctx.status === 413) ctx.set("Connection", "close");
  if (ctx.status === 503) {
    ctx.set("Retry-After", retryAfter);
    log.error({ path: maskPath(ctx.url), error: readMessage(error), ...describeCause(error) }, "request failed");
  }
  return appError?.message ?? "the server could not handle the request, try again";
}

/** The cause of an `AppError`; the stack of any other error. */
function describeCause(error: unknown): { readonly cause?: string; readonly stack?: string | undefined } {
  if (!(error instanceof AppError)) return error instanceof Error ? { stack: error.stack } : {};
  return error.cause === undefined ? {} : { cause: readMessage(error.cause) };
}
