import { connect, type Socket } from "node:net";
import { until } from "../wait.ts";

/** One TCP connection of which every byte is ours. */
export interface RawConnection {
  /** Sends text as Latin-1, byte by byte as it stands. */
  send(text: string | Uint8Array): void;
  /** Everything that came back so far. */
  readonly received: () => string;
  /** Resolves once `pattern` was received. */
  expecting(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves to everything received, when the other side has closed or broken the connection. */
  readonly closed: Promise<string>;
  close(): void;
}

/** Connects to a port of this host. */
export async function rawConnection(port: number, host = "127.0.0.1"): Promise<RawConnection> {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const made = connect({ port, host, allowHalfOpen: false }, () => resolve(made));
    made.once("error", reject);
  });
  let text = "";
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => (text += chunk));
  // A reset is one way to be closed; what was received before it counts.
  socket.on("error", () => undefined);
  const closed = new Promise<string>((resolve) => socket.once("close", () => resolve(text)));
  return {
    send: (bytes) => void socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes),
    received: () => text,
    expecting: (pattern) => until(() => pattern.exec(text) ?? undefined, `${pattern.source} in the answer`),
    closed,
    close: () => void socket.destroy(),
  };
}

/** The text of a request. Headers are given as lines, so that they can be odd. */
export function requestText(method: string, path: string, headers: readonly string[] = [], body = ""): string {
  const length = body === "" ? [] : [`Content-Length: ${Buffer.byteLength(body, "latin1")}`];
  return [`${method} ${path} HTTP/1.1`, "Host: 127.0.0.1", ...length, ...headers, "", body].join("\r\n");
}

/** Sends one request on a connection of its own and reads the answer to its end. */
export async function rawAnswer(port: number, text: string, host?: string): Promise<{ status: number; text: string }> {
  const connection = await rawConnection(port, host);
  connection.send(text.replace("\r\n", "\r\nConnection: close\r\n"));
  const answer = await connection.closed;
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0), text: answer };
}
