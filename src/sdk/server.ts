import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { CollectorRegistry } from "./registry.ts";
import { response, Router, type Response } from "./router.ts";

export interface MetricsServer {
  /** The port on which it listens, also when 0 was given. */
  readonly port: number;
  /** Stops accepting connections, closes idle ones, and resolves when open requests have their responses. */
  close(): Promise<void>;
}

/** A request body larger than this is refused with 413. Bytes. */
const bodyMax = 1024 * 1024;

/**
 * Serves a router, or a registry at `/metrics` and `/`. Address `0.0.0.0` listens to the network, which is what a
 * Prometheus elsewhere needs; `127.0.0.1` to this host alone. Port 0 takes any free one.
 */
export async function startHttpServer(
  port: number,
  address: string,
  routes: Router | CollectorRegistry,
): Promise<MetricsServer> {
  const router = routes instanceof CollectorRegistry ? makeRoutes(routes) : routes;
  const server = createServer((request, reply) => void respond(router, server, request, reply));
  server.listen(port, address);
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

function makeRoutes(registry: CollectorRegistry): Router {
  const router = new Router();
  router.registerAll([
    ["GET", "/metrics", registry.handler],
    ["GET", "/", registry.handler],
  ]);
  return router;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  await closed;
}

const failed = response("Internal Server Error\n", 500);

async function respond(router: Router, server: Server, request: IncomingMessage, reply: ServerResponse): Promise<void> {
  const found = await handle(router, request).catch(() => failed);
  const send = (result: Response) => {
    const status = readStatus(result.status);
    reply.writeHead(status, {
      "Content-Type": result.type ?? "text/plain; charset=utf-8",
      "Content-Length": Buffer.byteLength(result.content),
      ...(status === 405 ? { Allow: router.methods(readPath(request)).join(", ") } : {}),
      // The unread rest of a body would be parsed as the next request; and a closing server accepts no next one.
      ...(request.complete && server.listening ? {} : { Connection: "close" }),
    });
    reply.end(request.method === "HEAD" ? undefined : result.content);
  };
  try {
    send(found);
  } catch {
    // A handler that returns nothing, or an invalid response, has failed like one that throws.
    send(failed);
  }
}

/** The path alone: a query does not choose another route. */
function readPath(request: IncomingMessage): string {
  return (request.url ?? "/").split("?", 1)[0] ?? "/";
}

async function handle(router: Router, request: IncomingMessage): Promise<Response> {
  const [method, path] = [request.method ?? "GET", readPath(request)];
  if (!router.has(method, path) && router.methods(path).length > 0) return response("Method Not Allowed\n", 405);
  const body = hasBody(request) ? await readBody(request) : "";
  if (body === undefined) return response(`the body is larger than ${bodyMax} bytes\n`, 413);
  return router.select(method, path)(request.headers, body);
}

/** https://datatracker.ietf.org/doc/html/rfc9112#section-6 */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || (headers["content-length"] ?? "0") !== "0";
}

/** The whole body as text; `undefined` where it is too large. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** `404` of `"404 Not Found"`. An invalid status is an error of the handler: 500. */
function readStatus(status: Response["status"]): number {
  const code = typeof status === "number" ? status : Number.parseInt(status, 10);
  return STATUS_CODES[code] === undefined || code < 200 ? 500 : code;
}
