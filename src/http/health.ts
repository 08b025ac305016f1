import type { Context } from "koa";
import { withTimeout } from "../core/with-timeout.ts";
import type { Services } from "./services.ts";

/** The result of a database check is cached this long, so that probes cause little load. Milliseconds. */
const cacheMillis = 1000;

/** Longer than a healthy database needs, shorter than most probes wait. Milliseconds. */
const pingTimeoutMillis = 2000;

/** Liveness: the event loop runs. No database access, or a database outage would restart every replica. */
export function respondAlive(ctx: Context): void {
  ctx.body = { status: "alive" };
}

/** Readiness: not stopping, the database can be read, and recent deliveries could be written. */
export function createReadinessCheck({ store, ledger, accepting }: Services): (ctx: Context) => Promise<void> {
  let freshUntil = 0;
  let check: Promise<boolean> | undefined;
  const canRead = () => {
    if (check === undefined || performance.now() >= freshUntil) {
      freshUntil = performance.now() + cacheMillis;
      check = withTimeout(store.ping(), pingTimeoutMillis, () => new Error("no answer")).then(
        () => true,
        () => false,
      );
    }
    return check;
  };
  return async (ctx) => {
    if (!accepting()) respond(ctx, 503, { status: "stopping" });
    else if (!(await canRead())) respond(ctx, 503, { status: "not ready", reason: "the database does not answer" });
    else if (!ledger.isWritable()) respond(ctx, 503, { status: "not ready", reason: "deliveries cannot be written" });
    else respond(ctx, 200, { status: "ready" });
  };
}

function respond(ctx: Context, status: number, body: object): void {
  ctx.status = status;
  ctx.body = body;
}
