import type { Context } from "koa";
import { withTimeout } from "../core/with-timeout.ts";
import type { Services } from "./services.ts";

/** How long one look at the database serves: probes must not become a load. */
const freshMillis = 1000;

/** Longer than a database that works ever takes, shorter than most probes wait. */
const answerMillis = 2000;

/** Liveness: the event loop answers. It never touches the database, or a database outage would restart every replica. */
export function answerAlive(ctx: Context): void {
  ctx.body = { status: "alive" };
}

/** Readiness: not stopping, the database answers, and the latest deliveries could be written to it. */
export function readiness({ store, ledger, accepting }: Services): (ctx: Context) => Promise<void> {
  let freshUntil = 0;
  let reading: Promise<boolean> | undefined;
  const canRead = () => {
    if (reading === undefined || performance.now() >= freshUntil) {
      freshUntil = performance.now() + freshMillis;
      reading = withTimeout(store.ping(), answerMillis, () => new Error("no answer")).then(
        () => true,
        () => false,
      );
    }
    return reading;
  };
  return async (ctx) => {
    if (!accepting()) answer(ctx, 503, { status: "stopping" });
    else if (!(await canRead())) answer(ctx, 503, { status: "not ready", reason: "the database does not answer" });
    else if (!ledger.isWritable()) answer(ctx, 503, { status: "not ready", reason: "deliveries cannot be written" });
    else answer(ctx, 200, { status: "ready" });
  };
}

function answer(ctx: Context, status: number, body: object): void {
  ctx.status = status;
  ctx.body = body;
}
