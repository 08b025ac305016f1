import type { IncomingMessage } from "node:http";
import { AppError } from "../core/errors.ts";

/**
 * The body as it was sent, never parsed: signatures cover bytes. Throws `too_large` past `maxBytes`, before reading where
 * the sender says the length, and `unsupported` for a compressed body, which could unpack to anything.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  refuseEncoded(request, "content-encoding", "identity");
  refuseEncoded(request, "transfer-encoding", "chunked");
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        request.removeAllListeners("data");
        request.resume();
        reject(tooLarge(maxBytes));
      } else chunks.push(chunk);
    });
    request.on("end", () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on("error", () => reject(new AppError("invalid", "the body was not received whole")));
    request.on("aborted", () => reject(new AppError("invalid", "the body was not received whole")));
  });
}

function refuseEncoded(
  { headers }: IncomingMessage,
  header: "content-encoding" | "transfer-encoding",
  plain: string,
): void {
  const encoding = headers[header] ?? plain;
  if (encoding.trim().toLowerCase() === plain) return;
  throw new AppError("unsupported", `${header} ${encoding.slice(0, 40)} is not supported: send the body uncompressed`);
}

function tooLarge(maxBytes: number): AppError {
  return new AppError("too_large", `the body is larger than ${maxBytes} bytes`);
}
