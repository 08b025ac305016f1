import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { isIPv6, type Socket } from "node:net";

export interface ConnectionLimits {
  /** Open sockets: far more than senders and scrapers need, far fewer than file descriptors allow. */
  readonly connectionsMax: number;
  /** Open sockets per client address; all clients of a proxy share its address. */
  readonly connectionsPerAddress: number;
}

/** Pipelined requests per socket: those sent before the previous response. Browsers and senders pipeline none. */
const pipelinedMax = 16;

interface Connection {
  readonly address: string;
  busy: boolean;
  /** Requests received while another one was handled. */
  readonly pipelined: [IncomingMessage, ServerResponse][];
}

/**
 * Enforces the limits on sockets: at a limit a new socket replaces the one that has been idle longest, and is closed if
 * all are busy. Passes the requests of a socket to `handle` one at a time, so that a client that pipelines many does not
 * delay the single request of another one.
 */
export function limitConnections(server: Server, handle: RequestListener, limits: ConnectionLimits): void {
  const connections = new Map<Socket, Connection>();
  const byAddress = new Map<string, Set<Socket>>();

  /** Closes the first idle one of these sockets; they are ordered by last use. */
  function closeOneIdle(sockets: Iterable<Socket>): boolean {
    for (const socket of sockets) {
      if (connections.get(socket)?.busy !== false) continue;
      forget(socket);
      socket.destroy();
      return true;
    }
    return false;
  }

  function forget(socket: Socket): void {
    const connection = connections.get(socket);
    if (connection === undefined) return;
    connections.delete(socket);
    const own = byAddress.get(connection.address);
    own?.delete(socket);
    if (own?.size === 0) byAddress.delete(connection.address);
  }

  /** Moves a socket to the end, because sockets are closed in this order. */
  function moveToEnd(socket: Socket, connection: Connection): void {
    if (!connections.delete(socket)) return;
    connections.set(socket, connection);
    const own = byAddress.get(connection.address);
    own?.delete(socket);
    own?.add(socket);
  }

  server.on("connection", (socket: Socket) => {
    const address = getClientAddress(socket);
    const own = byAddress.get(address) ?? new Set();
    const fits =
      own.size < limits.connectionsPerAddress
        ? connections.size < limits.connectionsMax || closeOneIdle(connections.keys())
        : closeOneIdle(own);
    if (!fits) return void socket.destroy();
    own.add(socket);
    byAddress.set(address, own);
    connections.set(socket, { address, busy: false, pipelined: [] });
    socket.once("close", () => forget(socket));
    return undefined;
  });

  function handleRequest(
    connection: Connection,
    socket: Socket,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    connection.busy = true;
    response.once("close", () => {
      const next = connection.pipelined.shift();
      if (next !== undefined && !socket.destroyed) return handleRequest(connection, socket, ...next);
      connection.busy = false;
      moveToEnd(socket, connection);
      return undefined;
    });
    handle(request, response);
  }

  server.on("request", (request, response) => {
    const { socket } = request;
    const connection = connections.get(socket);
    if (connection === undefined) socket.destroy();
    else if (!connection.busy) handleRequest(connection, socket, request, response);
    else if (connection.pipelined.length < pipelinedMax) connection.pipelined.push([request, response]);
    else socket.destroy();
  });
}

/** The client's address. IPv6 addresses are cut to their network, because one host can use all addresses in it. */
export function getClientAddress(socket: Socket): string {
  const address = (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  return isIPv6(address) ? toNetwork(address) : address;
}

/** The first 64 bits: https://www.rfc-editor.org/rfc/rfc4291#section-2.5.4 */
function toNetwork(address: string): string {
  const [before = "", after = ""] = address.split("%", 1)[0]?.split("::") ?? [];
  const [head, tail] = [before.split(":").filter(Boolean), after.split(":").filter(Boolean)];
  const missing = address.includes("::") ? Array.from({ length: 8 - head.length - tail.length }, () => "0") : [];
  return [...head, ...missing, ...tail].slice(0, 4).join(":");
}
