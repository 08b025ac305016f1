import { readFileSync } from "node:fs";
import type { RawRequest } from "../../../src/core/adapter.ts";

/** The moment at which every fixture "arrives": 2026-11-20T12:00:00Z. Signed fixtures carry timestamps around it. */
export const fixtureNow = Date.UTC(2026, 10, 20, 12);

/** Reads `<case>.http`: request line, headers, blank line, body bytes up to the file's last newline. */
export function readHttpFile(file: string): { path: string; request: RawRequest } {
  return parseHttp(readFileSync(file));
}

export function parseHttp(bytes: Buffer): { path: string; request: RawRequest } {
  const split = bytes.indexOf("\n\n");
  const [requestLine = "", ...headerLines] = bytes.subarray(0, split).toString("latin1").split("\n");
  const headers: Record<string, string> = {};
  for (const line of headerLines) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  const target = requestLine.split(" ")[1] ?? "/";
  const url = new URL(target, "http://localhost");
  const end = bytes.at(-1) === 0x0a ? bytes.length - 1 : bytes.length;
  const body = new Uint8Array(bytes.subarray(split + 2, end));
  return { path: target, request: { headers, query: url.searchParams, body, receivedAt: fixtureNow } };
}
