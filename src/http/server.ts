import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type Koa from "koa";
import { AppError, messageOf } from "../core/errors.ts";
import { guardConnections } from "./connections.ts";

/**
 * Slow or endless requests must end, and an idle connection must outlive a load balancer's (60 s as a rule): Node's 5 s
 * would let it send a delivery into a socket that is just being closed.
 */
export interface Limits {
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  readonly connectionsCheckingInterval: number;
  readonly maxHeaderSize: number;
  readonly connectionsMax: number;
}

/** Milliseconds and bytes, in the words of https://nodejs.org/api/http.html#httpcreateserveroptions-requestlistener */
const limits: Limits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16_384,
  connectionsMax: 4096,
};

/** Above the limits that are kept by closing idle sockets. */
const acceptedBeyond = 64;

export interface Address {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly connectionsPerAddress: number;
}

/** Starts to listen. Throws `config` when the address cannot be used. */
export async function listen(
  app: Koa,
  { host, port, connectionsPerAddress }: Address,
  own: Partial<Limits> = {},
): Promise<{ server: Server; port: number }> {
  const { connectionsMax, ...options } = { ...limits, ...own };
  const server = createServer(options);
  guardConnections(server, app.callback(), { connectionsMax, connectionsPerAddress });
  server.maxConnections = connectionsMax + acceptedBeyond;
  // Node leaves out headers past the thousandth and says nothing, and the one that tells of a proxy may be among them.
  // How many fit is bounded by `maxHeaderSize`.
  server.maxHeadersCount = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(new AppError("config", `cannot listen on ${host}:${port}: ${messageOf(error)}`)),
    );
    server.listen(port, host, resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

/** How often a stop closes the connections that have become idle meanwhile. */
const idleCheckMillis = 50;

/** Stops accepting, lets what is under way finish, and cuts what does not finish in time. */
export async function stopListening(server: Server, graceMillis: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const idle = setInterval(() => server.closeIdleConnections(), idleCheckMillis);
  const deadline = setTimeout(() => server.closeAllConnections(), graceMillis);
  await closed;
  clearInterval(idle);
  clearTimeout(deadline);
}
