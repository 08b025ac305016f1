import type { IncomingMessage } from "node:http";
import type { Context } from "koa";
import type { BodyFilter } from "../core/adapter.ts";
import { AppError } from "../core/errors.ts";
import { smallBody, type ByteBudget } from "./budget.ts";

export interface BodyOptions {
  /** Of what is kept. */
  readonly maxBytes: number;
  /** What is kept is taken from it, until the response is over. */
  readonly budget: ByteBudget;
  /** Applied to bodies that are not small, which are then bounded by what it leaves. */
  readonly filter?: (() => BodyFilter) | undefined;
}

/**
 * The body as it was sent, never parsed: signatures cover bytes. Throws `too_large` past `maxBytes`, before reading where
 * the sender says the length; `unavailable` where too many bytes are held already; and `unsupported` for a compressed
 * body, which could unpack to anything.
 */
export async function readBody({ req, res }: Context, options: BodyOptions): Promise<Buffer> {
  refuseEncoded(req, "content-encoding", "identity");
  refuseEncoded(req, "transfer-encoding", "chunked");
  const { maxBytes, budget, filter } = options;
  if (filter === undefined && Number(req.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const kept = keepBody(options);
  res.once("close", () => budget.give(kept.bytes()));
  return new Promise((resolve, reject) => {
    req.on("data", (chunk: Buffer) => {
      const refusal = kept.add(chunk);
      if (refusal === undefined) return;
      req.removeAllListeners("data");
      // A sender that first sends all would not read the answer otherwise.
      req.resume();
      kept.drop();
      reject(refusal);
    });
    req.on("end", () => resolve(kept.whole()));
    req.on("error", () =>
      reject(new AppError("invalid", "request body incomplete: the connection was closed before its end")),
    );
    req.on("aborted", () =>
      reject(new AppError("invalid", "request body incomplete: the connection was closed before its end")),
    );
  });
}

interface KeptBody {
  /** Why no more can be taken, if so. */
  add(chunk: Buffer): AppError | undefined;
  drop(): void;
  whole(): Buffer;
  /** What is taken from the budget for it. */
  bytes(): number;
}

function keepBody({ maxBytes, budget, filter }: BodyOptions): KeptBody {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let filtering: BodyFilter | undefined;
  const keep = (chunk: Buffer) => {
    if (bytes + chunk.length > maxBytes) return tooLarge(maxBytes);
    if (!budget.take(chunk.length, bytes + chunk.length <= smallBody)) return tooMuch();
    bytes += chunk.length;
    chunks.push(chunk);
    return undefined;
  };
  const keepAll = (kept: readonly Uint8Array[]) => {
    for (const chunk of kept) {
      // A copy: a few bytes must not hold on to all of what they were cut out of.
      const refusal = keep(Buffer.from(chunk));
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  };
  const drop = () => {
    budget.give(bytes);
    [chunks, bytes] = [[], 0];
  };
  return {
    add(chunk) {
      if (filtering !== undefined) return keepAll(filtering(chunk));
      if (filter === undefined || bytes + chunk.length <= smallBody) return keep(chunk);
      // A body that is small is kept as it is, its length deciding alone: a repetition has to be the same.
      const begun = [...chunks, chunk];
      drop();
      const started = filter();
      filtering = started;
      return keepAll(begun.flatMap((one) => started(one)));
    },
    drop,
    whole: () => (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)),
    bytes: () => bytes,
  };
}

function refuseEncoded(
  { headers }: IncomingMessage,
  header: "content-encoding" | "transfer-encoding",
  plain: string,
): void {
  const encoding = (headers[header] ?? "").trim();
  // An empty header says nothing: https://www.rfc-editor.org/rfc/rfc9110#name-content-encoding
  if (encoding === "" || encoding.toLowerCase() === plain) return;
  throw new AppError("unsupported", `${header} ${encoding.slice(0, 40)} is not supported: send the body uncompressed`);
}

function tooLarge(maxBytes: number): AppError {
  return new AppError("too_large", `request body must be at most ${maxBytes} bytes`);
}

function tooMuch(): AppError {
  return new AppError("unavailable", "body budget (PIPEGAUGE_BODY_BUDGET_BYTES) is used up by other requests, retry");
}
