import { isIP } from "node:net";
import type { Context, Next } from "koa";
import { AppError } from "../core/errors.ts";

/**
 * Rejects a request that names two hosts, because a proxy in front may have used the other one.
 * https://www.rfc-editor.org/rfc/rfc9112#section-3.2
 */
export async function rejectAmbiguousHost({ req }: Context, next: Next): Promise<void> {
  const named = listHostHeaders(req.rawHeaders);
  if (named.length > 1) throw new AppError("invalid", "several Host headers: send exactly one");
  const target = /^https?:\/\/([^/?#]*)/i.exec(req.url ?? "")?.[1];
  if (target !== undefined && target.toLowerCase() !== (named[0] ?? "").toLowerCase())
    throw new AppError("invalid", "request target and Host header name different hosts: send the same host in both");
  await next();
}

function listHostHeaders(raw: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? "";
    if (name.length === 4 && name.toLowerCase() === "host") found.push(raw[i + 1] ?? "");
  }
  return found;
}

/**
 * Whether the name can belong to someone on the internet: no IP address, no single label, no special-use domain.
 * https://www.iana.org/assignments/special-use-domain-names/
 */
export function isPublicName(host: string): boolean {
  const name = host.replace(/:\d+$/, "").replace(/\.$/, "").toLowerCase();
  if (isIP(name.replace(/^\[|\]$/g, "")) !== 0 || !name.includes(".")) return false;
  return !/\.(localhost|local|internal|test|home\.arpa)$/.test(name);
}
