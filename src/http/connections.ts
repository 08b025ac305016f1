import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { isIPv6, type Socket } from "node:net";

export interface ConnectionLimits {
  /** Sockets at a time; far more than senders and scrapers open, and far less than file descriptors run out. */
  readonly connectionsMax: number;
  /** Of them from one address; a proxy in front has one for all whom it serves. */
  readonly connectionsPerAddress: number;
}

/** Requests that a client may send without waiting for the answers; browsers and senders send one. */
const aheadMax = 16;

interface Connection {
  readonly address: string;
  busy: boolean;
  /** Sent while another was being answered. */
  readonly ahead: [IncomingMessage, ServerResponse][];
}

/**
 * Keeps the sockets within the limits: at a limit the one that has been without a request for longest is closed for a new
 * one, and where all are at work the new one is refused. Hands the requests of a socket to `handle` one after the other:
 * many that are sent at once must not all be worked on before somebody else's single one.
 */
export function guardConnections(server: Server, handle: RequestListener, limits: ConnectionLimits): void {
  const connections = new Map<Socket, Connection>();
  const byAddress = new Map<string, Set<Socket>>();

  /** Makes room among these, the oldest first. */
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

  /** To the end of the line: what was used last is closed last. */
  function rejoin(socket: Socket, connection: Connection): void {
    if (!connections.delete(socket)) return;
    connections.set(socket, connection);
    const own = byAddress.get(connection.address);
    own?.delete(socket);
    own?.add(socket);
  }

  server.on("connection", (socket: Socket) => {
    const address = readAddress(socket);
    const own = byAddress.get(address) ?? new Set();
    const fits =
      own.size < limits.connectionsPerAddress
        ? connections.size < limits.connectionsMax || closeOneIdle(connections.keys())
        : closeOneIdle(own);
    if (!fits) return void socket.destroy();
    own.add(socket);
    byAddress.set(address, own);
    connections.set(socket, { address, busy: false, ahead: [] });
    socket.once("close", () => forget(socket));
    return undefined;
  });

  function work(connection: Connection, socket: Socket, request: IncomingMessage, response: ServerResponse): void {
    connection.busy = true;
    response.once("close", () => {
      const next = connection.ahead.shift();
      if (next !== undefined && !socket.destroyed) return work(connection, socket, ...next);
      connection.busy = false;
      rejoin(socket, connection);
      return undefined;
    });
    handle(request, response);
  }

  server.on("request", (request, response) => {
    const { socket } = request;
    const connection = connections.get(socket);
    if (connection === undefined) socket.destroy();
    else if (!connection.busy) work(connection, socket, request, response);
    else if (connection.ahead.length < aheadMax) connection.ahead.push([request, response]);
    else socket.destroy();
  });
}

/** Who is at the other end; of an IPv6 address the network, because one host may have all addresses in it. */
export function readAddress(socket: Socket): string {
  const address = (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  return isIPv6(address) ? cutToNetwork(address) : address;
}

/** The first 64 bits: https://www.rfc-editor.org/rfc/rfc4291#section-2.5.4 */
function cutToNetwork(address: string): string {
  const [before = "", after = ""] = address.split("%", 1)[0]?.split("::") ?? [];
  const [head, tail] = [before.split(":").filter(Boolean), after.split(":").filter(Boolean)];
  const missing = address.includes("::") ? Array.from({ length: 8 - head.length - tail.length }, () => "0") : [];
  return [...head, ...missing, ...tail].slice(0, 4).join(":");
}
