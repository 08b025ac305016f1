import { PassThrough } from "node:stream";
import type { Router } from "@koa/router";
import { AppError } from "../../core/errors.ts";
import { requireReader } from "../auth.ts";
import type { Services } from "../services.ts";
import { viewRoot } from "./links.ts";

/** Browsers that may listen at a time. */
const listenersMax = 64;
/** Between two looks at the database, one for all listeners. */
const lookMillis = 2000;
/** Between two lines that keep a silent connection open. */
const heartbeatMillis = 20_000;
/** After this time the browser connects again, and proves again that it may read. */
const lifeMillis = 600_000;

/**
 * `GET /ui/events`: server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) that say when something arrived, on
 * whichever replica. Deliveries do not know of it: while somebody listens, the id of the newest delivery is read.
 */
export function addEvents(router: Router, services: Services): void {
  const listeners = new Set<PassThrough>();
  let newest: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function look(): Promise<void> {
    const id = await services.store.read("newestDelivery", null).catch(() => newest);
    if (id === newest) return;
    newest = id;
    for (const listener of listeners) listener.write(format(id));
  }
  function end(listener: PassThrough): void {
    listeners.delete(listener);
    listener.end();
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }
  services.stopping.addEventListener("abort", () => [...listeners].forEach(end), { once: true });

  router.get(`${viewRoot}events`, requireReader(services), async (ctx) => {
    if (listeners.size >= listenersMax)
      throw new AppError("unavailable", "too many browsers listen for changes, retry later");
    if (timer === undefined) await look();
    const listener = new PassThrough();
    listeners.add(listener);
    timer ??= setInterval(() => void look(), lookMillis).unref();
    keepOpen(listener, () => end(listener));
    ctx.set("Cache-Control", "no-store");
    ctx.set("X-Content-Type-Options", "nosniff");
    // nginx would collect the events: https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering
    ctx.set("X-Accel-Buffering", "no");
    ctx.type = "text/event-stream";
    ctx.body = listener;
    listener.write(`retry: ${lookMillis * 5}\n\n${format(newest)}`);
    if (services.stopping.aborted) end(listener);
  });
}

function keepOpen(listener: PassThrough, end: () => void): void {
  const heartbeat = setInterval(() => listener.write(":\n\n"), heartbeatMillis).unref();
  const life = setTimeout(end, lifeMillis).unref();
  listener.once("close", () => {
    clearInterval(heartbeat);
    clearTimeout(life);
    end();
  });
}

function format(id: number | undefined): string {
  return `event: change\ndata: ${id ?? 0}\n\n`;
}
