import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import type { Context } from "koa";
import { driverWords } from "../core/errors.ts";
import type { Millis } from "../core/model.ts";
import type { LedgerSnapshot } from "../core/snapshot.ts";
import { joinExposition, renderUnavailable, renderLedger } from "../metrics/exposition.ts";
import type { Format } from "../metrics/format.ts";
import type { Chunk } from "../metrics/histogram-text.ts";
import { negotiate } from "../metrics/negotiate.ts";
import { within } from "./deadline.ts";
import { readAddress } from "./connections.ts";
import type { Services } from "./services.ts";
import type { TurnLimits, Turns } from "./turns.ts";

export type Part = "ledger" | "server";

/** Left of the scraper's own timeout for rendering and sending. */
const scrapeMarginMillis = 500;

/**
 * Each turn of zlib is a way to another thread and back: it is given large pieces, gives large ones, and what is rendered
 * meanwhile waits for it, so that neither waits for the other.
 */
const packing = { level: 1, highWaterMark: 1 << 22, chunkSize: 1 << 16 };

/** Expositions that are sent at a time: two Prometheus servers that scrape everything, some people, and as much again. */
export const expositionLimits: TurnLimits = { max: 8, perKey: 4, waitingPerKey: 64 };

/** Scrapers have given up by then. */
const sendingMillis = 60_000;

/** Gives the newest snapshot, or a very fresh one that was read for somebody else. */
export type SnapshotReader = () => Promise<LedgerSnapshot>;

/** After this a reading is given up on: a connection that never answers must not block every later scrape. */
const abandonedMillis = 30_000;

/**
 * Reads the database once at a time, however many scrape: who comes while it is being read waits for that, and who comes
 * within `snapshotMillis` after its begin gets the same. `now` never goes back, as the time of day may.
 */
export function snapshotReader(
  { store, snapshotMillis }: Pick<Services, "store" | "snapshotMillis">,
  now: () => Millis = () => performance.now(),
): SnapshotReader {
  let reading: Promise<LedgerSnapshot> | undefined;
  let freshUntil = 0;
  return () => {
    if (reading !== undefined && now() < freshUntil) return reading;
    const startedAt = now();
    freshUntil = startedAt + abandonedMillis;
    const current = store.snapshot();
    reading = current;
    // A failure serves only those who already wait for it: the next scrape asks the database again.
    const end = (until: Millis) => () => {
      if (reading === current) freshUntil = until;
    };
    current.then(end(startedAt + snapshotMillis), end(0));
    return current;
  };
}

/**
 * `GET /metrics*`. If the database cannot be read in time, the ledger's part is left out and says so: an older snapshot
 * would look like a counter reset, and an error would hide the process's own metrics when they are needed.
 */
export async function exposeMetrics(
  ctx: Context,
  services: Services,
  read: SnapshotReader,
  turns: Turns,
  parts: readonly Part[],
  accept: string | undefined = ctx.get("accept") || undefined,
): Promise<void> {
  await takeTurn(ctx, turns);
  const { format, contentType } = negotiate(accept);
  const ledger = parts.includes("ledger") ? await ledgerPart(ctx, services, read, format) : [];
  const server = parts.includes("server") ? [await services.metrics.render(format)] : [];
  const pieces = Readable.from(byTurns(joinExposition(both(ledger, server), format)), { highWaterMark: 1 });
  ctx.set("Vary", "Accept, Accept-Encoding");
  ctx.set("Cache-Control", "no-store");
  ctx.set("Content-Type", contentType);
  if (ctx.acceptsEncodings("gzip", "identity") === "gzip") {
    ctx.set("Content-Encoding", "gzip");
    // Ends both with whichever ends first; what failed, Koa is told by the body.
    ctx.body = pipeline(pieces, createGzip(packing), () => undefined);
  } else ctx.body = pieces;
}

/** Waits until few enough expositions are being sent, and ends one that is not taken: its reader holds up others. */
async function takeTurn({ req, res }: Context, turns: Turns): Promise<void> {
  const end = await turns(readAddress(req.socket));
  // Who has hung up while waiting gets no turn.
  if (res.closed) return end();
  const late = setTimeout(() => req.socket.destroy(), sendingMillis);
  res.once("close", () => {
    clearTimeout(late);
    end();
  });
  return undefined;
}

/** Deliveries get their turn between two pieces, even where the scraper takes each at once. */
async function* byTurns(pieces: Iterable<Buffer>): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    yield piece;
    await new Promise(setImmediate);
  }
}

function* both(...parts: readonly Iterable<Chunk>[]): Generator<Chunk> {
  for (const part of parts) yield* part;
}

async function ledgerPart(
  ctx: Context,
  services: Services,
  read: SnapshotReader,
  format: Format,
): Promise<Iterable<Chunk>> {
  try {
    const millis = deadlineMillis(ctx);
    const late = () => new Error(`the database did not answer within ${millis} ms`);
    return renderLedger(await within(read(), millis, late), format);
  } catch (error) {
    services.log.error({ error: driverWords(error) }, "the run data could not be read for a scrape");
    return [renderUnavailable(format)];
  }
}

function deadlineMillis(ctx: Context): number {
  const millis = scrapeTimeoutMillis(ctx) ?? 10_000;
  return Math.max(millis - scrapeMarginMillis, millis / 2);
}

/** Longer than scrapers wait; what is said beyond it is no use to anybody. Seconds. */
const timeoutMax = 60;

/** Prometheus tells how long it waits: https://prometheus.io/docs/instrumenting/content_negotiation/ */
export function scrapeTimeoutMillis(ctx: Context): Millis | undefined {
  const seconds = Number(ctx.get("x-prometheus-scrape-timeout-seconds"));
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, timeoutMax) * 1000 : undefined;
}
