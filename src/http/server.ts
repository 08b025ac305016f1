import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type Koa from "koa";
import { AppError, readMessage } from "../core/errors.ts";
import { limitConnections } from "./connections.ts";

/**
 * Slow and endless requests are cut. Idle connections are kept longer than load balancers keep theirs (usually 60 s): with
 * Node's default of 5 s a delivery can be sent into a socket that is being closed.
 */
export interface Limits {
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  readonly connectionsCheckingInterval: number;
  readonly maxHeaderSize: number;
  readonly connectionsMax: number;
}

/** Milliseconds and bytes, named as in https://nodejs.org/api/http.html#httpcreateserveroptions-requestlistener */
const limits: Limits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16_384,
  connectionsMax: 4096,
};

/** Sockets that Node accepts above `connectionsMax`, so that an idle one can be closed for a new one. */
const acceptedAboveMax = 64;

export interface Address {
  readonly host: string;
  /** 0: any free port. */
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
  limitConnections(server, app.callback(), { connectionsMax, connectionsPerAddress });
  server.maxConnections = connectionsMax + acceptedAboveMax;
  // 0: no limit. By default Node silently drops headers after the thousandth, among them perhaps a proxy's; their number
  // is limited by `maxHeaderSize`.
  server.maxHeadersCount = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(new AppError("config", `cannot listen on ${host}:${port}: ${readMessage(error)}`)),
    );
    server.listen(port, host, resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

/** Interval at which a stopping server closes connections that have become idle. */
const idleCheckMillis = 50;

/** Stops accepting connections, lets requests finish, and cuts those that take longer than the grace period. */
export async function stopListening(server: Server, graceMillis: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const idle = setInterval(() => server.closeIdleConnections(), idleCheckMillis);
  const deadline = setTimeout(() => server.closeAllConnections(), graceMillis);
  await closed;
  clearInterval(idle);
  clearTimeout(deadline);
}
