import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { Context } from "koa";
import { readDriverMessage } from "../core/errors.ts";
import type { LedgerSnapshot } from "../core/snapshot.ts";
import { joinExposition, renderUnavailable, renderLedger } from "../metrics/exposition.ts";
import type { Format } from "../metrics/format.ts";
import type { Chunk } from "../metrics/histogram-text.ts";
import { negotiate } from "../metrics/negotiate.ts";
import { withTimeout } from "../core/with-timeout.ts";
import { getClientAddress } from "./connections.ts";
import type { Services } from "./services.ts";
import type { Acquire, FairLimits } from "./fair-limit.ts";
import { computeStaleBefore, type StaleRule } from "./stale.ts";
import type { Millis } from "../core/time.ts";

export type Part = "ledger" | "server";

/** Part of the scraper's timeout that is reserved for rendering and sending. Milliseconds. */
const scrapeMarginMillis = 500;

/**
 * Each call of zlib goes to another thread and back, so it gets large chunks and returns large ones. The high-water mark
 * buffers what is rendered meanwhile: rendering and compression overlap. Bytes.
 */
const gzipOptions = { level: 1, highWaterMark: 1 << 22, chunkSize: 1 << 16 };

/**
 * Responses that are sent at a time: enough for two Prometheus servers that scrape all three paths, and some people. Some
 * places are reserved, so that two addresses that do not read their responses cannot block a third one's scrape.
 */
export const expositionLimits: FairLimits = { max: 8, perKey: 4, reserved: 2, queuedPerKey: 64 };

/** A response that takes longer is cut: scrapers have given up by then. */
const sendTimeoutMillis = 60_000;

/** Returns a snapshot that is at most `snapshotMillis` old. */
export type SnapshotReader = () => Promise<LedgerSnapshot>;

/** After this time a read is abandoned: a connection that never responds must not block every later scrape. */
const timeoutMillis = 30_000;

/**
 * Reads the database once at a time, however many scrape: a scrape that arrives during a read shares it, and so does one
 * that arrives within `snapshotMillis` after its start. `now` is monotonic.
 */
export function createSnapshotReader(
  { store, snapshotMillis, ...rule }: Pick<Services, "store" | "snapshotMillis"> & StaleRule,
  now: () => Millis = () => performance.now(),
): SnapshotReader {
  let reading: Promise<LedgerSnapshot> | undefined;
  let freshUntil = 0;
  return () => {
    if (reading !== undefined && now() < freshUntil) return reading;
    const startedAt = now();
    freshUntil = startedAt + timeoutMillis;
    const current = store.snapshot(computeStaleBefore(rule));
    reading = current;
    // A failure is shared only by scrapes that already wait: the next one reads again.
    const end = (until: Millis) => () => {
      if (reading === current) freshUntil = until;
    };
    current.then(end(startedAt + snapshotMillis), end(0));
    return current;
  };
}

/**
 * `GET /metrics*`. If the database cannot be read in time, the ledger's part is left out and
 * `pipegauge_collector_success` is 0: an old snapshot would look like a counter reset, and an error response would hide the
 * process's own metrics during an outage.
 */
export async function exposeMetrics(
  ctx: Context,
  services: Services,
  read: SnapshotReader,
  acquire: Acquire,
  parts: readonly Part[],
  accept: string | undefined = ctx.get("accept") || undefined,
): Promise<void> {
  await waitForSlot(ctx, acquire);
  const { format, contentType } = negotiate(accept);
  const ledger = parts.includes("ledger") ? await ledgerPart(ctx, services, read, format) : [];
  const server = parts.includes("server") ? [await services.metrics.render(format)] : [];
  const chunks = Readable.from(yieldToEventLoop(joinExposition(concat(ledger, server), format)), { highWaterMark: 1 });
  ctx.set("Vary", "Accept, Accept-Encoding");
  ctx.set("Cache-Control", "no-store");
  ctx.set("Content-Type", contentType);
  if (ctx.acceptsEncodings("gzip", "identity") === "gzip") {
    ctx.set("Content-Encoding", "gzip");
    // pipeline() ends both streams when either ends; Koa reports an error through the body.
    ctx.body = pipeline(chunks, createGzip(gzipOptions), () => undefined);
  } else ctx.body = chunks;
}

/** Waits until few enough expositions are being sent, and cuts a response that its reader does not take: others wait. */
async function waitForSlot({ req, res }: Context, acquire: Acquire): Promise<void> {
  const release = await acquire(getClientAddress(req.socket));
  // The client hung up while it waited.
  if (res.closed) return release();
  const timer = setTimeout(() => req.socket.destroy(), sendTimeoutMillis);
  res.once("close", () => {
    clearTimeout(timer);
    release();
  });
  return undefined;
}

/** Lets the event loop handle deliveries between two chunks, even when the scraper takes each chunk at once. */
async function* yieldToEventLoop(chunks: Iterable<Buffer>): AsyncGenerator<Buffer> {
  for (const chunk of chunks) {
    yield chunk;
    await new Promise(setImmediate);
  }
}

function* concat(...parts: readonly Iterable<Chunk>[]): Generator<Chunk> {
  for (const part of parts) yield* part;
}

async function ledgerPart(
  ctx: Context,
  services: Services,
  read: SnapshotReader,
  format: Format,
): Promise<Iterable<Chunk>> {
  try {
    const millis = computeReadTimeout(ctx);
    const onTimeout = () => new Error(`the database did not answer within ${millis} ms`);
    return renderLedger(await withTimeout(read(), millis, onTimeout), format);
  } catch (error) {
    services.log.error({ error: readDriverMessage(error) }, "the run data could not be read for a scrape");
    return [renderUnavailable(format)];
  }
}

function computeReadTimeout(ctx: Context): number {
  const millis = parseScrapeTimeout(ctx) ?? defaultScrapeTimeoutMillis;
  return Math.max(millis - scrapeMarginMillis, millis / 2);
}

/** Used if the scraper states no timeout, which is Prometheus' default: https://prometheus.io/docs/prometheus/latest/configuration/configuration/ (`scrape_timeout`) */
const defaultScrapeTimeoutMillis = 10_000;

/** A scraper's timeout is capped here: none waits longer. */
const maxScrapeTimeoutMillis = 60_000;

/** The timeout that Prometheus states in the request: https://prometheus.io/docs/instrumenting/content_negotiation/ */
export function parseScrapeTimeout(ctx: Context): Millis | undefined {
  const seconds = Number(ctx.get("x-prometheus-scrape-timeout-seconds"));
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1000, maxScrapeTimeoutMillis) : undefined;
}
