import type { IncomingMessage } from "node:http";
import type { Context } from "koa";
import type { BodyFilter } from "../core/adapter.ts";
import { AppError } from "../core/errors.ts";
import { smallBody, type ByteBudget } from "./budget.ts";

export interface BodyOptions {
  /** Maximum size of what is kept of the body. */
  readonly maxBytes: number;
  /** Kept bytes are reserved in it until the response ends. */
  readonly budget: ByteBudget;
  /** Applied to bodies that are not small; `maxBytes` then limits the filtered body. */
  readonly filter?: (() => BodyFilter) | undefined;
}

/**
 * Returns the raw body, because signatures cover bytes. Throws `too_large` above `maxBytes`, before reading if
 * Content-Length says so; `unavailable` if the budget is used up; and `unsupported` for a compressed body, which could
 * expand to any size.
 */
export async function readBody({ req, res }: Context, options: BodyOptions): Promise<Buffer> {
  rejectEncoding(req, "content-encoding", "identity");
  rejectEncoding(req, "transfer-encoding", "chunked");
  const { maxBytes, budget, filter } = options;
  if (filter === undefined && Number(req.headers["content-length"] ?? 0) > maxBytes)
    throw createTooLargeError(maxBytes);
  const buffer = createBodyBuffer(options);
  res.once("close", () => budget.release(buffer.bytes()));
  return new Promise((resolve, reject) => {
    req.on("data", (chunk: Buffer) => {
      const refusal = buffer.add(chunk);
      if (refusal === undefined) return;
      req.removeAllListeners("data");
      // Read on and discard: some senders read the response only after they have sent the whole body.
      req.resume();
      buffer.discard();
      reject(refusal);
    });
    req.on("end", () => resolve(buffer.join()));
    req.on("error", () =>
      reject(new AppError("invalid", "request body incomplete: the connection was closed before its end")),
    );
    req.on("aborted", () =>
      reject(new AppError("invalid", "request body incomplete: the connection was closed before its end")),
    );
  });
}

interface BodyBuffer {
  /** Returns an error if the chunk does not fit. */
  add(chunk: Buffer): AppError | undefined;
  discard(): void;
  join(): Buffer;
  /** Bytes reserved in the budget. */
  bytes(): number;
}

function createBodyBuffer({ maxBytes, budget, filter }: BodyOptions): BodyBuffer {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let filtering: BodyFilter | undefined;
  const keep = (chunk: Buffer) => {
    if (bytes + chunk.length > maxBytes) return createTooLargeError(maxBytes);
    if (!budget.reserve(chunk.length, bytes + chunk.length <= smallBody)) return createBudgetError();
    bytes += chunk.length;
    chunks.push(chunk);
    return undefined;
  };
  const keepAll = (kept: readonly Uint8Array[]) => {
    for (const chunk of kept) {
      // A copy, so that a few kept bytes do not keep the whole chunk in memory.
      const refusal = keep(Buffer.from(chunk));
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  };
  const discard = () => {
    budget.release(bytes);
    [chunks, bytes] = [[], 0];
  };
  return {
    add(chunk) {
      if (filtering !== undefined) return keepAll(filtering(chunk));
      if (filter === undefined || bytes + chunk.length <= smallBody) return keep(chunk);
      // Small bodies are never filtered. Only the length decides, so a redelivery yields the same bytes.
      const begun = [...chunks, chunk];
      discard();
      const started = filter();
      filtering = started;
      return keepAll(begun.flatMap((one) => started(one)));
    },
    discard,
    join: () => (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)),
    bytes: () => bytes,
  };
}

function rejectEncoding(
  { headers }: IncomingMessage,
  header: "content-encoding" | "transfer-encoding",
  plain: string,
): void {
  const encoding = (headers[header] ?? "").trim();
  // An empty header is the same as none: https://www.rfc-editor.org/rfc/rfc9110#name-content-encoding
  if (encoding === "" || encoding.toLowerCase() === plain) return;
  throw new AppError("unsupported", `${header} ${encoding.slice(0, 40)} is not supported: send the body uncompressed`);
}

function createTooLargeError(maxBytes: number): AppError {
  return new AppError("too_large", `request body must be at most ${maxBytes} bytes`);
}

function createBudgetError(): AppError {
  return new AppError("unavailable", "body budget (PIPEGAUGE_BODY_BUDGET_BYTES) is used up by other requests, retry");
}
